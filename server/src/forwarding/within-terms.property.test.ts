/**
 * Whatever contracts there were and whatever a report accepted: nothing goes to whom its terms did
 * not name, and no value that they would not have let through. Judged by the contract that was
 * agreed to, value by value, and not by the rule.
 */
import * as fc from 'fast-check'
import { compileContract, parseContract, type CompiledContract } from '@candor/contract'
import { describe, expect, it } from 'vitest'
import { withinTerms, type StoredRow } from './within-terms.ts'

const people = ['Acme', 'Bee', 'Cee'] as const
const words = ['red', 'green', 'blue'] as const

interface Shape {
  readonly recipients: readonly { readonly name: string; readonly where: string }[]
  readonly colours: readonly string[] | undefined
  readonly max: number | undefined
  readonly levels: boolean
  readonly hashed: 'keyed-hash' | 'pattern' | undefined
  readonly os: boolean
  readonly identity: 'none' | 'window' | 'persistent'
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  recipients: fc.uniqueArray(
    fc.record({ name: fc.constantFrom(...people), where: fc.constantFrom('EU', 'US') }),
    { minLength: 1, selector: ({ name }) => name }
  ),
  colours: fc.option(fc.subarray([...words], { minLength: 1 }), { nil: undefined }),
  max: fc.option(fc.constantFrom(10, 100, 1000), { nil: undefined }),
  levels: fc.boolean(),
  hashed: fc.constantFrom('keyed-hash', 'pattern', undefined),
  os: fc.boolean(),
  identity: fc.constantFrom('none', 'window', 'persistent')
})

function contractOf(shape: Shape): CompiledContract {
  const recipients = shape.recipients.map(
    ({ name, where }) => `  - { name: ${name}, where: ${where}, for: counting }`
  )
  const level = shape.levels ? ', level: full' : ''
  const fields = [
    ...(shape.colours === undefined
      ? []
      : [`colour: { type: enum, values: [${shape.colours.join(', ')}], says: a colour }`]),
    ...(shape.max === undefined
      ? []
      : [`size: { type: integer, min: 0, max: ${shape.max}, says: a size${level} }`]),
    ...(shape.hashed === undefined
      ? []
      : [
          shape.hashed === 'keyed-hash'
            ? 'label: { type: keyed-hash, says: a label }'
            : "label: { type: pattern, pattern: '^[a-z0-9]{1,40}$', says: a label }"
        ]),
    'ok: { type: boolean, says: whether it worked }'
  ]
  const text = `candor: 1
product: acme
title: Acme
purpose: To see what runs.
recipients:
${recipients.join('\n')}
retention: { records: 90 days, aggregates: 2 years }
consent: { default: opt-in${shape.levels ? ', levels: { basic: the least, full: all }' : ''} }
identity: { kind: ${shape.identity}${shape.identity === 'window' ? ', days: 7' : ''}, says: an id }
environment: [class, automation, container${shape.os ? ', os' : ''}]
controls:
  - { variable: ACME_TELEMETRY, off: 'off' }
events:
  run:
    when: it runs
    fields:
${fields.map((field) => `      ${field}`).join('\n')}
`
  const parsed = parseContract(text)
  if (parsed.is !== 'contract')
    throw new Error(
      JSON.stringify(parsed.problems.map(({ code, message }) => `${code} ${message}`))
    )
  return compileContract(parsed.contract)
}

const outside = (kind: string, token: string): string => `outside(${kind} ${token})`

describe('what a recipient is given', () => {
  it('is within the terms that the report itself accepted, whatever is published today', () => {
    let forwarded = 0
    fc.assert(
      fc.property(
        fc.array(shapes, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(),
        fc.constantFrom(...people),
        fc.record({
          colour: fc.option(fc.constantFrom(...words, 'other'), { nil: null }),
          size: fc.option(fc.integer({ min: 0, max: 1000 }), { nil: null }),
          label: fc.option(fc.constantFrom('abc', 'f'.repeat(32)), { nil: null }),
          ok: fc.option(fc.boolean(), { nil: null }),
          level: fc.constantFrom('basic', 'full', 'all', null),
          os: fc.constantFrom('linux', null)
        }),
        (history, heldAt, agreedAt, to, values) => {
          const contracts = history.map(contractOf)
          const newest = contracts.at(-1) as CompiledContract
          const held = contracts[heldAt % contracts.length] as CompiledContract
          const index = agreedAt % (contracts.length + 2)
          const agreed = contracts[index]
          const row: StoredRow = {
            ...values,
            kind: 'event',
            contract: held.contract.digest,
            accepted_terms:
              agreed?.contract.terms ??
              (index === contracts.length ? null : `sha256:${'0'.repeat(64)}`),
            received_at: '2026-11-20 12:00:00.000',
            occurred_at: '2026-11-20 11:59:59.123',
            version: '1.0.0',
            version_from: 'record',
            installation: 'a'.repeat(32),
            session: 'b'.repeat(32),
            deletion: 'c'.repeat(64),
            name: 'run'
          }
          const published = new Map(contracts.map((one) => [one.contract.digest, one]))
          const fitting = withinTerms(row, { newest, published }, { to, id: 'i', outside })
          if (fitting.is === 'stays') return
          forwarded++
          const { record } = fitting
          expect(agreed).toBeDefined()
          if (agreed === undefined) return
          // Named today, and by what was agreed to, at the same place.
          const today = newest.contract.recipients.find(({ name }) => name === to)
          expect(today).toBeDefined()
          expect(agreed.contract.recipients).toContainEqual(today)
          // Each value is one that the agreed contract lets through unchanged.
          const { label, ...own } = record.fields
          const again = agreed.validate({
            name: 'run',
            wire: 'native',
            fields: { ...own, ...(label === undefined ? {} : { label }) },
            level: values.level ?? undefined,
            rekey: ({ value }) => value
          })
          expect(again).toMatchObject({ is: 'kept' })
          if (again.is === 'kept') expect(own).toEqual({ ...own, ...pick(again.fields, own) })
          for (const key of Object.keys(record.fields))
            expect(agreed.contract.records.get('run')?.fields.has(key), key).toBe(true)
          // What was only ever to be a token never leaves as what it stands for.
          const wasName = held.contract.records.get('run')?.fields.get('label')?.type.is
          const isName = agreed.contract.records.get('run')?.fields.get('label')?.type.is
          if (isName === 'keyed-hash' && label !== undefined) {
            expect(wasName).toBe('keyed-hash')
            expect(String(label)).toContain('outside(')
          }
          expect(Object.keys(record.environment)).toEqual(
            agreed.contract.environment.includes('os') && values.os !== null ? ['os'] : []
          )
          if (agreed.contract.identity.kind === 'none') expect(record.installation).toBeUndefined()
          if (agreed.contract.identity.kind === 'window')
            expect(record.installation === undefined).toBe(held.contract.identity.kind !== 'window')
          // No id of ours leaves as it is.
          const text = JSON.stringify({ ...record, fields: {} }).replaceAll(/outside\([^)]*\)/g, '')
          expect(text).not.toMatch(/a{32}|b{32}|c{64}/)
        }
      ),
      { numRuns: 400, seed: 20261130 }
    )
    // A rule that lets nothing through would hold all of this.
    expect(forwarded).toBeGreaterThan(20)
  })
})

function pick(from: object, like: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key in like))
}
