/** Gives each parameter of a question one control, by its type. */
import {
  MultiSelect,
  NativeSelect,
  NumberInput,
  SegmentedControl,
  Select,
  TextInput
} from '@mantine/core'
import { useState, type ReactElement } from 'react'
import type { Parameter, Question } from '../api/answers.ts'
import type { QuestionCatalogue } from '../api/queries.ts'
import classes from './explore.module.css'
import { choicesOf } from '../filters/own-parameters.ts'

export interface ParameterFormProps {
  readonly question: Question
  readonly catalogue: QuestionCatalogue
  readonly values: Readonly<Record<string, string>>
  readonly onChange: (changes: Readonly<Record<string, string | undefined>>) => void
}

export function ParameterForm({
  question,
  catalogue,
  values,
  onChange
}: ParameterFormProps): ReactElement | null {
  if (question.parameters.length === 0) return null
  return (
    <div className={classes['form']} role="group" aria-label="What to ask">
      {question.parameters.map((parameter) => (
        <Control
          key={parameter.name}
          parameter={parameter}
          choices={withChosen(
            choicesOf(parameter, catalogue),
            values[parameter.name],
            parameter.type
          )}
          value={values[parameter.name]}
          onChange={(value) => onChange({ [parameter.name]: value })}
        />
      ))}
    </div>
  )
}

/** `record.field` is a choice, too, once somebody came with it: a link from the contract does. */
function withChosen(
  choices: readonly string[] | undefined,
  value: string | undefined,
  type: Parameter['type']
): readonly string[] | undefined {
  if (
    choices === undefined ||
    value === undefined ||
    type === 'steps' ||
    type === 'words' ||
    choices.includes(value)
  )
    return choices
  return [value, ...choices]
}

interface ControlProps {
  readonly parameter: Parameter
  readonly choices: readonly string[] | undefined
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
}

function Control({ parameter, choices, value, onChange }: ControlProps): ReactElement {
  const { name, says, type, required } = parameter
  const standard = parameter.default ?? undefined
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll(/[-_]/g, ' ')
  if (
    type === 'choice' &&
    choices !== undefined &&
    choices.length <= 5 &&
    (standard !== undefined || required)
  )
    return (
      <div className={classes['control']}>
        <span className={classes['label']} aria-hidden>
          {label}
        </span>
        <SegmentedControl
          size="sm"
          aria-label={`${label}: ${says}`}
          data={[...choices]}
          value={value ?? standard ?? ''}
          onChange={(chosen) => onChange(chosen === standard ? undefined : chosen)}
        />
      </div>
    )
  if (type === 'steps' || (type === 'words' && choices !== undefined))
    return (
      <MultiSelect
        className={classes['wide'] ?? ''}
        label={label}
        description={says}
        data={[...(choices ?? [])]}
        value={(value ?? standard ?? '').split(',').filter((one) => one !== '')}
        onChange={(chosen) => onChange(chosen.join(','))}
        searchable
        hidePickedOptions
        comboboxProps={{ withinPortal: false }}
      />
    )
  if (choices !== undefined && choices.length > 12)
    return (
      <Select
        className={classes['control'] ?? ''}
        label={label}
        description={says}
        data={[...choices]}
        value={value ?? standard ?? null}
        onChange={(chosen) => onChange(chosen ?? undefined)}
        searchable
        clearable={!required}
        clearButtonProps={{ 'aria-label': `No ${label}` }}
        nothingFoundMessage="Nothing is called that"
        comboboxProps={{ withinPortal: false }}
      />
    )
  if (choices !== undefined)
    return (
      <NativeSelect
        className={classes['control'] ?? ''}
        label={label}
        description={says}
        value={value ?? standard ?? ''}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.value === (standard ?? '') ? undefined : currentTarget.value)
        }
        data={[
          ...(required || standard !== undefined ? [] : [{ value: '', label: '–' }]),
          ...choices.map((choice) => ({ value: choice, label: choice }))
        ]}
      />
    )
  return (
    <Typed
      label={label}
      says={says}
      value={value}
      standard={standard}
      type={type}
      onChange={onChange}
    />
  )
}

/** Asked when it is left or entered, not at each letter. */
function Typed(props: {
  readonly label: string
  readonly says: string
  readonly value: string | undefined
  readonly standard: string | undefined
  readonly type: Parameter['type']
  readonly onChange: (value: string | undefined) => void
}): ReactElement {
  const { label, says, value, standard, type, onChange } = props
  const [text, setText] = useState(value ?? '')
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    setText(value ?? '')
  }
  const done = (): void => {
    if (text !== (value ?? '')) onChange(text === '' ? undefined : text)
  }
  const common = { className: classes['control'] ?? '', label, description: says, onBlur: done }
  if (type === 'count')
    return (
      <NumberInput
        {...common}
        placeholder={standard ?? ''}
        min={1}
        allowDecimal={false}
        value={text}
        onChange={(changed) => setText(String(changed))}
        onKeyDown={({ key }) => {
          if (key === 'Enter') done()
        }}
      />
    )
  return (
    <TextInput
      {...common}
      type={type === 'day' ? 'date' : 'text'}
      placeholder={standard ?? ''}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onKeyDown={({ key }) => {
        if (key === 'Enter') done()
      }}
    />
  )
}
