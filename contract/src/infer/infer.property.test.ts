import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, tokenOf } from '../../test/frame.ts'
import { checkContract } from '../check/check.ts'
import { compileContract } from '../holding/compile.ts'
import { inferContract } from './infer.ts'
import { looksPersonal } from './personal-text.ts'
import { readEvents } from './read-events.ts'

const today = '2026-11-20'
const infer = (text: string): ReturnType<typeof inferContract> =>
  inferContract(text, { product: 'acme', today })

const personal = [
  'ada@example.org',
  'db1.example.org',
  '192.168.17.4',
  '2001:db8::8a2e:370:7334',
  '/srv/ada/secret',
  'C:\\Users\\ada',
  'https://example.org/ada?token=x',
  '6f1c2a9e-5b7d-4c3a-9e21-0d4b8f7a6c15',
  'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
  '9f86d081884c7d659a2feaa0c55ad015',
  '00:1b:44:11:3a:b7',
  '+49 30 901820',
  'Ada Lovelace',
  '__proto__'
] as const

const keys = fc.oneof(
  fc.constantFrom(
    'elapsed',
    'success',
    'kind',
    'version',
    'fooBar',
    'foo_bar',
    'email',
    'host',
    'phone',
    'user_id',
    'a',
    'b',
    'context'
  ),
  fc.constantFrom(...personal),
  fc.string({ unit: 'grapheme', maxLength: 12 })
)
const scalars = fc.oneof(
  fc.constantFrom(...personal),
  fc.constantFrom(
    'postgres',
    'mysql',
    'other',
    'true',
    'false',
    '',
    '1.2.3',
    '2026-11-20T10:00:00Z',
    '2026-13-45',
    'null',
    '16'
  ),
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.constant(null),
  fc.string({ unit: 'binary', maxLength: 30 })
)
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 5 })
  )
})).value
const fields = fc.dictionary(keys, values, { maxKeys: 6 })
const events = fc.oneof(
  fc.record({
    event: fc.constantFrom('load', 'Clone Created', 'ada@example.org', ''),
    properties: fields,
    anonymousId: fc.string()
  }),
  fc.record({ name: fc.constantFrom('load', 'report'), fields }),
  fields,
  values
)
/** Often the same event many times, since only then is anything proposed as an enum. */
const files = fc
  .array(fc.tuple(events, fc.integer({ min: 1, max: 25 })), { maxLength: 5 })
  .map((groups) => groups.flatMap(([event, times]) => Array.from({ length: times }, () => event)))

describe('whatever events a file holds', () => {
  it('a contract is proposed in which the check finds no error', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          files.map((file) => JSON.stringify(file)),
          files.map((file) => file.map((event) => JSON.stringify(event)).join('\n')),
          fc.string()
        ),
        (text) => {
          const { findings } = checkContract(infer(text).text, { today })
          expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
        }
      ),
      { numRuns: 300 }
    )
  })

  it('those events keep what is declared, without a violation but for what is named as left out', () => {
    fc.assert(
      fc.property(files, (file) => {
        const text = JSON.stringify(file)
        const { text: proposed, undeclared } = infer(text)
        const { contract, validate } = compileContract(contractOf(proposed))
        const named = new Set(
          [...contract.records.values()].flatMap(({ name, aliases }) => [name, ...aliases])
        )
        for (const event of readEvents(text).events) {
          const name = event.name ?? 'event'
          if (!named.has(name)) continue
          const known = Object.fromEntries(
            Object.entries(event.fields).filter(
              ([key]) => !undeclared.some((left) => left.key === key)
            )
          )
          const validation = validate({
            name,
            wire: 'client',
            fields: known,
            level: undefined,
            rekey: tokenOf
          })
          expect(validation).toMatchObject({ is: 'kept', violations: [] })
        }
      }),
      { numRuns: 300 }
    )
  })

  it('no value is printed that is no word of a proposed enum, and nothing that looks personal', () => {
    const marks = fc
      .tuple(fc.constantFrom('mark', 'Mark', 'm-'), fc.integer({ min: 1_000_000, max: 9_999_999 }))
      .map(([word, number]) => `${word}x${number}y`)
    const marked = fc.record({
      event: fc.constantFrom('load', 'saved'),
      properties: fc.dictionary(
        keys,
        fc.oneof(
          marks,
          fc.array(marks, { maxLength: 3 }),
          fc.record({ inner: marks, host: marks })
        ),
        { maxKeys: 6 }
      )
    })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(marked, fc.integer({ min: 1, max: 25 })), { maxLength: 4 }),
        (groups) => {
          const { text } = infer(
            JSON.stringify(
              groups.flatMap(([event, times]) => Array.from({ length: times }, () => event))
            )
          )
          const words = new Set(
            [...text.matchAll(/values: \[ (.*?) \]/g)].flatMap(([, list = '']) => list.split(', '))
          )
          for (const [mark] of text.matchAll(/(mark|Mark|m-)x\d{7}y/g))
            expect([...words]).toContain(mark)
          for (const each of personal) expect(text).not.toContain(each)
        }
      ),
      { numRuns: 200 }
    )
  })

  it('no word of an enum was rare, long, or looks personal', () => {
    fc.assert(
      fc.property(files, (file) => {
        const { contract } = compileContract(contractOf(infer(JSON.stringify(file)).text))
        for (const record of contract.records.values())
          for (const { type } of record.fields.values())
            if (type.is === 'enum')
              for (const value of type.values)
                expect([value.length <= 40, looksPersonal(value)]).toEqual([true, undefined])
      }),
      { numRuns: 200 }
    )
  })
})
