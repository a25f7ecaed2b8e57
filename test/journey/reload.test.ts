/**
 * A maintainer publishes a contract, an operator adds a product, one is retired, one is broken:
 * while the server runs, and reports come in.
 */
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'

const contractOf = (product: string, more = ''): string => `candor: 1
product: ${product}
title: ${product}
purpose: To know how things are counted.
recipients: [{ name: Team, where: Norway, for: planning }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out, levels: { basic: What is counted. } }
identity: { kind: none, says: nothing }
controls: [{ variable: SHOP_TELEMETRY, off: 'off' }]
questions: { use: Is it used? }
${more}events:
  counted:
    when: Always.
    level: basic
    since: 0.1.0
    owner: team
    expires: never
    serves: [use]
    fields:
      things: { type: integer, min: 0, max: 100, says: how many things }
`
const colour = '      colour: { type: enum, values: [red, other], says: which colour }\n'

const json = { 'content-type': 'application/json' }

let folder = ''
let server: RunningServer
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'candor-reload-'))
  write('first-shop', contractOf('first-shop'))
  server = await startServer({ folder, configuration: 'products: [./shops]\n' })
  await untilStoreIs(server, 'ready')
  await report('first-shop', { things: 1, colour: 'red' })
  await rows('SELECT things FROM first_shop', 1)
}, 60_000)
afterAll(() => removeServer(server))

function write(product: string, text: string): void {
  mkdirSync(join(folder, 'shops', product), { recursive: true })
  writeFileSync(join(folder, 'shops', product, 'contract.yaml'), text)
}

async function report(product: string, properties: object): Promise<number> {
  const { status } = await fetch(`${server.url}/in/${product}`, {
    method: 'POST',
    body: JSON.stringify({ anonymousId: 'a', event: 'counted', properties })
  })
  return status
}

function rows(sql: string, count: number): Promise<readonly object[]> {
  return eventually(
    async () => (await query(server, sql).catch(() => ({ rows: [] }))).rows,
    (found) => found.length === count
  )
}

function digests(product: string): Promise<readonly string[]> {
  return fetch(`${server.url}/.well-known/telemetry.json`)
    .then((answer) => answer.json() as Promise<{ products: readonly Published[] }>)
    .then(({ products }) => products.find((one) => one.product === product)?.contracts ?? [])
}

interface Published {
  readonly product: string
  readonly contracts: readonly string[]
}

async function doctor(): Promise<string> {
  const environment = { CANDOR_URL: server.adminUrl, CANDOR_TOKEN: server.token }
  return (await runCandor(server, ['doctor'], environment)).out
}

describe('without a restart', () => {
  it('a published contract takes effect: a report under it keeps what it declares', async () => {
    write('first-shop', contractOf('first-shop') + colour)
    const { code } = await runCandor(server, ['contract', 'publish', 'shops/first-shop'])
    expect(code).toBe(0)
    const found = await eventually(
      async () => {
        await report('first-shop', { things: 2, colour: 'red' })
        const sql = "SELECT colour FROM first_shop WHERE colour = 'red'"
        return (await query(server, sql).catch(() => ({ rows: [] }))).rows
      },
      ({ length }) => length > 0
    )
    expect(found[0]).toEqual({ colour: 'red' })
    const digest = String((await digests('first-shop')).at(-1))
      .split('/')
      .at(-1)
      ?.slice(0, 64)
    const body = {
      candor: 1,
      product: 'first-shop',
      report: '6f9619ff-8b86-4011-b42d-00c04fc964ff',
      sdk: { name: 'test', version: '1.0.0' },
      runs: [
        {
          session: '6f9619ff-8b86-4011-b42d-00c04fc964fe',
          version: '1.0.0',
          contract: `sha256:${digest}`,
          consent: { level: 'basic', accepted: `sha256:${digest}` },
          environment: { class: 'interactive', automation: 'none', container: false },
          records: [
            { seq: 1, name: 'counted', at: new Date().toISOString(), fields: { colour: 'other' } }
          ]
        }
      ]
    }
    const told = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify(body)
    })
    expect(await told.json()).toMatchObject({ accepted: 1, dropped: [] })
    expect(await rows("SELECT contract, colour FROM first_shop WHERE colour = 'other'", 1)).toEqual(
      [{ contract: `sha256:${digest}`, colour: 'other' }]
    )
    const page = await runCandor(server, [
      'ask',
      'breakdown',
      '--product',
      'first-shop',
      '--field',
      'colour'
    ])
    expect(page.out).toContain('other')
  }, 60_000)

  it('a product’s folder that comes is collected, asked and shown; one more than views were granted', async () => {
    write('second-shop', contractOf('second-shop'))
    await eventually(
      () => report('second-shop', { things: 7 }),
      (status) => status === 200
    )
    expect(await rows('SELECT things FROM second_shop WHERE things = 7', 1)).toHaveLength(1)
    const { out } = await runCandor(server, ['ask', 'events', '--product', 'second-shop'])
    expect(out).toContain('counted')
    const both = await rows(
      "SELECT DISTINCT product FROM records WHERE product LIKE '%shop' ORDER BY product",
      2
    )
    expect(both).toEqual([{ product: 'first-shop' }, { product: 'second-shop' }])
    expect((await query(server, 'SELECT count() AS n FROM dlt')).rows).toEqual([{ n: 0 }])
  }, 60_000)

  it('a contract that breaks stands still alone, and the doctor says why', async () => {
    const text = readFileSync(join(folder, 'shops', 'first-shop', 'contract.yaml'), 'utf8')
    write('first-shop', text.replace('type: integer', 'type: integre'))
    const said = await eventually(doctor, (out) => out.includes('contract of first-shop'))
    expect(said).toMatch(/✗ contract of first-shop: .*contract\.yaml:\d+/)
    expect(await report('first-shop', { things: 9, colour: 'red' })).toBe(200)
    expect(await rows('SELECT things FROM first_shop WHERE things = 9', 1)).toHaveLength(1)
    write('first-shop', text.replace('type: integer', 'type: number').replace(', max: 100', ''))
    const changed = await eventually(doctor, (out) =>
      /contract of first-shop: (?!.*integre)/.test(out)
    )
    expect(changed).toContain('things')
    write('third-shop', contractOf('third-shop'))
    await eventually(
      () => report('third-shop', { things: 1 }),
      (status) => status === 200
    )
    write('first-shop', text)
    expect(await eventually(doctor, (out) => !out.includes('contract of'))).toContain(
      'product third-shop'
    )
  }, 90_000)

  it('a retired product is told so, and nothing of it is kept', async () => {
    write('second-shop', contractOf('second-shop', 'retired: true\n'))
    const told = await eventually(
      () =>
        fetch(`${server.url}/v1/reports`, {
          method: 'POST',
          headers: json,
          body: JSON.stringify({
            candor: 1,
            product: 'second-shop',
            report: '6f9619ff-8b86-4011-b42d-00c04fc964fd',
            sdk: { name: 'test', version: '1.0.0' },
            runs: []
          })
        }),
      ({ status }) => status === 410
    )
    expect(await told.json()).toMatchObject({ candor: 1, product: 'second-shop', retired: true })
  }, 60_000)

  it('paths, keys and folders of candor.yaml are read again, and a mistake there changes nothing', async () => {
    const write = (text: string): void => writeFileSync(join(folder, 'candor.yaml'), text)
    write('products: [./shops]\npaths: { /count: first-shop }\n')
    const post = async (): Promise<number> => {
      const body = JSON.stringify({ anonymousId: 'a', event: 'counted', properties: { things: 3 } })
      return (await fetch(`${server.url}/count`, { method: 'POST', body })).status
    }
    expect(await eventually(post, (status) => status === 200)).toBe(200)
    write('products: [./shops]\npathz: {}\n')
    expect(await eventually(doctor, (out) => out.includes('configuration'))).toContain('pathz')
    expect(await post()).toBe(200)
    write('products: [./shops]\npaths: { /count: first-shop }\ninbox: { replay: 24 h }\n')
    expect(await eventually(doctor, (out) => out.includes('wait for a restart'))).toContain('inbox')
  }, 60_000)
})
