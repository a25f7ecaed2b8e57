/**
 * What is collected and what of it is seen: every record and field, what drifts, and the page that
 * users read.
 */
import type { ProductContract } from '../api/answers.ts'
import { Code, Group, Paper, Skeleton, Stack, Tabs, Text } from '@mantine/core'
import type { ReactElement } from 'react'
import { useContract, useQuestions } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'
import { useView } from '../filters/use-view.ts'
import { formatDay } from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { Command } from '../look/command.tsx'
import classes from './contract.module.css'
import { Disclosure } from './disclosure.tsx'
import { DriftOfVersions } from './drift-of-versions.tsx'
import { Records } from './records.tsx'

/** What nobody asked for in a season is collected for nobody. */
function Retire({ contract }: { readonly contract: ProductContract }): ReactElement | null {
  const { retire } = contract
  if (retire.length === 0) return null
  const what = retire.length === 1 ? 'this field' : `these ${retire.length} fields`
  return (
    <Text size="sm" mb="sm">
      No question has read {what} for 90 days, so retire what nobody needs:{' '}
      {retire.map(({ field, lastAsked }) => (
        <span key={field}>
          <Code>{field}</Code>
          {lastAsked !== null && ` (last on ${formatDay(lastAsked)})`}{' '}
        </span>
      ))}
    </Text>
  )
}

const tabs = ['fields', 'drift', 'page', 'about'] as const

export function ContractPage(): ReactElement {
  const { view, own, setOwn } = useView()
  const product = view.product ?? ''
  const { data, error, refetch } = useContract(product)
  const { data: catalogue } = useQuestions(product)
  const drift = catalogue?.questions.find(({ name }) => name === 'drift')
  const tab = tabs.find((name) => name === own.get('tab')) ?? 'fields'
  return (
    <Stack gap="md">
      <PageTitle
        title="Contract"
        of={data?.contract.title ?? product}
        says={data?.contract.purpose}
      />
      {error !== null && <Problem error={error} retry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton height={400} />}
      {data !== undefined && (
        <Tabs
          value={tab}
          onChange={(name) =>
            setOwn({ tab: name === 'fields' || name === null ? undefined : name })
          }
          keepMounted={false}
        >
          <Tabs.List aria-label="Parts of the contract">
            <Tabs.Tab value="fields">Fields</Tabs.Tab>
            <Tabs.Tab value="drift">Drift</Tabs.Tab>
            <Tabs.Tab value="page">Users’ page</Tabs.Tab>
            <Tabs.Tab value="about">About</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="fields" pt="md">
            <Retire contract={data} />
            <Records contract={data} />
          </Tabs.Panel>
          <Tabs.Panel value="drift" pt="md">
            {drift !== undefined && (
              <Stack gap="md">
                <DriftOfVersions product={product} />
                <AnswerCard
                  question={drift}
                  title="What arrives and is not declared"
                  says="Counted by name and reason, never kept."
                  kind="table"
                />
              </Stack>
            )}
          </Tabs.Panel>
          <Tabs.Panel value="page" pt="md">
            <Disclosure path={data.disclosureHtml} title={data.contract.title} />
          </Tabs.Panel>
          <Tabs.Panel value="about" pt="md">
            <About {...data} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Stack>
  )
}

function About({ contract, digest, published }: ProductContract): ReactElement {
  const { identity, consent, retention, recipients, questions } = contract
  return (
    <Stack gap="md">
      <Paper className={classes['card'] ?? ''}>
        <dl className={classes['facts']}>
          <dt>Identity</dt>
          <dd>
            {identity?.kind ?? 'none'}
            {identity?.says !== undefined && `: ${identity.says}`}
          </dd>
          <dt>Consent</dt>
          <dd>
            {consent?.default ?? ''}
            {Object.entries(consent?.levels ?? {}).map(([level, says]) => (
              <div key={level}>
                <strong>{level}</strong>: {says}
              </div>
            ))}
          </dd>
          <dt>Kept for</dt>
          <dd>
            {Object.entries(retention ?? {})
              .map(([what, span]) => `${what} ${span}`)
              .join(', ')}
          </dd>
          <dt>Recipients</dt>
          <dd>
            {(recipients ?? []).map((one) => (
              <div key={one.name}>
                {one.name}
                {one.for !== undefined && `, for ${one.for}`}
              </div>
            ))}
          </dd>
          <dt>Asked for</dt>
          <dd>
            {Object.entries(questions ?? {}).map(([name, says]) => (
              <div key={name}>
                <strong>{name}</strong>: {says}
              </div>
            ))}
          </dd>
          {contract.contact !== undefined && (
            <>
              <dt>Contact</dt>
              <dd>{contract.contact}</dd>
            </>
          )}
          <dt>Digest</dt>
          <dd>
            <Code>{digest}</Code>
          </dd>
          <dt>Published</dt>
          <dd>
            {published.map((one) => (
              <Group key={one.digest} gap="xs">
                <Code>{one.digest.slice(0, 19)}…</Code>
                <Text size="sm">
                  {one.firstSeen === null
                    ? 'never seen in a report'
                    : `first seen ${formatDay(one.firstSeen)}`}
                </Text>
              </Group>
            ))}
          </dd>
        </dl>
      </Paper>
      <Text size="sm">What a change would ask of users again:</Text>
      <Command
        line="npx candor contract diff main:contract.yaml contract.yaml"
        label="How to compare contracts"
      />
    </Stack>
  )
}
