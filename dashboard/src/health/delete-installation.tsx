/**
 * Erases what is kept about one installation: shows what there is, says what will happen, and
 * proves afterwards that it did.
 */
import {
  Alert,
  Button,
  Group,
  Modal,
  NativeSelect,
  Paper,
  Stack,
  Text,
  TextInput,
  Title
} from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import type { DeletionRequested, Routes, Session } from '../api/answers.ts'
import { ask } from '../api/client.ts'
import { useProducts } from '../api/queries.ts'
import { useView } from '../filters/use-view.ts'
import { Command } from '../look/command.tsx'
import { formatMoment, formatWhole } from '../look/numbers-and-dates.ts'
import { Problem } from '../look/problem.tsx'
import classes from './health.module.css'

type Looked = Routes['POST installation']['answer']
type Found = Exclude<Looked, DeletionRequested>

type Stage =
  | { readonly is: 'looking' }
  | { readonly is: 'found'; readonly what: Found }
  | { readonly is: 'requested'; readonly records: number }

export function DeleteInstallation({ session }: { readonly session: Session }): ReactElement {
  return (
    <Paper component="section" className={classes['card'] ?? ''}>
      <Title order={2} className={classes['title'] ?? ''}>
        Delete an installation
      </Title>
      <Text size="sm" c="dimmed" mb="sm" maw="78ch">
        On the word of its user. Each look is written to the audit log; the id itself is not: it is
        re-keyed before anything searches for it.
      </Text>
      {session.scopes.includes('delete') ? (
        <LookAndDelete csrf={session.csrf ?? ''} />
      ) : (
        <Text size="sm">It takes the scope `delete`.</Text>
      )}
    </Paper>
  )
}

function LookAndDelete({ csrf }: { readonly csrf: string }): ReactElement {
  const { view } = useView()
  const queries = useQueryClient()
  const [product, setProduct] = useState(view.product ?? '')
  const [id, setId] = useState('')
  const [stage, setStage] = useState<Stage>({ is: 'looking' })
  const [isAsking, setAsking] = useState(false)
  const lookAt = (action: 'show' | 'delete'): Promise<Looked> =>
    ask('POST installation', { body: { action, product, id, reason: 'deletion' }, csrf })
  const look = useMutation({
    mutationFn: async () => {
      const told = await lookAt('show')
      return 'found' in told ? told : undefined
    },
    onSuccess: (what) => {
      if (what !== undefined && stage.is !== 'requested') setStage({ is: 'found', what })
    },
    onSettled: () => void queries.invalidateQueries({ queryKey: ['audit'] })
  })
  const erase = useMutation({
    mutationFn: () => lookAt('delete'),
    onSuccess: () => {
      setStage({
        is: 'requested',
        records: stage.is === 'found' && stage.what.found ? stage.what.records : 0
      })
      setAsking(false)
      void queries.invalidateQueries()
    }
  })
  const reset = (): void => {
    setStage({ is: 'looking' })
    look.reset()
    erase.reset()
  }
  return (
    <Stack gap="sm" align="flex-start">
      <WhichInstallation
        product={product}
        id={id}
        isLooking={look.isPending}
        change={(next) => {
          setProduct(next.product)
          setId(next.id)
          reset()
        }}
        look={() => {
          reset()
          look.mutate()
        }}
      />
      {look.error !== null && <Problem error={look.error} />}
      {stage.is === 'found' && <WhatIsKept what={stage.what} erase={() => setAsking(true)} />}
      {stage.is === 'requested' && (
        <Proof
          records={stage.records}
          look={() => look.mutate()}
          isLooking={look.isPending}
          now={look.data}
          product={product}
        />
      )}
      <Sure
        isAsking={isAsking}
        keep={() => setAsking(false)}
        erase={() => erase.mutate()}
        isErasing={erase.isPending}
        error={erase.error}
      />
    </Stack>
  )
}

interface WhichProps {
  readonly product: string
  readonly id: string
  readonly isLooking: boolean
  readonly change: (next: { readonly product: string; readonly id: string }) => void
  readonly look: () => void
}

function WhichInstallation({ product, id, isLooking, change, look }: WhichProps): ReactElement {
  const { data: products } = useProducts()
  return (
    <form
      className={classes['form']}
      onSubmit={(event) => {
        event.preventDefault()
        look()
      }}
    >
      <NativeSelect
        label="Product"
        value={product}
        onChange={({ currentTarget }) => change({ product: currentTarget.value, id })}
        data={(products ?? []).map((one) => ({ value: one.product, label: one.title }))}
      />
      <TextInput
        label="Id, as its user sees it"
        autoComplete="off"
        value={id}
        onChange={({ currentTarget }) => change({ product, id: currentTarget.value })}
        maxLength={512}
        className={classes['id'] ?? ''}
      />
      <Button type="submit" variant="default" loading={isLooking} disabled={id.trim() === ''}>
        Look
      </Button>
    </form>
  )
}

function WhatIsKept({
  what,
  erase
}: {
  readonly what: Found
  readonly erase: () => void
}): ReactElement {
  if (!what.found)
    return (
      <Text size="sm" role="status">
        Nothing is kept about this id in {what.product}.
      </Text>
    )
  return (
    <Stack gap="xs" align="flex-start" role="status">
      <Text size="sm">
        {recordsWord(what.records)}, from {formatMoment(what.firstSeen)} to{' '}
        {formatMoment(what.lastSeen)}.
      </Text>
      <Button color="red" variant="light" onClick={erase} className={classes['erase'] ?? ''}>
        Delete these records…
      </Button>
    </Stack>
  )
}

interface SureProps {
  readonly isAsking: boolean
  readonly keep: () => void
  readonly erase: () => void
  readonly isErasing: boolean
  readonly error: Error | null
}

function Sure({ isAsking, keep, erase, isErasing, error }: SureProps): ReactElement {
  return (
    <Modal
      opened={isAsking}
      onClose={keep}
      title="Delete this installation?"
      centered
      // Locking needs a style element without the nonce.
      lockScroll={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="sm">
        <Text size="sm">
          Its rows, entries that still wait, its snapshot and its place in the list of installations
          are erased, in this store and again after a restore. That is carried out within 72 hours
          and can’t be undone.
        </Text>
        <Text size="sm">Counts that were frozen before are not altered: they hold no id.</Text>
        {error !== null && <Problem error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={keep} data-autofocus>
            Keep it
          </Button>
          <Button color="red.9" loading={isErasing} onClick={erase}>
            Delete it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function recordsWord(count: number): string {
  return `${formatWhole(count)} ${count === 1 ? 'record' : 'records'}`
}

interface ProofProps {
  readonly records: number
  readonly product: string
  readonly look: () => void
  readonly isLooking: boolean
  readonly now: Found | undefined
}

function Proof({ records, product, look, isLooking, now }: ProofProps): ReactElement {
  const isGone = now !== undefined && !now.found
  return (
    <Alert
      color={isGone ? 'teal' : 'ink'}
      variant="light"
      role="status"
      title={isGone ? 'Erased' : 'The deletion is requested'}
      styles={{ title: { color: 'var(--mantine-color-text)' } }}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          {isGone
            ? `Nothing is kept about this id in ${product} any more. There were ` +
              `${recordsWord(records)}.`
            : `${recordsWord(records)} will be erased within 72 hours, usually within the ` +
              'hour. Look again then to see that nothing is ' +
              `left${
                now?.found === true
                  ? `; now ${formatWhole(now.records)} still ` +
                    `${now.records === 1 ? 'is' : 'are'}`
                  : ''
              }.`}
        </Text>
        {!isGone && (
          <Button size="xs" variant="default" onClick={look} loading={isLooking}>
            Look again
          </Button>
        )}
        <Text size="sm">Its user can be told to ask the same question:</Text>
        <Command
          line={`npx candor installation show <id> --product ${product}`}
          label="How to look in a terminal"
        />
      </Stack>
    </Alert>
  )
}
