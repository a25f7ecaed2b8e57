/** Each version with its release, its installations, and whether an advisory concerns it. */
import { Paper, Skeleton, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Column, Question, AnswerRow } from '../api/answers.ts'
import { useAnswer, useReleases } from '../api/queries.ts'
import { AnswerTable } from '../chart/answer-table.tsx'
import { parametersFor } from '../filters/view.ts'
import { useFullDays } from '../filters/full-days.ts'
import { useView } from '../filters/use-view.ts'
import { Command } from '../look/command.tsx'
import { EmptyAnswer } from '../first-record/empty.tsx'
import { Problem } from '../look/problem.tsx'
import { concerns } from './concerns.ts'
import classes from './versions.module.css'

const released: Column = { name: 'released', title: 'Released', type: 'date' }
const advisory: Column = { name: 'advisory', title: 'Advisory', type: 'text' }

export function ReleaseTable({
  question,
  product
}: {
  readonly question: Question
  readonly product: string
}): ReactElement {
  const { view } = useView()
  const full = useFullDays()
  const { data: releases } = useReleases(product)
  const {
    data: answer,
    error,
    isPlaceholderData,
    refetch
  } = useAnswer(question.name, parametersFor({ ...view, ...full }, question, { unit: 'all' }))
  const dates = new Map(releases?.releases.map(({ version, date }) => [version, date]))
  const rows = (answer?.rows ?? []).map((row): AnswerRow => {
    const version = String(row['version'] ?? '')
    const named = (releases?.advisories ?? [])
      .filter((one) => concerns(one, version))
      .map(({ id }) => id)
    return {
      ...row,
      version: row['version'] ?? 'unknown',
      released: dates.get(version) ?? null,
      advisory: named.length === 0 ? null : named.join(', ')
    }
  })
  const [first, ...rest] = answer?.columns ?? []
  const columns =
    first === undefined
      ? []
      : [first, released, ...rest, ...((releases?.advisories.length ?? 0) > 0 ? [advisory] : [])]
  return (
    <Paper component="section" className={classes['card'] ?? ''} data-stale={isPlaceholderData}>
      <Title order={2} className={classes['title'] ?? ''}>
        Who runs what
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {releases?.newest === null || releases?.newest === undefined
          ? 'No releases are known for this product, so nobody can be told behind. This makes ' +
            'one known:'
          : `${releases.newest} is the newest. An installation that upgraded in this period ` +
            'counts under each version that it ran.'}
        {full.until === 'yesterday' && ' Full days, up to yesterday (UTC).'}
      </Text>
      {releases?.newest === null && (
        <Command
          line={`npx candor release add VERSION --product ${product}`}
          label="How to add a release"
        />
      )}
      {error !== null ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : answer === undefined ? (
        <Skeleton height={240} />
      ) : rows.length === 0 ? (
        <EmptyAnswer question={question.name} notes={answer.notes} />
      ) : (
        <AnswerTable answer={{ columns, rows }} caption="Versions" />
      )}
    </Paper>
  )
}
