/** What every wire that is served answers where a request can't be read, over its one table. */
import { describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { type Protocol, faults, type Fault } from '../protocols/protocol.ts'
import { loadProducts } from './load.ts'
import { mountRoutes } from './mount.ts'

const { products } = await loadProducts({ folders: [], files: systemEffects.files })
const mounted = mountRoutes({
  accounts: undefined,
  products: new Map(products.map((product) => [product.name, product])),
  newest: { newest: () => undefined },
  writeKeys: { resolve: () => undefined },
  paths: new Map(),
  paces: new Map(),
  scheme: 'http'
})

/** Segment's, PostHog's, … each served at many paths with the same answers. */
const wires = new Map<string, Protocol>()
for (const { product, route } of mounted) {
  const { protocol } = route
  const answers = faults.map((fault) => protocol.refusals[fault].status).join(' ')
  wires.set(`${protocol.name} of ${product ?? 'every product'}: ${answers}`, protocol)
}

/** Billing calls of paid editions: no engine may crash or stop making clones because of us. */
const constant = /^dblab of dblab: (?:200 ){3}/
/** Paths that are never read say only that they are not there. */
const neverRead = /^dblab of dblab: (?:404 ?){6}$/

const usual: Readonly<Record<Fault, readonly number[]>> = {
  // Segment's libraries take 413 for a reason to send the same again.
  'too-large': [413, 400],
  'bad-encoding': [400],
  'unsupported-encoding': [415, 400],
  'not-found': [404],
  'method-not-allowed': [405],
  malformed: [400]
}

describe.each([...wires])('%s', (name, { refusals }) => {
  it('answers each fault once and for all, with a code that a program can act on', () => {
    expect(Object.keys(refusals)).toEqual([...faults])
    if (constant.test(name)) return
    for (const fault of faults) {
      const { status, headers, body } = refusals[fault]
      expect(neverRead.test(name) ? [404] : usual[fault], fault).toContain(status)
      expect(headers['Retry-After']).toBeUndefined()
      expect(headers['Content-Type']).toBe('application/json')
      expect(JSON.parse(String(body))).toMatchObject({
        code: expect.stringMatching(/^[A-Z0-9_]+$/),
        message: expect.stringMatching(/\.$/)
      })
    }
  })
})

it('knows the wires that there are', () => {
  const names = new Set([...wires.values()].map(({ name }) => name))
  expect([...names].toSorted()).toEqual([
    'dblab',
    'native',
    'otlp',
    'posthog',
    'segment',
    'timescaledb'
  ])
})
