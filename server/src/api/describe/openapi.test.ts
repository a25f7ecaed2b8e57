/**
 * The description of the API is true: every route is in it, it is well-formed, and real answers are
 * what it says.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describedBy } from './described.test-support.ts'
import type { OpenApi, Operation } from './openapi.ts'
import { questions } from '../../analytics/asking/questions.ts'
import { startTestApi, type TestApi } from '../api.test-support.ts'
import { testContract } from '../../storage/contract.test-support.ts'
import type { Account, Accounts } from '../../products/accounts.ts'

const acme: Account = {
  product: 'dlt-usage',
  name: 'ACME',
  alias: 'acme',
  id: 1,
  plan: '',
  tokens: ['a'.repeat(32)],
  billingActive: true
}
const accounts: Accounts = {
  find: () => acme,
  list: () => [acme],
  named: () => acme,
  tokensOf: () => acme.tokens,
  link: () => Promise.resolve(acme),
  refresh: () => Promise.resolve(),
  problem: () => undefined
}

let api: TestApi
let description: OpenApi
beforeAll(async () => {
  const dlt = testContract()
  const usage = testContract({ product: 'dlt-usage' })
  const stream = { ...usage, contract: { ...usage.contract, streamOf: 'dlt' } }
  const products = new Map(
    [dlt, stream].map((newest) => [
      newest.contract.product,
      { newest, published: new Map([[newest.contract.digest, newest]]), folder: '.' }
    ])
  )
  api = await startTestApi({ changes: { products: () => products, accounts } })
  description = (await api.bare('/api/v1/openapi.json')).body as never
})
afterAll(() => api.close())

const operations = (): readonly (readonly [string, string, Operation])[] =>
  Object.entries(description.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [path, method, operation] as const)
  )

describe('the description', () => {
  it('names every route that is served, and no other', () => {
    const served = api.endpoints
      .filter(({ isUnlisted }) => !isUnlisted)
      .map(({ method, path }) => `${method} ${path}`)
    const named = operations().map(([path, method]) => `${method.toUpperCase()} ${path}`)
    expect(named.toSorted()).toEqual(served.toSorted())
    for (const { name } of questions) expect(named).toContain(`GET /api/v1/questions/${name}`)
  })

  it('has what OpenAPI 3.1 asks of each part', () => {
    expect(description.openapi).toMatch(/^3\.1\.\d+$/)
    expect(description.info).toMatchObject({
      title: expect.any(String),
      version: expect.any(String)
    })
    const ids = operations().map(([, , { operationId }]) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const [path, method, operation] of operations()) {
      expect(['get', 'post', 'delete']).toContain(method)
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z0-9]+$/)
      expect(operation.summary, path).toMatch(/^\w.{4}/)
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      expect(inPath.map(({ name }) => name)).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      )
      for (const parameter of inPath) expect(parameter.required).toBe(true)
      const names = (operation.parameters ?? []).map(
        (parameter) => `${parameter.in} ${parameter.name}`
      )
      expect(new Set(names).size).toBe(names.length)
      for (const requirement of operation.security ?? [])
        for (const scheme of Object.keys(requirement))
          expect(description.components.securitySchemes).toHaveProperty(scheme)
      for (const response of Object.values(operation.responses))
        expect(response.description).not.toBe('')
      expect(Object.keys(operation.responses)).toEqual(['200', 'default'])
    }
  })

  it('has only schemas that a validator takes', () => {
    const problemsOf = describedBy(description)
    for (const [path, method, { responses, parameters = [], requestBody }] of operations()) {
      const told = { method: method.toUpperCase(), path: path.replaceAll(/[{}]/g, ''), body: {} }
      expect(() => problemsOf({ ...told, status: 400 })).not.toThrow()
      expect(() => problemsOf({ ...told, status: 200 })).not.toThrow()
      const whole = JSON.stringify([responses, parameters, requestBody])
      for (const [, name] of whole.matchAll(/#\/components\/schemas\/(\w+)/g))
        expect(description.components.schemas).toHaveProperty(name as string)
    }
  })

  it('says what every route really answers', async () => {
    await api.ask('/api/v1/tokens', { method: 'POST', body: { name: 'grafana', scopes: ['read'] } })
    const board = {
      name: 'monday',
      title: 'Monday',
      product: 'dlt',
      cards: [{ question: 'events' }]
    }
    await api.ask('/api/v1/boards', { method: 'POST', body: board })
    const link = await api.ask('/api/v1/shares', { method: 'POST', body: { board: 'monday' } })
    const headers = { 'candor-share': String(link.body['path']).split('#')[1] ?? '' }
    const bodies: Readonly<Record<string, unknown>> = {
      '/api/v1/boards': board,
      '/api/v1/shares': { board: 'monday' },
      '/api/v1/annotations': { day: '2026-11-20', says: 'The outage' },
      '/api/v1/segments': { name: 'ci', title: 'CI', product: 'dlt', filters: {} },
      '/api/v1/session': { link: api.access.operatorLink().split('#')[1] },
      '/api/v1/sign-in-links': {},
      '/api/v1/tokens': { name: 'another', scopes: ['read', 'operate'] },
      '/api/v1/write-keys': { product: 'dlt' },
      '/api/v1/accounts/show': { product: 'dlt-usage', account: 'ACME', reason: 'support' },
      '/api/v1/accounts/delete': { product: 'dlt-usage', account: 'ACME', reason: 'deletion' },
      '/api/v1/accounts/link': { product: 'dlt-usage', name: 'ACME', key: 'a key' },
      '/api/v1/quarantine/replay': { product: 'dlt' },
      '/v1/import': { product: 'dlt', import: 'years', chunk: 0, isLast: false, events: [] },
      '/api/v1/products/{product}/advisories': {
        id: 'DLT-1',
        level: 'high',
        title: 'Loads may be lost',
        url: 'https://example.com/1',
        affected: '<1.2.0'
      },
      '/api/v1/products/{product}/publication': {},
      '/api/v1/query': { sql: 'SELECT 1' },
      '/api/v1/risk': { product: 'dlt', record: 'load', groups: [[]] },
      '/api/v1/installation': { product: 'dlt', action: 'show', id: 'x', reason: 'access' }
    }
    const named: Record<string, string> = {
      product: 'dlt',
      token: 'grafana',
      key: 'abc123',
      name: 'none',
      session: ''
    }
    for (const [path, method, { responses, parameters = [] }] of operations()) {
      const schema = responses['200']?.content['application/json']?.schema
      if (schema === undefined) continue
      const required = parameters.filter(
        (parameter) => parameter.required && parameter.in === 'query'
      )
      // A question that needs more than a product is answered with what it needs.
      if (required.some(({ name }) => name !== 'product')) continue
      // This contract declares no statements, and is told so.
      if (path.endsWith('/query-shapes')) continue
      // This store lies in no engine of ours, and is told so.
      if (method === 'post' && path === '/api/v1/move') continue
      if (path.startsWith('/api/v1/sessions')) {
        await api.browser()
        named['session'] = api.access.sessions.list()[0]?.id ?? ''
      }
      const query = required.length === 0 ? '' : '?product=dlt'
      const told = await api.ask(
        `${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => named[name] ?? '')}${query}`,
        {
          method: method.toUpperCase(),
          headers,
          ...(method === 'post' ? { body: bodies[path] } : {})
        }
      )
      // Whatever is asked here is held against the description.
      expect(told.status, `${method} ${path} ${told.text.slice(0, 200)}`).toBe(200)
    }
  })

  it('says what an error looks like', async () => {
    const { body } = await api.bare('/api/v1/products')
    expect(body).toEqual({ code: 'TOKEN_MISSING', message: expect.any(String) })
    const told = { method: 'GET', path: '/api/v1/products', status: 401, body: { code: 7 } }
    expect(describedBy(description)(told)).toHaveLength(1)
  })
})
