/**
 * How the collector fares: what comes in, what waits, what the store holds, and what its operators
 * did.
 */
import type { Health } from '../api/answers.ts'
import { Paper, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { useHealth, useSession } from '../api/queries.ts'
import { AnswerTable } from '../chart/answer-table.tsx'
import {
  formatAgo,
  formatBytes,
  formatNumber,
  formatShare,
  formatWhole
} from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { AuditLog } from './audit-log.tsx'
import { Checks } from './checks.tsx'
import { DeleteInstallation } from './delete-installation.tsx'
import classes from './health.module.css'

export function HealthPage(): ReactElement {
  const { data: session } = useSession()
  const { data, error, refetch } = useHealth()
  return (
    <Stack gap="md">
      <PageTitle
        title="Health"
        says={
          (data?.disk === null
            ? 'Of the products that you may see, together.'
            : 'Of the whole collector, all products together.') + ' Looked at every five seconds.'
        }
      />
      {error !== null && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined ? error === null && <Skeleton height={420} /> : <Now health={data} />}
      {session !== undefined && (
        <>
          <DeleteInstallation session={session} />
          <AuditLog session={session} />
        </>
      )}
    </Stack>
  )
}

function Now({ health }: { readonly health: Health }): ReactElement {
  const { ingest, lagSeconds, inbox, engine, disk, quarantine, storage, dropped, doctor } = health
  const now = Date.now()
  return (
    <>
      <dl className={classes['numbers']}>
        <Figure
          name="Kept per second"
          value={formatNumber(ingest.perSecond)}
          says="over the last minute"
        />
        <Figure
          name="Kept in 24 hours"
          value={ingest.last24h === null ? '–' : formatWhole(ingest.last24h)}
          says={ingest.last24h === null ? 'the store does not answer' : 'records'}
        />
        <Figure
          name="Lag"
          value={`${formatNumber(Math.round(lagSeconds * 10) / 10)} s`}
          says={
            inbox === null
              ? 'of the oldest that waits'
              : inbox.entries === 0
                ? 'nothing waits'
                : `${formatWhole(inbox.entries)} entries wait`
          }
        />
        <InboxFigure inbox={inbox} />
        <Figure
          name="Store"
          value={engine.state}
          says={
            `${engine.kind}, ${engine.state === 'ready' ? 'came up' : 'has been so since'} ` +
            formatAgo(engine.since, now) +
            restartsOf(engine.restarts)
          }
          isBad={engine.state === 'unreachable'}
        />
        <DiskFigure disk={disk} />
        <Figure
          name="Quarantine"
          value={quarantine === null ? '–' : formatWhole(quarantine)}
          says={quarantine === 0 ? 'empty' : 'rows of 7 days that the store refused'}
          isBad={quarantine !== null && quarantine > 0}
        />
      </dl>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Card title="Checks" says="The same as candor doctor.">
          <Checks checks={doctor} />
        </Card>
        <Card title="Not kept" says="Fields and records, by reason, since the server started.">
          {dropped.length === 0 ? (
            <Text size="sm">Everything that arrived was kept.</Text>
          ) : (
            <AnswerTable
              caption="Not kept, by reason"
              answer={{
                columns: [
                  { name: 'reason', title: 'Reason', type: 'text' },
                  { name: 'count', title: 'Count', type: 'integer' }
                ],
                rows: dropped.map(({ reason, count }) => ({ reason, count }))
              }}
            />
          )}
        </Card>
      </SimpleGrid>
      <Card
        title="Storage and retention"
        says="Records are removed once they are older than their contract allows."
      >
        <AnswerTable
          caption="Storage by product"
          answer={{
            columns: [
              { name: 'product', title: 'Product', type: 'text' },
              { name: 'rows', title: 'Records', type: 'integer' },
              { name: 'bytes', title: 'On disk', type: 'integer', unit: 'bytes' },
              { name: 'oldest', title: 'Oldest received', type: 'timestamp' },
              { name: 'recordsDays', title: 'Kept for', type: 'integer', unit: 'days' }
            ],
            rows: storage.map((one) => ({ ...one }))
          }}
        />
      </Card>
    </>
  )
}

function restartsOf(count: number): string {
  return count === 0 ? '' : `, ${formatWhole(count)} ${count === 1 ? 'restart' : 'restarts'}`
}

/** Of the whole collector, as is the disk: nothing for whoever sees some of its products. */
function InboxFigure({ inbox }: Pick<Health, 'inbox'>): ReactElement | null {
  if (inbox === null) return null
  return (
    <Figure
      name="Inbox"
      value={formatBytes(inbox.bytes)}
      says={
        inbox.refusing === null
          ? `of ${formatBytes(inbox.limitBytes)} at most`
          : `refuses: ${inbox.refusing}`
      }
      isBad={inbox.refusing !== null}
    />
  )
}

function DiskFigure({ disk }: Pick<Health, 'disk'>): ReactElement | null {
  if (disk === null) return null
  return (
    <Figure
      name="Disk free"
      value={formatBytes(disk.freeBytes)}
      says={`${formatShare(disk.freeBytes / disk.totalBytes)} of it`}
      isBad={disk.freeBytes < 2_147_483_648}
    />
  )
}

function Card({
  title,
  says,
  children
}: {
  readonly title: string
  readonly says: string
  readonly children: ReactNode
}): ReactElement {
  return (
    <Paper component="section" className={classes['card'] ?? ''}>
      <Title order={2} className={classes['title'] ?? ''}>
        {title}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {says}
      </Text>
      {children}
    </Paper>
  )
}

function Figure({
  name,
  value,
  says,
  isBad = false
}: {
  readonly name: string
  readonly value: string
  readonly says: string
  readonly isBad?: boolean
}): ReactElement {
  return (
    <div className={classes['figure']} data-bad={isBad}>
      <dt>{name}</dt>
      <dd>
        {value}
        <span>{says}</span>
      </dd>
    </div>
  )
}
