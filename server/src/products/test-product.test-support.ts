/**
 * One suite for all products: whatever their clients speak, what was recorded of them is kept as
 * its golden files say, hostile bytes harm nobody, and what no contract names is kept nowhere.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type {
  Answer,
  Decoded,
  DuplicateRule,
  Protocol,
  WireRequest
} from '../protocols/protocol.ts'
import type { WireRecord } from '../record.ts'
import { loadProducts } from './load.ts'
import { mountRoutes } from './mount.ts'
import {
  keptText,
  recordedNames,
  recordedRequest,
  requestWith,
  validated
} from './recorded-requests.test-support.ts'

export interface TestedProduct {
  readonly name: string
  /** Of what was kept whole. */
  readonly accepted: (request: WireRequest) => Partial<Answer>
  /** How a request that comes again is known. */
  readonly duplicates: (request: WireRequest) => DuplicateRule
  /** When nothing can be kept: as much as these clients bear. */
  readonly overloaded: Answer | { readonly status: number; readonly headers?: Answer['headers'] }
  /** Recorded requests in which a user says no: nothing of them is kept. */
  readonly refusals?: readonly string[]
  /** What users named in the fixtures: no golden file may hold it. */
  readonly named?: RegExp
  /** The contract's records that no request was recorded of. */
  readonly unseen?: readonly string[]
  /** Keys that say who, which and when: what stands there is read before the contract is. */
  readonly read: readonly string[]
}

const marker = 'Bob Smith <bob@example.org>'

/** Of the shapes that a value may take: as text, in a list, and on both sides of a map. */
const plantings: readonly unknown[] = [
  marker,
  [marker, { name: marker }],
  { [marker]: marker },
  { [marker]: 1, fields: { [marker]: { [marker]: marker } } }
]

export async function testProduct(tested: TestedProduct): Promise<void> {
  const { products } = await loadProducts({ folders: [], files: systemEffects.files })
  const product = products.find(({ name }) => name === tested.name)
  if (product === undefined) throw new Error(`no product ${tested.name}`)
  const { newest: contract, folder } = product
  const fixtures = join(folder, 'fixtures')
  const names = recordedNames(fixtures)
  const routes = mountRoutes({
    accounts: undefined,
    products: new Map(products.map((each) => [each.name, each])),
    newest: { newest: () => undefined },
    writeKeys: { resolve: (key) => (key === tested.name ? key : undefined) },
    paths: new Map(),
    paces: new Map(),
    scheme: 'http'
  })

  const protocolOf = ({ path }: WireRequest): Protocol => {
    const exact = routes.find(({ route }) => route.path === path)
    const wild = routes.find(
      ({ route }) => route.path.startsWith('*') && path.endsWith(route.path.slice(1))
    )
    const found = exact ?? wild
    if (found === undefined) throw new Error(`no route for ${path}`)
    return found.route.protocol
  }
  const decode = (request: WireRequest): Decoded => protocolOf(request).decode(request)
  const answerTo = (request: WireRequest, decoded: Decoded): Answer =>
    decoded.is === 'records'
      ? protocolOf(request).accepted(
          decoded,
          decoded.records.map(() => ({ is: 'kept', dropped: [] }))
        )
      : decoded.answer
  const recordOf = (decoded: Decoded): WireRecord => {
    if (decoded.is !== 'records' || decoded.records[0] === undefined)
      throw new Error(`decoded as ${decoded.is}`)
    return decoded.records[0]
  }
  const kept = names.filter((name) => tested.refusals?.includes(name) !== true)

  describe(`${tested.name}: what was recorded`, () => {
    it.each(kept)('%s is kept as its golden file says, without drift', async (name) => {
      const request = recordedRequest(fixtures, name)
      const decoded = decode(request)
      expect(answerTo(request, decoded)).toMatchObject(tested.accepted(request))
      const text = keptText(contract, recordOf(decoded))
      expect((JSON.parse(text) as { violations: unknown }).violations).toEqual([])
      if (tested.named !== undefined) {
        const { fields } = JSON.parse(text) as { fields: unknown }
        expect(JSON.stringify(fields)).not.toMatch(tested.named)
      }
      await expect(text).toMatchFileSnapshot(join(fixtures, `${name}.kept.json`))
    })

    it.each(tested.refusals ?? [])('%s is answered like any other, and not kept', (name) => {
      const request = recordedRequest(fixtures, name)
      const decoded = decode(request)
      expect(decoded).toMatchObject({ is: 'answered', because: 'refusal' })
      expect(answerTo(request, decoded)).toMatchObject(tested.accepted(request))
    })

    it('is of every record that the contract has', () => {
      const seen = new Set(
        kept
          .map((name) => recordOf(decode(recordedRequest(fixtures, name))))
          .flatMap((record) => {
            const validation = validated(contract, record)
            return validation.is === 'kept' ? validation.name : []
          })
      )
      const unseen = [...contract.contract.records.keys()].filter((name) => !seen.has(name))
      expect(unseen.toSorted()).toEqual([...(tested.unseen ?? [])].toSorted())
    })

    it('comes twice only as often as its clients send it again', () => {
      for (const name of kept) {
        const request = recordedRequest(fixtures, name)
        expect(decode(request)).toMatchObject({
          is: 'records',
          duplicates: tested.duplicates(request),
          dropped: []
        })
      }
    })

    it('is turned away in the way that its clients bear, whenever nothing can be kept', () => {
      for (const name of kept) {
        const request = recordedRequest(fixtures, name)
        const decoded = decode(request)
        if (decoded.is !== 'records') throw new Error(decoded.is)
        for (const because of ['overload', 'storage'] as const) {
          const answer = protocolOf(request).overloaded(because, decoded)
          expect(answer).toMatchObject(tested.overloaded)
          expect(answer.headers['Retry-After']).toBe(tested.overloaded.headers?.['Retry-After'])
        }
      }
    })
  })

  describe(`${tested.name}: whatever is sent`, () => {
    const first = recordedRequest(fixtures, kept[0] ?? '')
    const bodyOf = (fields: unknown): string =>
      JSON.stringify({
        ...(JSON.parse(first.body.toString()) as object),
        ...Object(fields)
      })

    it('is never answered 5xx, and makes neither reading nor validating throw', () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 500 }),
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc
          .dictionary(
            fc.oneof(
              fc.constantFrom(...tested.read, '__proto__', 'constructor'),
              fc.constantFrom(...Object.keys(JSON.parse(first.body.toString()) as object)),
              fc.string()
            ),
            fc.jsonValue({ maxDepth: 6 })
          )
          .map(bodyOf),
        fc.constantFrom('['.repeat(60_000), '{"__proto__":{"event":"x","event_type":"x"}}')
      )
      const anyPath = fc.constantFrom(
        ...new Set(kept.map((name) => recordedRequest(fixtures, name).path)),
        `/in/${tested.name}`
      )
      fc.assert(
        fc.property(bytes, anyPath, (body, path) => {
          const request = requestWith(path, body, keyOf(first.headers))
          const decoded = decode(request)
          expect(answerTo(request, decoded).status).toBeLessThan(500)
          if (decoded.is === 'records')
            for (const record of decoded.records) validated(contract, record)
        }),
        { numRuns: 500 }
      )
    })

    it.each(kept)('%s leaves nothing behind where the contract names nothing', (name) => {
      const request = recordedRequest(fixtures, name)
      for (const planted of plantings) {
        const body = plant(JSON.parse(request.body.toString()), planted, tested.read)
        const headers = { ...request.headers, 'access-token': marker, 'x-note': marker }
        const decoded = decode({ ...request, headers, body: Buffer.from(JSON.stringify(body)) })
        for (const record of decoded.is === 'records' ? decoded.records : []) {
          const validation = validated(contract, record)
          const fields = validation.is === 'kept' ? validation.fields : {}
          // Words of the environment are judged later, by the collector's own test.
          const { environment: _, ...source } = record.source
          expect(JSON.stringify([fields, source])).not.toMatch(/Bob|bob@/)
        }
      }
    })
  })

  it(`${tested.name} says in its README where its protocol was seen`, () => {
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toMatch(/fixtures/)
  })
}

function keyOf(headers: WireRequest['headers']): Readonly<Record<string, string>> {
  const { authorization } = headers
  return authorization === undefined ? {} : { authorization }
}

/** Everywhere but where `read` says: in place of each value, and beside each key. */
function plant(value: unknown, planted: unknown, read: readonly string[]): unknown {
  if (Array.isArray(value)) return [...value.map((each) => plant(each, planted, read)), planted]
  if (typeof value !== 'object' || value === null) return planted
  const own = Object.entries(value).map(([key, inner]): [string, unknown] => [
    key,
    read.includes(key) ? inner : plant(inner, planted, read)
  ])
  return { ...Object.fromEntries(own), [marker]: planted, note: planted }
}
