import { expect, it } from 'vitest'
import type { LiveLine } from './live-lines.ts'
import { isMatching } from './matching.ts'

const line: LiveLine = {
  id: 1,
  at: '2026-11-30T06:00:00.000Z',
  product: 'dlt',
  is: 'kept',
  name: 'pipeline_load',
  version: '1.26.0',
  installation: '7fb59f9e',
  fields: { destination_type: 'postgres', exec_info: ['docker'] },
  dropped: [{ code: 'FIELD_NOT_IN_CONTRACT', field: 'hostname' }]
}

it('finds a record by its name, a value, a shortened id, or what was not kept of it', () => {
  for (const looked of ['load', 'Postgres', 'destination_type=post', '7fb5', 'docker', 'hostname'])
    expect(isMatching(line, looked), looked).toBe(true)
})

it('wants every word, and shows all where nothing is looked for', () => {
  expect(isMatching(line, 'load postgres 1.26')).toBe(true)
  expect(isMatching(line, 'load duckdb')).toBe(false)
  expect(isMatching(line, '  ')).toBe(true)
})

it('leaves a note of lines that were left out to whoever looks for nothing', () => {
  const note: LiveLine = { id: 2, at: line.at, product: 'dlt', is: 'skipped', count: 5 }
  expect(isMatching(note, 'postgres')).toBe(false)
})
