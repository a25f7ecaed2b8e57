import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame } from '../../test/frame.ts'
import { checkContract } from '../check/check.ts'
import { diffContracts } from '../diff/diff.ts'
import { inferFromDrift, type DriftedName } from './infer-drift.ts'

const today = '2026-11-20'
const contract = contractOf(`${frame}questions: { why: "Why?" }
groups: { shared: { lamps: { type: boolean, says: lamps } } }
events:
  load:
    when: It loads.
    serves: [why]
    uses: [shared]
    fields: { lit: { type: boolean, says: lit, from: properties.lit }, size: { type: integer, unit: bytes, says: size }, pool: { type: object, says: pool, fields: { kind: { type: boolean, says: kind } } } }
  saved: { when: It was saved. }
`)

function row(name: string | null, changes: Partial<DriftedName> = {}): DriftedName {
  return {
    reason: 'FIELD_NOT_IN_CONTRACT',
    record: 'load',
    name,
    kind: 'number',
    records: 12,
    installations: 6,
    ...changes
  }
}

function fieldsAfter(
  rows: readonly DriftedName[],
  record = 'load'
): Readonly<Record<string, unknown>> {
  const after = contractOf(inferFromDrift(contract, rows, { today }).text)
  return Object.fromEntries(after.records.get(record)?.fields ?? [])
}

describe('a contract proposed from drift', () => {
  it('is the newest one with what arrived undeclared, and nothing else changed', () => {
    const { text, added, hidden } = inferFromDrift(
      contract,
      [row('watts'), row('broken', { kind: 'boolean', record: 'saved' })],
      { today }
    )
    const { changes } = diffContracts(contract, contractOf(text))
    expect(changes.map(({ path }) => path).toSorted()).toEqual([
      'events.load.fields.watts',
      'events.saved.fields.broken'
    ])
    expect([added, hidden]).toEqual([2, 0])
    expect(text).toMatch(
      /# review: came 12 times from 6 installations\n +watts: \{ type: number, says: watts \}/
    )
  })
  it('declares a record that nobody declared', () => {
    const after = contractOf(
      inferFromDrift(
        contract,
        [row('Lamp Failed', { record: null, reason: 'RECORD_NOT_IN_CONTRACT' })],
        { today }
      ).text
    )
    expect(after.records.get('lamp_failed')).toMatchObject({
      aliases: ['Lamp Failed'],
      serves: ['why']
    })
  })
  it('drops texts, what is nested, and what sounds personal', () => {
    const fields = fieldsAfter([
      row('note', { kind: 'string' }),
      row('parts', { kind: 'array' }),
      row('phone'),
      row('hostname', { kind: 'string' })
    ])
    for (const name of ['note', 'parts', 'phone', 'hostname'])
      expect(fields[name]).toMatchObject({ collector: 'drops', sdk: 'never' })
  })
  it('names what a column of every record, or of another field, has taken otherwise', () => {
    expect(fieldsAfter([row('kind'), row('pool.size'), row('properties.watts')])).toMatchObject({
      load_kind: { from: ['kind'] },
      load_pool_size: { from: ['pool.size'] },
      watts: { from: ['properties.watts'] }
    })
  })
  it('takes an event that is written otherwise for the one that is declared', () => {
    const drifted = (name: string): DriftedName =>
      row(name, { record: null, reason: 'RECORD_NOT_IN_CONTRACT' })
    const { text, added } = inferFromDrift(
      contract,
      [drifted('Saved'), drifted('lamp.load'), drifted('load_lamp')],
      { today }
    )
    const after = contractOf(text)
    expect([...after.records.keys()]).toEqual(['load', 'saved', 'lamp_load', 'load_lamp'])
    expect(after.records.get('saved')?.aliases).toEqual(['Saved'])
    expect(after.records.get('lamp_load')?.aliases).toEqual(['lamp.load'])
    expect(text).toContain('review: `Saved` came 12 times from 6 installations, and is written')
    expect(text).toContain('perhaps `load` by another name')
    expect(added).toBe(3)
  })
  it('reads a name with points as one key, where nothing declared leads on', () => {
    expect(fieldsAfter([row('http.watts'), row('pool.big.size')])).toMatchObject({
      http_watts: { from: ['"http.watts"'] },
      load_pool_big_size: { from: ['pool."big.size"'] }
    })
  })
  it('says of what is declared how else it came, where it is written', () => {
    const otherwise = (name: string, reason: string, kind: string): DriftedName =>
      row(name, { reason, kind })
    const { text, added } = inferFromDrift(
      contract,
      [
        otherwise('size', 'FIELD_WRONG_TYPE', 'object'),
        otherwise('size', 'FIELD_OUT_OF_BOUNDS', 'number'),
        otherwise('pool.kind', 'FIELD_WRONG_TYPE', 'string'),
        otherwise('properties.lit', 'FIELD_WRONG_TYPE', 'array'),
        otherwise('lamps', 'FIELD_WRONG_TYPE', 'string')
      ],
      { today }
    )
    const seen = 'review: came 12 times from 6 installations'
    for (const said of [
      new RegExp(`# ${seen} as an object.*\\n +# ${seen} beyond its bounds\\n +size:`),
      new RegExp(`# ${seen} as a string, which its type is not\\n +kind:`),
      new RegExp(`# ${seen} as an array, which its type is not\\n +lit:`),
      new RegExp(`# ${seen} as a string, which its type is not\\n +lamps:`)
    ])
      expect(text).toMatch(said)
    expect(added).toBe(0)
    expect(diffContracts(contract, contractOf(text)).changes).toEqual([])
  })
  it('shows no name that the ledger hides, or that looks like data, and says how many', () => {
    const { text, hidden } = inferFromDrift(
      contract,
      [row('#4a77fd04'), row('(other)'), row(null), row('ada@example.org')],
      {
        today
      }
    )
    expect(hidden).toBe(4)
    expect(text).not.toMatch(/4a77fd04|ada/)
    expect(text).toContain('4 names are not shown')
  })
  it('drops what came as several kinds', () => {
    expect(fieldsAfter([row('watts'), row('watts', { kind: 'string' })])['watts']).toMatchObject({
      collector: 'drops'
    })
  })
  it('has no error, whatever the ledger holds', () => {
    const names = fc.oneof(
      fc.constantFrom(
        'lamps',
        'Saved',
        'lo.ad',
        'size',
        'pool',
        'kind',
        'a.b',
        'host',
        'x',
        'ip',
        '__proto__',
        'env_x'
      ),
      fc.string({ maxLength: 20 })
    )
    const rows = fc.record({
      reason: fc.constantFrom(
        'FIELD_NOT_IN_CONTRACT',
        'RECORD_NOT_IN_CONTRACT',
        'FIELD_WRONG_TYPE',
        'VALUE_NOT_IN_CONTRACT'
      ),
      record: fc.constantFrom('load', 'saved', 'nothing', null),
      name: fc.option(names),
      kind: fc.constantFrom('null', 'boolean', 'number', 'string', 'array', 'object'),
      records: fc.nat(),
      installations: fc.nat()
    })
    fc.assert(
      fc.property(fc.array(rows, { maxLength: 12 }), (drifted) => {
        const { findings } = checkContract(inferFromDrift(contract, drifted, { today }).text, {
          today
        })
        expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
      }),
      { numRuns: 200 }
    )
  })
})
