/** What operators did: who looked at or deleted whose records, signed in, made tokens. */
import { Paper, Skeleton, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import type { Session } from '../api/answers.ts'
import { useAudit } from '../api/queries.ts'
import { AnswerTable } from '../chart/answer-table.tsx'
import { Problem } from '../look/problem.tsx'
import classes from './health.module.css'

export function AuditLog({ session }: { readonly session: Session }): ReactElement {
  const mayRead = session.scopes.includes('maintain')
  const { data, error, refetch } = useAudit({ isWanted: mayRead })
  return (
    <Paper component="section" className={classes['card'] ?? ''}>
      <Title order={2} className={classes['title'] ?? ''}>
        Audit log
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        What was done and by whom, the newest first. It holds no raw id and no secret.
      </Text>
      {!mayRead ? (
        <Text size="sm">To read it takes the scope `maintain`.</Text>
      ) : error !== null ? (
        <Problem error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton height={120} />
      ) : data.length === 0 ? (
        <Text size="sm">Nobody has done anything yet.</Text>
      ) : (
        <AnswerTable
          caption="Audit log"
          answer={{
            columns: [
              { name: 'at', title: 'When', type: 'timestamp' },
              { name: 'who', title: 'Who', type: 'text' },
              { name: 'act', title: 'Act', type: 'text' },
              { name: 'product', title: 'Product', type: 'text' },
              { name: 'reason', title: 'Reason', type: 'text' },
              { name: 'found', title: 'Found', type: 'boolean' },
              { name: 'token', title: 'Token', type: 'text' }
            ],
            rows: data.map(({ at, who, act, product, reason, found, token }) => ({
              at,
              who,
              act: act.replaceAll('-', ' '),
              product: product ?? null,
              reason: reason ?? null,
              found: found ?? null,
              token: token ?? null
            }))
          }}
        />
      )}
    </Paper>
  )
}
