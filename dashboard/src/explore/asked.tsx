/** Shows one question in Explore: its definition, its parameters, its answer. */
import {
  Alert,
  Group,
  NativeSelect,
  Paper,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Title
} from '@mantine/core'
import type { ReactElement } from 'react'
import type { Answer, Question } from '../api/answers.ts'
import { ApiError } from '../api/client.ts'
import { useAnswer, type QuestionCatalogue } from '../api/queries.ts'
import { AnswerTable } from '../chart/answer-table.tsx'
import { AnswerView } from '../chart/answer-view.tsx'
import { measuresOf, usualMeasure } from '../chart/plot.ts'
import { parametersFor } from '../filters/view.ts'
import { useView } from '../filters/use-view.ts'
import { EmptyAnswer } from '../first-record/empty.tsx'
import { formatDay, formatWhole } from '../look/numbers-and-dates.ts'
import { Problem } from '../look/problem.tsx'
import { isAwayError } from '../api/away.ts'
import { Prose } from '../look/prose.tsx'
import { CopyActions } from './copy-actions.tsx'
import classes from './explore.module.css'
import { ParameterForm } from './parameter-form.tsx'
import { ownParameters } from '../filters/own-parameters.ts'

export function Asked({
  question,
  catalogue
}: {
  readonly question: Question
  readonly catalogue: QuestionCatalogue
}): ReactElement {
  const { view, own, setOwn } = useView()
  const values = ownParameters(question, catalogue, own)
  const parameters = parametersFor(view, question, values)
  const { data: answer, error, isPlaceholderData, refetch } = useAnswer(question.name, parameters)
  const isTable = own.get('view') === 'table'
  const measure = own.get('measure') ?? undefined
  const ignored = view.compare ? whyNotCompared(question) : ''
  return (
    <Stack gap="md" className={classes['asked'] ?? ''}>
      <div>
        <Title order={2}>{question.title}</Title>
        <Text size="sm" c="dimmed" maw="78ch">
          {question.says.charAt(0).toUpperCase() + question.says.slice(1)}.
        </Text>
      </div>
      <ParameterForm question={question} catalogue={catalogue} values={values} onChange={setOwn} />
      <Paper
        component="section"
        className={classes['answer'] ?? ''}
        aria-label={`${question.title}, the answer`}
        aria-busy={isPlaceholderData}
      >
        <Group justify="space-between" gap="xs">
          <HowToShow question={question} answer={answer} />
          <CopyActions question={question.name} parameters={parameters} answer={answer} />
        </Group>
        <div className={classes['body']} data-stale={isPlaceholderData}>
          {error !== null && !isAwayError(error) ? (
            error instanceof ApiError && error.code === 'PARAMETER_INVALID' ? (
              <Alert
                color="orange"
                title="Choose something else"
                role="alert"
                styles={{ title: { color: 'var(--candor-warn)' } }}
              >
                {error.message}
              </Alert>
            ) : (
              <Problem error={error} retry={() => void refetch()} />
            )
          ) : answer === undefined ? (
            <Skeleton height={360} />
          ) : answer.rows.length === 0 ? (
            <EmptyAnswer question={question.name} notes={answer.notes} />
          ) : isTable ? (
            <AnswerTable answer={answer} caption={question.title} />
          ) : (
            <AnswerView
              answer={answer}
              title={question.title}
              kind={question.chart}
              measure={measure}
              height={380}
              rowsMax={25}
            />
          )}
        </div>
        {answer !== undefined && error === null && (
          <Notes question={question} answer={answer} ignored={ignored} />
        )}
      </Paper>
    </Stack>
  )
}

function Notes({
  question,
  answer,
  ignored
}: {
  readonly question: Question
  readonly answer: Answer
  readonly ignored: string
}): ReactElement {
  return (
    <div className={classes['notes']}>
      <Title order={3}>What this counts</Title>
      <Text size="sm">
        <Prose text={question.explains} />
      </Text>
      <Text size="sm" c="dimmed">
        {formatWhole(answer.rows.length)} {answer.rows.length === 1 ? 'row' : 'rows'}.
        {partialText(answer)}
        {ignored}
      </Text>
      {answer.notes.map((note) => (
        <Text size="sm" c="dimmed" key={note}>
          <Prose text={note} />
        </Text>
      ))}
    </div>
  )
}

/** As a chart or a table, and which of its numbers a chart draws. */
function HowToShow({
  question,
  answer
}: {
  readonly question: Question
  readonly answer: Answer | undefined
}): ReactElement {
  const { own, setOwn } = useView()
  const isTable = own.get('view') === 'table'
  const measures = answer === undefined ? [] : measuresOf(answer, question.chart)
  const measure = own.get('measure') ?? undefined
  const usual = answer === undefined ? '' : (usualMeasure(answer, question.chart)?.name ?? '')
  return (
    <Group gap="xs" className="no-print">
      {question.chart !== 'table' && (
        <SegmentedControl
          size="xs"
          aria-label="How to show it"
          data={[
            { value: 'chart', label: 'Chart' },
            { value: 'table', label: 'Table' }
          ]}
          value={isTable ? 'table' : 'chart'}
          onChange={(shown) => setOwn({ view: shown === 'table' ? shown : undefined })}
        />
      )}
      {!isTable &&
        measures.length > 1 &&
        question.chart !== 'numbers' &&
        question.chart !== 'table' && (
          <NativeSelect
            size="xs"
            aria-label="What to draw"
            value={measures.find(({ name }) => name === measure)?.name ?? usual}
            onChange={({ currentTarget }) =>
              setOwn({
                measure: currentTarget.value === usual ? undefined : currentTarget.value
              })
            }
            data={[
              ...(usual === '' ? [{ value: '', label: 'All of them' }] : []),
              ...measures.map((column) => ({ value: column.name, label: column.title }))
            ]}
          />
        )}
    </Group>
  )
}

function whyNotCompared({ common }: Question): string {
  return common.includes('compare')
    ? ''
    : ' This question has no comparison with the period before.'
}

/** Periods that are not whole, so that nobody takes them for a fall. */
function partialText({ partial = [] }: Answer): string {
  const days = (because: string): readonly string[] =>
    partial.filter((one) => one.because === because).map(({ period }) => formatDay(period))
  const [unfinished, cut, expired] = [days('unfinished'), days('cut'), days('expired')]
  return [
    unfinished.length > 0
      ? ` From ${unfinished[0]} on the period is not over: it still grows.`
      : '',
    cut.length > 0 ? ` The period from ${cut[0]} is not whole.` : '',
    expired.length > 0
      ? ` Of ${expired.length === 1 ? 'the period' : `${expired.length} periods`} from ` +
        `${expired[0]} records have expired.`
      : ''
  ].join('')
}
