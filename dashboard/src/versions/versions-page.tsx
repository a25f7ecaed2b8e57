/** Which versions live, how each was taken up, who is behind, and whom an advisory concerns. */
import { Group, SegmentedControl, SimpleGrid, Skeleton, Stack } from '@mantine/core'
import { useMemo, type ReactElement } from 'react'
import type { Question } from '../api/answers.ts'
import { useProducts, useQuestions, useReleases } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'
import { FilterBar } from '../filters/filter-bar.tsx'
import { useView } from '../filters/use-view.ts'
import { firstDayOf } from '../filters/view.ts'
import { NothingYet } from '../first-record/empty.tsx'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { Advisories } from './advisories.tsx'
import { ExposureCard } from './exposure-card.tsx'
import { ReleaseTable } from './release-table.tsx'

export function VersionsPage(): ReactElement {
  const { view } = useView()
  const product = view.product ?? ''
  const { data: products } = useProducts()
  const { data: catalogue, error, refetch } = useQuestions(product)
  const summary = products?.find((one) => one.product === product)
  const named = (name: string): Question | undefined =>
    catalogue?.questions.find((question) => question.name === name)
  const versions = named('versions')
  const flow = named('upgrade-flow')
  const time = named('time-to-upgrade')
  const active = named('active-installations')
  const exposure = named('exposure')
  return (
    <Stack gap="md">
      <PageTitle
        title="Versions"
        of={summary?.title ?? product}
        says="Which versions are alive, how fast each is taken up, and who is behind."
      />
      {summary?.records === 0 ? (
        <NothingYet product={product} title={summary.title} />
      ) : (
        <>
          <FilterBar />
          {error !== null && <Problem error={error} retry={() => void refetch()} />}
          {catalogue === undefined && error === null && <Skeleton height={480} />}
          {versions !== undefined && <AdoptionCard question={versions} product={product} />}
          {versions !== undefined && <ReleaseTable question={versions} product={product} />}
          {active !== undefined && versions !== undefined && (
            <Advisories active={active} versions={versions} product={product} />
          )}
          {exposure !== undefined && <ExposureCard question={exposure} product={product} />}
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
            {flow !== undefined && (
              <AnswerCard
                question={flow}
                own={mostUsed}
                says="From the left, to the right."
                height={360}
              />
            )}
            {time !== undefined && (
              <AnswerCard
                question={time}
                own={lastYear}
                kind="table"
                says="Releases of the last year, and the days until installations took them up."
              />
            )}
          </SimpleGrid>
        </>
      )}
    </Stack>
  )
}

/** More ways than these are a knot; the table in Explore has the rest. */
const mostUsed = { top: '20' }
/** A release takes months to be taken up, whatever period the rest of the page shows. */
const lastYear = { since: '1y' }

function AdoptionCard({
  question,
  product
}: {
  readonly question: Question
  readonly product: string
}): ReactElement {
  const { view, own, setOwn } = useView()
  const { data: releases } = useReleases(product)
  const unit =
    ['day', 'week', 'month'].find((name) => name === own.get('unit')) ??
    (view.since === '1y' ? 'week' : 'day')
  const measure = own.get('measure') === 'share' ? 'share' : 'installations'
  const first = firstDayOf(view, Date.now())
  const marks = useMemo(
    () =>
      (releases?.releases ?? []).flatMap(({ version, date }) =>
        date === null || date < first ? [] : [{ day: date, label: version }]
      ),
    [releases, first]
  )
  return (
    <AnswerCard
      question={question}
      title="Adoption"
      {...(marks.length > 0 && { says: 'Dotted lines are releases.' })}
      own={{ unit, top: '7' }}
      measure={measure}
      height={340}
      marks={marks}
      below={
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="Draw"
            data={[
              { value: 'installations', label: 'Count' },
              { value: 'share', label: 'Share' }
            ]}
            value={measure}
            onChange={(chosen) => setOwn({ measure: chosen === 'share' ? chosen : undefined })}
          />
          <SegmentedControl
            size="xs"
            aria-label="Count by"
            data={[
              { value: 'day', label: 'Day' },
              { value: 'week', label: 'Week' },
              { value: 'month', label: 'Month' }
            ]}
            value={unit}
            onChange={(chosen) => setOwn({ unit: chosen })}
          />
        </Group>
      }
    />
  )
}
