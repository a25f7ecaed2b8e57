/**
 * A product at a glance, drawn from its contract: who is alive, on which versions, where, what they
 * do, and what changed.
 */
import { SegmentedControl, SimpleGrid, Skeleton, Stack } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import type { Question } from '../api/answers.ts'
import { useProducts, useQuestions, type QuestionCatalogue } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'
import { FilterBar } from '../filters/filter-bar.tsx'
import { useView } from '../filters/use-view.ts'
import { filterTitles, type FilterName } from '../filters/view.ts'
import { NothingYet } from '../first-record/empty.tsx'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { activeUnit, usualUnit } from './ask-ahead.ts'
import { FromContract } from './from-contract.tsx'
import { Headline } from './headline.tsx'

export function OverviewPage(): ReactElement {
  const { view } = useView()
  const { data: products } = useProducts()
  const product = products?.find((one) => one.product === view.product)
  const { data: catalogue, error, refetch } = useQuestions(view.product ?? '')
  if (product === undefined) return <Skeleton height={320} />
  return (
    <Stack gap="md">
      <PageTitle title={product.title} of="Overview" says={product.purpose} />
      {product.records === 0 ? (
        <NothingYet product={product.product} title={product.title} />
      ) : (
        <>
          <FilterBar />
          {error !== null && <Problem error={error} retry={() => void refetch()} />}
          {catalogue === undefined ? (
            error === null && <Skeleton height={480} />
          ) : (
            <Cards catalogue={catalogue} />
          )}
        </>
      )}
    </Stack>
  )
}

function Cards({ catalogue }: { readonly catalogue: QuestionCatalogue }): ReactElement {
  const { view, toggleFilter } = useView()
  const named = (name: string): Question | undefined =>
    catalogue.questions.find((question) => question.name === name)
  const active = named('active-installations')
  const versions = named('versions')
  const events = named('events')
  const flow = named('new-returning-lost')
  const failures = catalogue.fields.some(
    ({ name, type }) => name === 'success' && type === 'boolean'
  )
    ? named('failures')
    : undefined
  const retention = named('retention')
  return (
    <>
      <Headline />
      {active !== undefined && <ActiveCard question={active} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {versions !== undefined && (
          <AnswerCard
            question={versions}
            says="The newest first. A press shows only that version."
            own={allTogether}
            fullDays
            kind="bars"
            onPick={(value) => toggleFilter('version', value)}
            picked={view.filters.version ?? none}
          />
        )}
        {active !== undefined && <WhereCard question={active} />}
        {events !== undefined && (
          <AnswerCard question={events} title="Top events" own={allTogether} fullDays kind="bars" />
        )}
        {events !== undefined && (
          <AnswerCard
            question={events}
            title="What changed this week"
            says="Records of the last 7 days, beside the 7 days before."
            own={thisWeek}
            kind="bars"
            byChange
          />
        )}
        {flow !== undefined && <AnswerCard question={flow} own={weekly} height={240} />}
        {failures !== undefined && (
          <AnswerCard
            question={failures}
            says="Of the records that say how it went, the share that failed."
            fullDays
            kind="bars"
            measure="share"
          />
        )}
        {failures === undefined && retention !== undefined && (
          <AnswerCard question={retention} own={weekly} />
        )}
      </SimpleGrid>
      <ShapesCard catalogue={catalogue} />
      <FromContract catalogue={catalogue} />
    </>
  )
}

/** Where a contract keeps shapes of queries: those that cannot be served yet, if it tells which. */
function ShapesCard({ catalogue }: { readonly catalogue: QuestionCatalogue }): ReactElement | null {
  const question = catalogue.questions.find(({ name }) => name === 'query-shapes')
  const { fields } = catalogue
  if (question === undefined || !fields.some(({ isShape }) => isShape)) return null
  const isTold = fields.some(
    ({ name, values }) => name.endsWith('status') && values?.includes('unsupported') === true
  )
  return (
    <AnswerCard
      question={question}
      title={isTold ? 'Top unsupported query shapes' : 'Top query shapes'}
      says="The last twelve weeks; a bar is seven days."
      own={isTold ? unsupported : twelveWeeks}
    />
  )
}

const twelveWeeks = { since: '12w' }
const unsupported = { since: '12w', status: 'unsupported' }
const allTogether = { unit: 'all' }
const weekly = { unit: 'week' }
const thisWeek = { unit: 'all', since: '7d', compare: 'previous' }
const none: readonly string[] = []

function ActiveCard({ question }: { readonly question: Question }): ReactElement {
  const { view, own, setOwn } = useView()
  const usual = usualUnit(view.since)
  const unit = activeUnit(view, own)
  return (
    <AnswerCard
      question={question}
      own={{ unit }}
      height={300}
      controls={
        <SegmentedControl
          size="xs"
          aria-label="Count by"
          data={[
            { value: 'day', label: 'Day' },
            { value: 'week', label: 'Week' },
            { value: 'month', label: 'Month' }
          ]}
          value={unit}
          onChange={(chosen) => setOwn({ unit: chosen === usual ? undefined : chosen })}
        />
      }
    />
  )
}

const places: readonly FilterName[] = ['os', 'class', 'automation', 'container', 'level']
const shortTitles: Readonly<Partial<Record<FilterName, string>>> = {
  os: 'System',
  class: 'Use',
  automation: 'Automation',
  container: 'Container',
  level: 'Level'
}

function WhereCard({ question }: { readonly question: Question }): ReactElement {
  const { view, toggleFilter } = useView()
  const [by, setBy] = useState<FilterName>('os')
  return (
    <AnswerCard
      question={question}
      title="Environments"
      says={`${filterTitles[by]}. A press shows only that.`}
      own={{ unit: 'all', by }}
      fullDays
      kind="bars"
      onPick={(value) => toggleFilter(by, value)}
      picked={view.filters[by] ?? none}
      below={
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label="Environments by"
          data={places.map((name) => ({ value: name, label: shortTitles[name] ?? name }))}
          value={by}
          onChange={(name) => setBy(places.find((place) => place === name) ?? 'os')}
        />
      }
    />
  )
}
