import { expect, it } from 'vitest'
import { Changes } from './changes.ts'

const day = (text: string): number => Date.parse(`${text}T12:00:00Z`)

function block(...days: readonly string[]): Buffer {
  const lines = days.map(
    (text) => `{"received_at":${day('2026-11-30')},"occurred_at":${day(text)}}`
  )
  return Buffer.from(`${lines.join('\n')}\n`)
}

it('leaves answers about days before a block’s earliest record as they are', () => {
  const changes = new Changes()
  changes.noteBlock('incoming_dlt', block('2026-11-30', '2026-11-28', '2026-11-29'))
  expect(changes.upTo('dlt', '2026-11-27')).toBe(0)
  expect(changes.upTo('dlt', '2026-11-28')).toBe(changes.latest())
  expect(changes.upTo('dlt', '2026-11-30')).toBe(changes.latest())
  expect(changes.upTo('dblab', '2026-11-30')).toBe(0)
})

it('tells the last of several changes, whichever day it was of', () => {
  const changes = new Changes()
  changes.noteBlock('incoming_dlt', block('2026-11-30'))
  changes.noteBlock('incoming_dlt', block('2026-11-20'))
  const late = changes.latest()
  changes.noteBlock('incoming_dlt', block('2026-11-30'))
  expect(changes.upTo('dlt', '2026-11-29')).toBe(late)
  expect(changes.upTo('dlt', '2026-11-30')).toBe(changes.latest())
})

it('counts a record of the first minutes of a day to the day before as well', () => {
  const changes = new Changes()
  const at = Date.parse('2026-11-30T00:02:00Z')
  changes.noteBlock('incoming_dlt', Buffer.from(`{"received_at":${at},"occurred_at":${at}}\n`))
  expect(changes.upTo('dlt', '2026-11-29')).toBe(1)
})

it('hears of what was not kept, by its product and day', () => {
  const changes = new Changes()
  changes.noteBlock('drift_rows', Buffer.from('{"product":"dlt","day":"2026-11-29","count":1}\n'))
  changes.noteBlock(
    'quarantine_rows',
    Buffer.from(`{"product":"dblab","code":"X","received_at":${day('2026-11-30')}}\n`)
  )
  expect(changes.upTo('dlt', '2026-11-28')).toBe(0)
  expect(changes.upTo('dlt', '2026-11-29')).toBe(1)
  expect(changes.upTo('dblab', '2026-11-30')).toBe(2)
})

it('takes what it can’t read, and an import of years, as a change of everything', () => {
  const changes = new Changes()
  changes.noteBlock('incoming_dlt', Buffer.from('{"received_at":1}\n'))
  expect(changes.upTo('dblab', '2020-01-01')).toBe(1)
  for (let back = 0; back < 500; back += 1)
    changes.noteBlock(
      'incoming_dlt',
      block(new Date(day('2026-11-30') - back * 86_400_000).toISOString().slice(0, 10))
    )
  expect(changes.upTo('dlt', '2026-11-30')).toBe(changes.latest())
  expect(changes.upTo('dlt', '2024-01-01')).toBeGreaterThan(1)
})

it('takes each statement that is no arrival as a change of everything', () => {
  const changes = new Changes()
  changes.noteAll()
  expect(changes.upTo('dlt', '2020-01-01')).toBe(1)
})
