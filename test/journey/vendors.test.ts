/**
 * Two vendors on one server: every endpoint that there is, asked as the wrong vendor, as a viewer
 * and as nobody, and judged by each byte that comes back.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, removeServer, runCandor, startServer } from './world/candor-server.ts'
import type { RunningServer } from './world/candor-server.ts'
import { shopContract } from './world/vendors/shop-contract.ts'

/** Whatever is zebra's has this word in it, and nothing else has. */
const mark = /zebra/i
const theirs = 'zebra-shop'
/** As long as the other name, and nobody's. */
const nobodys = 'zorro-shop'

interface Request {
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Streams go on until somebody leaves. */
  readonly isStream?: true
}

/** How each route asks for what is a product's. A new route stands here, or the test fails. */
const requests: Readonly<Record<string, (product: string, word: string) => Request>> = {
  'GET /api/v1/session': () => ({ path: '/api/v1/session' }),
  'POST /api/v1/session': () => ({ path: '/api/v1/session', body: { token: 'wrong' } }),
  'DELETE /api/v1/session': () => ({ path: '/api/v1/session' }),
  'GET /api/v1/session/oidc': () => ({ path: '/api/v1/session/oidc' }),
  'GET /api/v1/session/oidc/callback': () => ({ path: '/api/v1/session/oidc/callback?code=x' }),
  'GET /api/v1/sessions': () => ({ path: '/api/v1/sessions' }),
  'DELETE /api/v1/sessions': (_product, word) => ({ path: `/api/v1/sessions?name=${word}-token` }),
  'DELETE /api/v1/sessions/{session}': () => ({ path: '/api/v1/sessions/000000000000' }),
  'POST /api/v1/sign-in-links': () => ({ path: '/api/v1/sign-in-links', body: {} }),
  'GET /api/v1/tokens': () => ({ path: '/api/v1/tokens' }),
  'POST /api/v1/tokens': (product) => ({
    path: '/api/v1/tokens',
    body: { name: 'more', scopes: ['read'], products: [product] }
  }),
  'DELETE /api/v1/tokens/{token}': (_product, word) => ({ path: `/api/v1/tokens/${word}-token` }),
  'GET /api/v1/write-keys': () => ({ path: '/api/v1/write-keys' }),
  'POST /api/v1/write-keys': (product) => ({ path: '/api/v1/write-keys', body: { product } }),
  'DELETE /api/v1/write-keys/{key}': (_product, word) => ({
    path: `/api/v1/write-keys/${word}-key-1234`
  }),
  'GET /api/v1/accounts': () => ({ path: '/api/v1/accounts' }),
  'POST /api/v1/accounts/show': (product) => ({
    path: '/api/v1/accounts/show',
    body: { product, account: 'x', reason: 'support' }
  }),
  'POST /api/v1/accounts/link': (product) => ({
    path: '/api/v1/accounts/link',
    body: { product, name: 'x', key: 'a key' }
  }),
  'POST /api/v1/accounts/delete': (product) => ({
    path: '/api/v1/accounts/delete',
    body: { product, account: 'x', reason: 'deletion' }
  }),
  'POST /api/v1/products/{product}/advisories': (product, word) => ({
    path: `/api/v1/products/${product}/advisories`,
    body: {
      id: `${word.toUpperCase()}-2`,
      level: 'low',
      title: `About ${word}s`,
      url: 'https://example.com/2',
      affected: '<1.0.0'
    }
  }),
  'POST /api/v1/products/{product}/publication': (product) => ({
    path: `/api/v1/products/${product}/publication`,
    body: {}
  }),
  'GET /api/v1/products/{product}/publication': (product) => ({
    path: `/api/v1/products/${product}/publication`
  }),
  'POST /api/v1/contract-trials': (product, word) => ({
    path: '/api/v1/contract-trials',
    body: { contract: shopContract(product, word), seconds: 1 },
    isStream: true
  }),
  'POST /api/v1/backups': () => ({ path: '/api/v1/backups', body: {} }),
  'DELETE /api/v1/backups/{name}': () => ({ path: '/api/v1/backups/2026-11-20' }),
  'GET /api/v1/move': () => ({ path: '/api/v1/move' }),
  'POST /api/v1/move': () => ({
    path: '/api/v1/move',
    body: { url: 'http://127.0.0.1:9', user: 'candor', password: '', database: 'candor' }
  }),
  'GET /api/v1/imports': () => ({ path: '/api/v1/imports' }),
  'POST /v1/import': (product) => ({
    path: '/v1/import',
    body: { product, import: 'years', chunk: 0, isLast: false, events: [] }
  }),
  'GET /api/v1/products': () => ({ path: '/api/v1/products' }),
  'GET /api/v1/products/{product}': (product) => ({ path: `/api/v1/products/${product}` }),
  'GET /api/v1/products/{product}/disclosure': (product) => ({
    path: `/api/v1/products/${product}/disclosure`
  }),
  'GET /api/v1/products/{product}/releases': (product) => ({
    path: `/api/v1/products/${product}/releases`
  }),
  'GET /api/v1/products/{product}/export': (product) => ({
    path: `/api/v1/products/${product}/export`
  }),
  'GET /api/v1/products/{product}/export/{day}': (product) => ({
    path: `/api/v1/products/${product}/export/${new Date().toISOString().slice(0, 10)}`
  }),
  'GET /api/v1/questions': (product) => ({ path: `/api/v1/questions?product=${product}` }),
  'GET /api/v1/glance': (product) => ({ path: `/api/v1/glance?product=${product}` }),
  'POST /api/v1/query': () => ({
    path: '/api/v1/query',
    body: { sql: 'SELECT * FROM records', rowsMax: 100 }
  }),
  'POST /api/v1/risk': (product, word) => ({
    path: '/api/v1/risk',
    body: { product, record: `${word}_count`, groups: [[]] }
  }),
  'GET /api/v1/tail': (product) => ({ path: `/api/v1/tail?product=${product}`, isStream: true }),
  'GET /api/v1/health': () => ({ path: '/api/v1/health' }),
  'GET /api/v1/doctor': () => ({ path: '/api/v1/doctor' }),
  'GET /api/v1/clock': () => ({ path: '/api/v1/clock' }),
  'POST /api/v1/clock': () => ({ path: '/api/v1/clock' }),
  'GET /api/v1/quarantine': (product) => ({ path: `/api/v1/quarantine?product=${product}` }),
  'POST /api/v1/quarantine/replay': (product) => ({
    path: '/api/v1/quarantine/replay',
    body: { product }
  }),
  'POST /api/v1/installation': (product) => ({
    path: '/api/v1/installation',
    body: { product, action: 'show', id: 'an-id', reason: 'access' }
  }),
  'GET /api/v1/audit': () => ({ path: '/api/v1/audit?limit=1000' }),
  'GET /api/v1/boards': () => ({ path: '/api/v1/boards' }),
  'POST /api/v1/boards': (product, word) => ({
    path: '/api/v1/boards',
    body: { name: word, title: word, product, cards: [{ question: 'events' }] }
  }),
  'DELETE /api/v1/boards/{name}': (_product, word) => ({ path: `/api/v1/boards/${word}-board` }),
  'GET /api/v1/shares': () => ({ path: '/api/v1/shares' }),
  'POST /api/v1/shares': (_product, word) => ({
    path: '/api/v1/shares',
    body: { board: `${word}-board` }
  }),
  'DELETE /api/v1/shares/{name}': () => ({ path: '/api/v1/shares/00000000' }),
  'GET /api/v1/shared': () => ({ path: '/api/v1/shared' }),
  'GET /api/v1/annotations': (product) => ({ path: `/api/v1/annotations?product=${product}` }),
  'POST /api/v1/annotations': (product) => ({
    path: '/api/v1/annotations',
    body: { product, day: '2026-11-20', says: 'x' }
  }),
  'DELETE /api/v1/annotations/{name}': () => ({ path: '/api/v1/annotations/00000000' }),
  'GET /api/v1/segments': () => ({ path: '/api/v1/segments' }),
  'POST /api/v1/segments': (product, word) => ({
    path: '/api/v1/segments',
    body: { name: word, title: word, product, filters: {} }
  }),
  'DELETE /api/v1/segments/{name}': (_product, word) => ({
    path: `/api/v1/segments/${word}-filter`
  }),
  'GET /api/v1/openapi.json': () => ({ path: '/api/v1/openapi.json' })
}

/** Without a name of a product, or of what is one's: all that there is. */
const untargeted = [
  '/api/v1/questions',
  '/api/v1/annotations',
  '/api/v1/quarantine',
  '/api/v1/products',
  '/api/v1/questions/nothing',
  '/metrics',
  '/nothing',
  '/'
]

let server: RunningServer
let routes: readonly {
  readonly method: string
  readonly path: string
  readonly scope: string
}[] = []
const tokens: Record<string, string> = {}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'candor-vendors-'))
  for (const [product, word] of [
    ['alpha-shop', 'alpha'],
    [theirs, 'zebra']
  ] as const) {
    mkdirSync(join(folder, product), { recursive: true })
    writeFileSync(join(folder, product, 'contract.yaml'), shopContract(product, word))
  }
  server = await startServer({
    folder,
    configuration: `products: [./alpha-shop, ./${theirs}]\naccounts: ./accounts.yaml\n`
  })
  for (const [word, product] of [
    ['zebra', theirs],
    ['alpha', 'alpha-shop']
  ] as const) {
    await make(`${word}-token`, 'read,maintain,delete', product)
    await make(`${word}-viewer`, 'read', product)
    const own = tokens[`${word}-token`] ?? ''
    // In zebra's hands before alpha's look: names, keys, notes, and acts of the audit.
    for (const [route, also] of [
      ['POST /api/v1/boards', { name: `${word}-board` }],
      ['POST /api/v1/segments', { name: `${word}-filter` }],
      ['POST /api/v1/annotations', { says: `A day of the ${word}` }],
      ['POST /api/v1/shares', {}],
      ['POST /api/v1/products/{product}/advisories', { id: `${word.toUpperCase()}-1` }]
    ] as const) {
      const { path, body } = requestFor(route, product, word)
      const told = await ask('POST', { path, body: { ...(body as object), ...also } }, own)
      expect([told.status, route, told.text]).toEqual([200, route, told.text])
    }
    const key = { product, key: `${word}-key-1234` }
    expect(
      (await ask('POST', { path: '/api/v1/write-keys', body: key }, server.token)).status
    ).toBe(200)
    await send(`${word}-key-1234`, word)
  }
  await eventually(
    () => ask('GET', { path: `/api/v1/questions/events?product=${theirs}` }, server.token),
    ({ text }) => text.includes('zebra_count')
  )
  const described = await ask('GET', { path: '/api/v1/openapi.json' }, '')
  const { paths } = JSON.parse(bodyOf(described)) as {
    paths: Readonly<
      Record<
        string,
        Readonly<
          Record<string, { readonly security: readonly { readonly token?: readonly string[] }[] }>
        >
      >
    >
  }
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase(),
      path,
      scope: security[0]?.token?.[0] ?? 'anyone'
    }))
  )
}, 120_000)
afterAll(() => removeServer(server))

async function make(name: string, scope: string, product: string): Promise<void> {
  const words = ['token', 'create', name, '--scope', scope, '--product', product]
  const { code, out, error } = await runCandor(server, words)
  expect([code, error]).toEqual([0, error])
  tokens[name] = out.trim()
}

async function send(key: string, word: string): Promise<void> {
  const properties = { [`${word}s`]: 3, [`${word}_kind`]: `${word}_small`, [`${word}_extra`]: 1 }
  const body = { anonymousId: `${word}-id`, event: `${word}_count`, properties }
  const { status } = await fetch(`${server.url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${key}:`)}` },
    body: JSON.stringify(body)
  })
  expect(status).toBe(200)
}

interface Told {
  readonly status: number
  /** Headers too. */
  readonly text: string
}

async function ask(method: string, request: Request, token: string): Promise<Told> {
  const stop = new AbortController()
  const answer = await fetch(`${server.adminUrl}${request.path}`, {
    method,
    redirect: 'manual',
    signal: stop.signal,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) })
  })
  if (request.isStream === true && answer.status === 200) {
    // While the other vendor's reports come in.
    const reader = answer.body?.getReader()
    await send('zebra-key-1234', 'zebra')
    await send('alpha-key-1234', 'alpha')
    const { value } = (await reader?.read()) ?? {}
    stop.abort()
    return { status: 200, text: Buffer.from(value ?? []).toString() }
  }
  const head = [...answer.headers].map((pair) => pair.join(': ')).join('\n')
  return { status: answer.status, text: `${head}\n\n${await answer.text()}` }
}

function bodyOf({ text }: Told): string {
  return text.slice(text.indexOf('\n\n') + 2)
}

function requestFor(route: string, product: string, word: string): Request {
  const make = requests[route]
  if (make !== undefined) return make(product, word)
  const question = /^GET (\/api\/v1\/questions\/[\w-]+)$/.exec(route)?.[1]
  if (question !== undefined) {
    const more = new URLSearchParams({
      product,
      ...(/breakdown|distribution|adoption/.test(question) && { field: `${word}s` }),
      ...(question.endsWith('funnel') && { records: `${word}_count` }),
      ...(question.endsWith('exposure') && { advisory: `${word.toUpperCase()}-1` })
    })
    return { path: `${question}?${more.toString()}` }
  }
  throw new Error(`say in this test how the wrong vendor would ask ${route}`)
}

describe('of two vendors on one server, at every endpoint', () => {
  it('one sees no byte of the other, and hears the same as of what is not there', async () => {
    expect(routes.length).toBeGreaterThan(60)
    for (const { method, path } of routes) {
      const route = `${method} ${path}`
      for (const who of ['alpha-token', 'alpha-viewer']) {
        const token = tokens[who] ?? ''
        const told = await ask(method, requestFor(route, theirs, 'zebra'), token)
        expect(told.text, `${who} ${route}`).not.toMatch(mark)
        expect(told.status, `${who} ${route}`).toBeLessThan(500)
        const unknown = await ask(method, requestFor(route, nobodys, 'zorro'), token)
        expect(unknown.status, `${who} ${route}`).toBe(told.status)
        if (told.status >= 400) expect(bodyOf(told), route).toBe(bodyOf(unknown))
      }
    }
  })

  it('one sees no byte of the other where nothing is named either', async () => {
    for (const path of untargeted)
      for (const token of [tokens['alpha-token'] ?? '', ''])
        expect((await ask('GET', { path }, token)).text, path).not.toMatch(mark)
  })

  it('each sees its own: what is asked here is no request that nobody could make', async () => {
    const seen = new Set<string>()
    for (const { method, path } of routes.filter(({ method }) => method === 'GET')) {
      const route = `${method} ${path}`
      const told = await ask(
        method,
        requestFor(route, theirs, 'zebra'),
        tokens['zebra-token'] ?? ''
      )
      if (mark.test(told.text)) seen.add(path)
    }
    for (const path of [
      'products',
      'products/{product}',
      'products/{product}/disclosure',
      'products/{product}/releases',
      'products/{product}/export',
      'products/{product}/export/{day}',
      'write-keys',
      'questions',
      'questions/events',
      'questions/exposure',
      'glance',
      'tail',
      'health',
      'doctor',
      'audit',
      'boards',
      'shares',
      'annotations',
      'segments'
    ])
      expect([...seen], path).toContain(`/api/v1/${path}`)
    const sql = { path: '/api/v1/query', body: { sql: 'SELECT * FROM records' } }
    expect((await ask('POST', sql, tokens['zebra-token'] ?? '')).text).toMatch(mark)
    expect((await ask('POST', sql, tokens['alpha-token'] ?? '')).text).not.toMatch(mark)
    const metrics = await ask('GET', { path: '/metrics' }, tokens['zebra-token'] ?? '')
    expect(metrics.text).toMatch(/candor_records_total\{product="zebra-shop"/)
  })

  it('a viewer changes nothing, and nobody sees anything', async () => {
    for (const { method, path, scope } of routes) {
      const route = `${method} ${path}`
      const request = requestFor(route, theirs, 'zebra')
      if (scope !== 'anyone') {
        expect((await ask(method, request, '')).status, route).toBe(401)
        const told = await ask(method, request, tokens['zebra-viewer'] ?? '')
        if (scope === 'read') expect(told.status, route).not.toBe(403)
        else expect(told.status, route).toBe(403)
      }
    }
    const boards = await ask('GET', { path: '/api/v1/boards' }, tokens['zebra-token'] ?? '')
    expect(boards.text).toContain('zebra-board')
  })
})
