/**
 * How many installations an advisory concerns: asked of the store, with the versions that its range
 * holds.
 */
import { Anchor, Badge, Group, Paper, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Advisory, Question } from '../api/answers.ts'
import { useAnswer, useReleases } from '../api/queries.ts'
import { numberOf } from '../chart/plot.ts'
import { parametersFor } from '../filters/view.ts'
import { useFullDays } from '../filters/full-days.ts'
import { useView } from '../filters/use-view.ts'
import { formatWhole } from '../look/numbers-and-dates.ts'
import { concerns } from './concerns.ts'
import classes from './versions.module.css'

export interface AdvisoriesProps {
  readonly active: Question
  readonly versions: Question
  readonly product: string
}

export function Advisories({ active, versions, product }: AdvisoriesProps): ReactElement | null {
  const { view } = useView()
  const { data: releases } = useReleases(product)
  const full = useFullDays()
  const { data: answer } = useAnswer(
    versions.name,
    parametersFor({ ...view, ...full }, versions, { unit: 'all' })
  )
  const known = (releases?.advisories ?? []).filter(({ withdrawn }) => withdrawn !== true)
  if (known.length === 0 || answer === undefined) return null
  const alive = answer.rows.flatMap(({ version }) =>
    version === null || version === undefined ? [] : [String(version)]
  )
  return (
    <Paper component="section" className={classes['card'] ?? ''}>
      <Title order={2} className={classes['title'] ?? ''}>
        Advisories
      </Title>
      <ul className={classes['advisories']}>
        {known.map((advisory) => (
          <Concerned
            key={advisory.id}
            advisory={advisory}
            active={active}
            versions={alive.filter((version) => concerns(advisory, version))}
          />
        ))}
      </ul>
    </Paper>
  )
}

function Concerned({
  advisory,
  active,
  versions
}: {
  readonly advisory: Advisory
  readonly active: Question
  readonly versions: readonly string[]
}): ReactElement {
  const { view, setFilter } = useView()
  const full = useFullDays()
  const { data } = useAnswer(
    active.name,
    parametersFor({ ...view, ...full }, active, { unit: 'all', version: versions.join(',') }),
    { isWanted: versions.length > 0 }
  )
  const count = versions.length === 0 ? 0 : numberOf(data?.rows[0]?.['installations'])
  const { id, title, severity, affected, fixed, url } = advisory
  return (
    <li>
      <Group gap="xs">
        <Badge variant="light" color="orange" className={classes['severity'] ?? ''}>
          {severity}
        </Badge>
        <strong>{title}</strong>
        {url === undefined ? (
          <Text size="sm" c="dimmed">
            {id}
          </Text>
        ) : (
          <Anchor href={url} size="sm" rel="noreferrer" target="_blank">
            {id}
          </Anchor>
        )}
      </Group>
      <Text size="sm">
        {count === null
          ? 'Being counted…'
          : count === 0
            ? 'No installation of this period runs an affected version.'
            : `${formatWhole(count)} ` +
              `${count === 1 ? 'installation runs' : 'installations run'} an affected version: ` +
              `${versions.join(', ')}.`}{' '}
        Affected: {affected}.{fixed !== undefined && ` Fixed in ${fixed}.`}
      </Text>
      {versions.length > 0 && (
        <Anchor
          component="button"
          type="button"
          size="sm"
          onClick={() => setFilter('version', versions)}
        >
          Show only these
        </Anchor>
      )}
    </li>
  )
}
