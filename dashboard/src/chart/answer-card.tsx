/**
 * One question on a page: its answer drawn or as a table, what it counts, and the way to Explore.
 */
import { ActionIcon, Anchor, Collapse, Group, Paper, Skeleton, Text, Title } from '@mantine/core'
import { useDisclosure, useInViewport } from '@mantine/hooks'
import { useEffect, useId, useMemo, useState, type ReactElement, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { Answer, ChartKind, Question } from '../api/answers.ts'
import type { Parameters } from '../api/client.ts'
import { useAnnotations } from '../api/boards.ts'
import { useAnswer } from '../api/queries.ts'
import { isAwayError } from '../api/away.ts'
import { parametersFor, type View } from '../filters/view.ts'
import { useFullDays } from '../filters/full-days.ts'
import { useView } from '../filters/use-view.ts'
import { EmptyAnswer } from '../first-record/empty.tsx'
import { InfoIcon, TableIcon, ChartIcon } from '../look/icons.tsx'
import { Problem } from '../look/problem.tsx'
import { Prose } from '../look/prose.tsx'
import { exploreAddress } from '../filters/address.ts'
import { Command } from '../look/command.tsx'
import { useWhole } from '../look/use-printing.ts'
import { askLine } from '../filters/own-parameters.ts'
import { AnswerTable } from './answer-table.tsx'
import { AnswerView } from './answer-view.tsx'
import { isDrawn } from './chart.tsx'
import { loadEngine } from './load-engine.ts'
import classes from './answer-card.module.css'
import type { Mark } from './option.ts'

export interface AnswerCardProps {
  readonly question: Question
  readonly title?: string
  /** One line under the title. */
  readonly says?: string
  readonly own?: Parameters
  readonly kind?: ChartKind
  readonly measure?: string
  /** Whether it tells one number for the whole period, which then ends with the last full day. */
  readonly fullDays?: boolean
  readonly height?: number
  readonly rowsMax?: number
  readonly marks?: readonly Mark[]
  /** Words or choices at the right of the title. */
  readonly controls?: ReactNode
  readonly onPick?: (name: string) => void
  readonly picked?: readonly string[]
  readonly headingOrder?: 2 | 3
  /** Bars: what changed most against the period before first. */
  readonly byChange?: boolean
  /** Under the title, over the answer. */
  readonly below?: ReactNode
}

const noParameters: Parameters = {}

export function AnswerCard(props: AnswerCardProps): ReactElement {
  const { question, own = noParameters, height = 280, controls, says, headingOrder = 2 } = props
  const { view } = useView()
  const title = props.title ?? question.title
  const kind = props.kind ?? question.chart
  const heading = useId()
  const explanation = useId()
  const [isExplained, { toggle: toggleExplained }] = useDisclosure(false)
  const [isTable, setTable] = useState(false)
  // What nobody scrolls to is not asked; once seen, it stays.
  const { ref, inViewport } = useInViewport()
  const [wasSeen, setSeen] = useState(false)
  const isWhole = useWhole()
  if ((inViewport || isWhole) && !wasSeen) setSeen(true)
  const full = useFullDays()
  const parameters = parametersFor(
    props.fullDays === true ? { ...view, ...full } : view,
    question,
    own
  )
  const {
    data: answer,
    error,
    isPending,
    isPlaceholderData,
    refetch
  } = useAnswer(question.name, parameters, { isWanted: wasSeen })
  useEffect(() => {
    if (wasSeen && isDrawn(kind)) void loadEngine()
  }, [wasSeen, kind])
  const marks = useMarks(view.product ?? '', props.marks)
  return (
    <Paper
      component="section"
      ref={ref}
      className={classes['card'] ?? ''}
      aria-labelledby={heading}
      data-question={question.name}
      aria-busy={wasSeen && (isPending || isPlaceholderData)}
    >
      <Group justify="space-between" align="flex-start" gap="xs" wrap="wrap">
        <div className={classes['titles']}>
          <Title order={headingOrder} id={heading} className={classes['title'] ?? ''}>
            {title}
          </Title>
          {says !== undefined && (
            <Text size="sm" c="dimmed">
              <Prose text={says} />
            </Text>
          )}
        </div>
        <Group gap={4} className="no-print">
          {controls}
          {kind !== 'table' && (
            <TableSwitch
              title={title}
              isTable={isTable}
              isDisabled={(answer?.rows.length ?? 0) === 0}
              onChange={setTable}
            />
          )}
          <InfoSwitch
            title={title}
            isExplained={isExplained}
            explanation={explanation}
            onPress={toggleExplained}
          />
        </Group>
      </Group>
      <Collapse expanded={isExplained} id={explanation}>
        <Explanation
          question={question}
          answer={answer}
          parameters={parameters}
          address={exploreAddress(
            props.fullDays === true ? { ...view, ...daysOf(answer) } : view,
            question.name,
            own
          )}
        />
      </Collapse>
      {props.below !== undefined && (
        <div className={`${classes['below'] ?? ''} no-print`}>{props.below}</div>
      )}
      <div className={classes['body']} data-stale={isPlaceholderData}>
        <Body
          {...props}
          title={title}
          kind={kind}
          height={height}
          marks={marks}
          isTable={isTable}
          answer={answer}
          error={error}
          retry={() => void refetch()}
        />
      </div>
    </Paper>
  )
}

interface BodyProps extends Pick<
  AnswerCardProps,
  'question' | 'measure' | 'onPick' | 'picked' | 'byChange' | 'rowsMax'
> {
  readonly title: string
  readonly kind: ChartKind
  readonly height: number
  readonly marks: readonly Mark[]
  readonly isTable: boolean
  readonly answer: Answer | undefined
  readonly error: Error | null
  readonly retry: () => void
}

function Body({
  question,
  isTable,
  answer,
  error,
  retry,
  rowsMax,
  ...shown
}: BodyProps): ReactElement {
  const { title, kind, height, marks, measure, onPick, picked, byChange } = shown
  if (error !== null && !isAwayError(error)) return <Problem error={error} retry={retry} />
  if (answer === undefined) return <NotAsked height={height} />
  if (answer.rows.length === 0) return <EmptyAnswer question={question.name} notes={answer.notes} />
  if (isTable) return <AnswerTable answer={answer} caption={title} />
  return (
    <AnswerView
      answer={answer}
      title={title}
      kind={kind}
      measure={measure}
      height={height}
      marks={marks}
      onPick={onPick}
      picked={picked}
      byChange={byChange}
      {...(rowsMax !== undefined && { rowsMax })}
    />
  )
}

function TableSwitch({
  title,
  isTable,
  isDisabled,
  onChange
}: {
  readonly title: string
  readonly isTable: boolean
  readonly isDisabled: boolean
  readonly onChange: (isTable: boolean) => void
}): ReactElement {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={isTable ? `${title}: show the chart` : `${title}: show the table`}
      title={isTable ? 'Show the chart' : 'Show the table'}
      aria-pressed={isTable}
      onClick={() => onChange(!isTable)}
      disabled={isDisabled}
    >
      {isTable ? <ChartIcon /> : <TableIcon />}
    </ActionIcon>
  )
}

function InfoSwitch({
  title,
  isExplained,
  explanation,
  onPress
}: {
  readonly title: string
  readonly isExplained: boolean
  /** The id of what it shows. */
  readonly explanation: string
  readonly onPress: () => void
}): ReactElement {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={`${title}: what this counts`}
      title="What this counts"
      aria-expanded={isExplained}
      aria-controls={explanation}
      onClick={onPress}
    >
      <InfoIcon />
    </ActionIcon>
  )
}

function Explanation({
  question,
  answer,
  parameters,
  address
}: {
  readonly question: Question
  readonly answer: Answer | undefined
  readonly parameters: Readonly<Record<string, string>>
  /** Of the same question in Explore. */
  readonly address: string
}): ReactElement {
  return (
    <div className={classes['explanation']}>
      <Text size="sm">
        <Prose text={question.explains} />
      </Text>
      {answer?.notes.map((note) => (
        <Text size="sm" key={note}>
          <Prose text={note} />
        </Text>
      ))}
      <Command line={askLine(question.name, parameters)} label="The same in a terminal" />
      <Anchor component={Link} href={address} size="sm">
        Open in Explore
      </Anchor>
    </div>
  )
}

function NotAsked({ height }: { readonly height: number }): ReactElement {
  return (
    <>
      <Skeleton height={height} className="no-print" />
      <p className="print-only">
        Not asked yet: “Print this page”, in the page’s head, asks it first.
      </p>
    </>
  )
}

/** The days that were counted: an address holds days, and no word for yesterday. */
function daysOf(answer: Answer | undefined): Partial<Pick<View, 'since' | 'until'>> {
  const { since, until } = answer?.parameters ?? {}
  return since === undefined || until === undefined ? {} : { since, until }
}

/** What a page marks, and what readers noted on days. */
function useMarks(product: string, own: readonly Mark[] | undefined): readonly Mark[] {
  const { data: notes } = useAnnotations(product)
  return useMemo(
    () => [
      ...(own ?? []),
      ...(notes ?? []).map(({ day, says }) => ({ day, label: shortened(says) }))
    ],
    [own, notes]
  )
}

/** A note is a sentence; on a chart stands its beginning. */
function shortened(says: string): string {
  return says.length <= 28 ? says : `${says.slice(0, 27).trimEnd()}…`
}
