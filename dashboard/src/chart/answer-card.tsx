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
  const { data: notes } = useAnnotations(view.product ?? '')
  const marks = useMemo(
    () => [
      ...(props.marks ?? []),
      ...(notes ?? []).map(({ day, says }) => ({ day, label: shortened(says) }))
    ],
    [props.marks, notes]
  )
  const isEmpty = answer !== undefined && answer.rows.length === 0
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
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={isTable ? `${title}: show the chart` : `${title}: show the table`}
              title={isTable ? 'Show the chart' : 'Show the table'}
              aria-pressed={isTable}
              onClick={() => setTable(!isTable)}
              disabled={answer === undefined || isEmpty}
            >
              {isTable ? <ChartIcon /> : <TableIcon />}
            </ActionIcon>
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`${title}: what this counts`}
            title="What this counts"
            aria-expanded={isExplained}
            aria-controls={explanation}
            onClick={toggleExplained}
          >
            <InfoIcon />
          </ActionIcon>
        </Group>
      </Group>
      <Collapse expanded={isExplained} id={explanation}>
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
          <Anchor
            component={Link}
            href={exploreAddress(
              props.fullDays === true ? { ...view, ...daysOf(answer) } : view,
              question.name,
              own
            )}
            size="sm"
          >
            Open in Explore
          </Anchor>
        </div>
      </Collapse>
      {props.below !== undefined && (
        <div className={`${classes['below'] ?? ''} no-print`}>{props.below}</div>
      )}
      <div className={classes['body']} data-stale={isPlaceholderData}>
        {error !== null && !isAwayError(error) ? (
          <Problem error={error} retry={() => void refetch()} />
        ) : answer === undefined ? (
          <>
            <Skeleton height={height} className="no-print" />
            <p className="print-only">Not asked yet: print with the button of the page.</p>
          </>
        ) : isEmpty ? (
          <EmptyAnswer question={question.name} notes={answer.notes} />
        ) : isTable ? (
          <AnswerTable answer={answer} caption={title} />
        ) : (
          <AnswerView
            answer={answer}
            title={title}
            kind={kind}
            measure={props.measure}
            height={height}
            marks={marks}
            onPick={props.onPick}
            picked={props.picked}
            byChange={props.byChange}
            {...(props.rowsMax !== undefined && { rowsMax: props.rowsMax })}
          />
        )}
      </div>
    </Paper>
  )
}

/** The days that were counted: an address holds days, and no word for yesterday. */
function daysOf(answer: Answer | undefined): Partial<Pick<View, 'since' | 'until'>> {
  const { since, until } = answer?.parameters ?? {}
  return since === undefined || until === undefined ? {} : { since, until }
}

/** A note is a sentence; on a chart stands its beginning. */
function shortened(says: string): string {
  return says.length <= 28 ? says : `${says.slice(0, 27).trimEnd()}…`
}
