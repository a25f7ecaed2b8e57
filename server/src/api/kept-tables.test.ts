import { expect, it, vi } from 'vitest'
import type { AnswerTable } from '../analytics/asking/question.ts'
import { Changes } from '../storage/changes.ts'
import { KeptTables } from './kept-tables.ts'

const monday = '2026-11-30'
const sunday = '2026-11-29'

function recordOf(day: string): Buffer {
  return Buffer.from(`{"occurred_at":${Date.parse(`${day}T12:00:00Z`)}}\n`)
}

function tableOf(rows: number): AnswerTable {
  const row = { records: 1 }
  return {
    question: 'events',
    parameters: {},
    columns: [],
    rows: Array.from({ length: rows }, () => row),
    notes: []
  }
}

/** Asks the same again, and tells how often the store was asked. */
function asker(upTo: string | undefined, { changes = new Changes(), rows = 1 } = {}) {
  const kept = new KeptTables()
  const store = vi.fn(async () => tableOf(rows))
  return {
    changes,
    store,
    ask: (given: { from?: readonly unknown[]; isAnew?: boolean; key?: string } = {}) =>
      kept.of(
        changes,
        { product: 'dlt', key: 'events', from: ['contract'], isAnew: false, ...given },
        async () => {
          const asOf = changes.latest()
          return { answer: await store(), upTo, asOf }
        }
      )
  }
}

it('answers about full days from what is kept while records of today come', async () => {
  const { changes, store, ask } = asker(sunday)
  await ask()
  changes.noteBlock('incoming_dlt', recordOf(monday))
  await ask()
  expect(store).toHaveBeenCalledTimes(1)
})

it('asks again once a late record came, or anything was erased', async () => {
  const { changes, store, ask } = asker(sunday)
  await ask()
  changes.noteBlock('incoming_dlt', recordOf(sunday))
  await ask()
  changes.noteAll()
  await ask()
  await ask()
  expect(store).toHaveBeenCalledTimes(3)
})

it('asks again for what a record may have changed while it was asked', async () => {
  const { changes, store, ask } = asker(monday)
  store.mockImplementationOnce(async () => {
    changes.noteBlock('incoming_dlt', recordOf(monday))
    return tableOf(1)
  })
  await ask()
  await ask()
  expect(store).toHaveBeenCalledTimes(2)
})

it('asks once for all who ask at the same time, and again where that failed', async () => {
  const { store, ask } = asker(monday)
  store.mockRejectedValueOnce(new Error('the store is away'))
  const both = await Promise.allSettled([ask(), ask()])
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await Promise.all([ask(), ask()])
  expect(store).toHaveBeenCalledTimes(2)
})

it('keeps nothing that follows from another contract, or from more than days', async () => {
  const { store, ask } = asker(sunday)
  await ask()
  await ask({ from: ['newer contract'] })
  expect(store).toHaveBeenCalledTimes(2)
  const ofNow = asker(undefined)
  await ofNow.ask()
  await ofNow.ask()
  expect(ofNow.store).toHaveBeenCalledTimes(2)
})

it('asks the store for whoever wants it anew, and keeps that', async () => {
  const { store, ask } = asker(sunday)
  await ask()
  await ask({ isAnew: true })
  await ask()
  expect(store).toHaveBeenCalledTimes(2)
})

it('keeps so many rows and no more: what nobody asked for goes first', async () => {
  const { store, ask } = asker(sunday, { rows: 4_000 })
  for (let count = 0; count < 13; count += 1) await ask({ key: `${count}` })
  await ask({ key: '12' })
  expect(store).toHaveBeenCalledTimes(13)
  await ask({ key: '0' })
  expect(store).toHaveBeenCalledTimes(14)
  const huge = asker(sunday, { rows: 6_000 })
  await huge.ask()
  await huge.ask()
  expect(huge.store).toHaveBeenCalledTimes(2)
})
