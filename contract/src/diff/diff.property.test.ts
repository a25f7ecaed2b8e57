import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Contract } from '../form/contract.ts'
import { editionContract } from '../form/edition.ts'
import { parseContract } from '../grammar/parse.ts'
import { diffContracts } from './diff.ts'
import { paragraphOf } from './paragraph.ts'

/** Everything that a contract can say, so that a change of anything is met. */
const whole = `candor: 1
product: lighthouse
title: Lighthouse
purpose: Which lamps are used.
location: EU
recipients: [{ name: Keepers, where: Germany, for: repairs }, { name: Sailors, where: Norway, for: sailing }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
page: https://example.org/telemetry
notice: We count lamps.
version_check: { feed: releases.yaml, says: compared here }
consent: { default: ask, grace: 2 days, levels: { basic: Versions., more: Lamps., most: Weather. } }
identity: { kind: window, sdk: none, days: 7, account: { from: LH_KEY }, random: true, says: a random id }
environment: [os, arch, class]
presence: [day, week]
questions: { use: Which lamps?, fail: Which fail? }
types: { bytes: { type: integer, unit: bytes, min: 0, max: 1000, round: 3 digits }, kind: { type: enum, values: [led, halogen, arc], other: collapse } }
groups: { place: { coast: { type: enum, values: [north, south] }, tower: { type: object, fields: { height: { type: number, unit: m, max: 200 }, old: { type: boolean, sdk: never, because: old } } } } }
events:
  lamp_failed:
    when: A lamp went out.
    level: more
    aliases: [lamp_out, out]
    serves: [fail]
    uses: [place]
    fields:
      lamp: { type: kind, says: the lamp, from: [properties.lamp, lamp] }
      burned: { type: duration, unit: s, max: 1000, round: 2 digits }
      power: { type: number, unit: W, min: 1, max: 500, bucket: [1, 10, 100] }
      at: { type: timestamp, round: hour, level: most, expires: 2027-11-20 }
      glow: { type: number, says: how bright, changed: [{ since: '1.20', says: counts reflections too }] }
      lamp_version: { type: version, parts: 2, from: v }
      build: { type: pattern, pattern: '^r[0-9]{1,5}$', max_length: 32 }
      run: { type: uuid, links: one night }
      keeper: { type: keyed-hash, collector: reduces, says: the keeper }
      everywhere: { type: keyed-hash, scope: product, collector: reduces, because: to count, says: a name }
      note: { type: string, max_length: 20, reviewed: by us }
      query: { type: sql-shape, only_when: { lamp: [led, arc], coast: [north] } }
      parts: { type: list, of: kind, max_items: 9 }
      sizes: { type: map, keys: [a, b, c], values: { type: integer, unit: bytes, max: 1000 }, max_entries: 5, others: sum }
      free: { type: map, keys: { pattern: '^k[0-9]$', max_length: 9 }, values: { type: object, fields: { n: { type: bytes } }, others: count }, max_entries: 5 }
      comment: { sdk: never, collector: drops, because: free text }
      dropped: { collector: drops, because: not yet }
      former: { type: bytes, sdk: never, because: old clients send it }
snapshots:
  report: { when: Daily., expires: 2027-11-20, every: { says: daily, per_day_max: 2 }, fields: { lamps: { type: bytes }, broken: { type: bytes, level: more } } }
counters:
  blinks: { when: It blinks., fields: { times: { type: integer } } }
controls: [{ variable: LH, off: "0" }, { status: lh status }]
endpoint: { default: https://example.org, key: url }
never: { sdk: [names, paths], collector: [names] }
`

const products = new URL('../../../server/src/products/', import.meta.url)
const texts = [
  whole,
  ...readdirSync(products)
    .map((name) => new URL(`${name}/contract.yaml`, products))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8'))
]
const bases = texts.map(contractIn)

function contractIn(text: string): Contract {
  const result = parseContract(text)
  if (result.is === 'contract') return result.contract
  throw new Error(JSON.stringify(result.problems))
}

interface Mutation {
  readonly place: number
  readonly how: 'remove' | 'more' | 'less' | 'swap' | 'copy' | 'word'
  readonly word: string
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

/**
 * A change that has a chance to be a contract still: a number nearby, a word that may stand there,
 * one entry less.
 */
function mutate(document: unknown, { place, how, word }: Mutation): void {
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, member] of Object.entries(node)) {
      places.push({ holder: node as Record<string, unknown>, key })
      visit(member)
    }
  }
  visit(document)
  const { holder, key } = places[place % places.length] ?? { holder: {}, key: '' }
  const member = holder[key]
  const set = (value: unknown): void => void (holder[key] = value)
  if (how === 'remove') {
    if (isList(holder)) holder.splice(Number(key), 1)
    else delete holder[key]
  } else if (typeof member === 'number') set(how === 'less' ? member - 1 : member + 1)
  else if (typeof member === 'boolean') set(!member)
  else if (Array.isArray(member) && how === 'swap') member.reverse()
  else if (how === 'copy' && !isList(holder)) holder[`${key}_too`] = structuredClone(member)
  else if (typeof member === 'string')
    set(how === 'word' ? word : /^\d+ days$/.test(member) ? '120 days' : `${member}x`)
  else if (isList(holder)) holder.reverse()
}

const words = (
  'basic more most 3_hours 2027-11-20 2028-02-29 never,_because LH_TOKEN opt-in opt-out ask ' +
  'none window persistent day month cpu integer number boolean uuid bytes kind sql-shape ' +
  'keyed-hash version keeps reduces drops sends never collapse violation sum count hour ' +
  'second 4_digits 1_digit to_10 installation product s ms hex32 30_days 5_years ' +
  '^r[0-9]{1,4}$ use led'
)
  .split(' ')
  .map((word) => word.replaceAll('_', ' '))

const mutation = fc.record({
  place: fc.nat(2_000),
  how: fc.constantFrom('remove', 'more', 'less', 'swap', 'copy', 'word', 'word'),
  word: fc.constantFrom(...words)
}) as fc.Arbitrary<Mutation>

/** A contract and one made of it by a few mutations, or undefined when that is none. */
const pair = fc
  .tuple(fc.nat(texts.length * 3), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([index, mutations]): readonly [Contract, Contract] | undefined => {
    // Mostly the one that has everything: the products' repeat themselves.
    const before = bases[index < texts.length ? index : 0]
    if (before === undefined) return undefined
    const document = structuredClone(before.document)
    for (const each of mutations) mutate(document, each)
    const result = parseContract(JSON.stringify(document))
    return result.is === 'contract' ? [before, result.contract] : undefined
  })

/** What users of the open edition agreed to, and those of each other one. */
function termsOf(contract: Contract): string {
  const others = [...contract.editions.keys()].toSorted()
  return [contract.terms, ...others.map((name) => editionContract(contract, name)?.terms)].join(' ')
}

describe('the difference of any two contracts', () => {
  it('touches consent exactly if the terms’ digest is another, has a reason for each change, and asks in words without code', () => {
    let compared = 0
    fc.assert(
      fc.property(pair, (both) => {
        if (both === undefined) return
        compared += 1
        const [there, back] = [diffContracts(...both), diffContracts(both[1], both[0])]
        for (const { changes, verdict, asksAgain } of [there, back]) {
          expect(changes.some(({ consent }) => consent !== 'none')).toBe(
            termsOf(both[0]) !== termsOf(both[1])
          )
          expect(asksAgain).toBe(changes.some(({ consent }) => consent === 'wider'))
          expect(verdict === 'same').toBe(changes.length === 0)
          if (both[0].digest !== both[1].digest) expect(verdict).not.toBe('same')
          for (const { effect, consent, what, because, shown } of changes) {
            if (consent === 'wider') expect(effect).not.toBe('compatible')
            if (consent === 'wider') expect(shown).toBeTruthy()
            expect(`${what} ${because}`).not.toMatch(/undefined|\[object|NaN/)
          }
        }
        // What one has more, the other has less; only an order is neither.
        const touched = [...there.changes, ...back.changes].filter(
          ({ consent }) => consent !== 'none'
        )
        const isOrderOnly = touched.every(
          ({ path, what }) => path === 'recipients' || what.includes('only_when')
        )
        if (touched.length > 0 && !isOrderOnly) expect(there.asksAgain || back.asksAgain).toBe(true)
        const paragraph = paragraphOf(there, both[1])
        expect(paragraph.includes('asks you again')).toBe(there.asksAgain)
        expect(paragraph).not.toMatch(/undefined|\n/)
        if (both[0].product === 'lighthouse' && both[1].product === 'lighthouse')
          expect(paragraph).not.toMatch(/[`_]/)
      }),
      { numRuns: 700 }
    )
    expect(compared).toBeGreaterThan(100)
  })

  it.each(bases.map((contract) => [contract.product, contract] as const))(
    'is none between %s and itself',
    (_product, contract) => {
      expect(diffContracts(contract, contract)).toEqual({
        verdict: 'same',
        asksAgain: false,
        changes: []
      })
    }
  )
})
