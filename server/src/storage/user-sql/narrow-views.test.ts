/**
 * Does whoever may see some products see a row of another, whatever they write? The engine itself
 * is asked, past the judge of SQL as well.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { isCandorError } from '../../errors.ts'
import { connectClickHouse, type ClickHouse } from '../client/clickhouse-client.ts'
import { allColumns, testContract, testRecord } from '../contract.test-support.ts'
import { engineDatabase } from '../engine/engine-settings.ts'
import { openStorage, type OpenedStorage } from '../open-storage.ts'
import { recordLine, recordTable } from '../tables/rows.ts'
import { documentedViews, productView } from '../tables/views.ts'
import { OpenedProducts } from './narrow-views.ts'

const deadlineMs = 20_000
const products = ['alpha-shop', 'zebra-shop']
const contracts = products.map((product) => testContract({ product, columns: allColumns }))
let folder: string
let storage: OpenedStorage
/** Past the judge: as a statement that it should not have let through. */
let engine: ClickHouse

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-narrow-'))
  storage = openStorage({
    effects: systemEffects,
    engine: { is: 'embedded', folder },
    contracts,
    log: { info: () => undefined, warn: () => undefined },
    guestKey: 'known to nobody'
  })
  await storage.started
  await storage.migrate(contracts)
  const receivedAt = systemEffects.clock.now()
  for (const product of products) {
    const record = testRecord({ product, receivedAt }, { note: `a note of ${product}` })
    const lines = Buffer.from(recordLine(record))
    await storage.insert({ table: recordTable(product), token: product, lines, deadlineMs })
  }
  engine = connectClickHouse(
    { is: 'embedded', socketPath: join(folder, 'run', 'engine.sock') },
    systemEffects
  )
})
afterAll(async () => {
  await engine.close()
  await storage.close()
  await rm(folder, { recursive: true, force: true })
})

function asked(sql: string, seen: readonly string[] | undefined): Promise<string> {
  const request = { sql, rowsMax: 100, deadlineMs, asker: 'me', products: seen }
  return storage.userQuery(request).then(({ rows }) => JSON.stringify(rows), codeOf)
}

function codeOf(error: unknown): string {
  return isCandorError(error) ? `${error.code}: ${error.message}` : String(error)
}

it('shows each documented view to whoever sees all, and of others only what is theirs', async () => {
  const own = documentedViews(contracts).filter(({ name }) => name !== productView('zebra-shop'))
  for (const { name } of own) {
    const told = await asked(`SELECT * FROM ${name}`, ['alpha-shop'])
    expect(told, name).toMatch(/^\[/)
    expect(told, name).not.toContain('zebra')
  }
  for (const name of ['records', 'installations', 'daily', 'installation_activity']) {
    expect(await asked(`SELECT * FROM ${name}`, undefined), name).toContain('zebra')
    expect(await asked(`SELECT * FROM ${name}`, ['alpha-shop']), name).toContain('alpha')
    expect(await asked(`SELECT * FROM ${name}`, []), name).toBe('[]')
    expect(await asked(`SELECT * FROM ${name}`, products), name).toContain('zebra')
  }
})

it('answers for another product’s view as for one that there is not', async () => {
  const theirs = await asked('SELECT * FROM zebra_shop', ['alpha-shop'])
  expect(theirs).toBe(await asked('SELECT * FROM zorro_shop', ['alpha-shop']))
  expect(theirs).toMatch(/^QUERY_REFUSED/)
})

it('opens nothing by another secret, a setting inside, or a table’s full name', async () => {
  const secret = await new OpenedProducts(storage, 'known to nobody').settingsFor(['alpha-shop'])
  const ask = (sql: string, settings: Readonly<Record<string, string>> = secret): Promise<string> =>
    engine
      .rows({ sql, lane: 'guest', deadlineMs, settings })
      .then((rows) => JSON.stringify(rows), codeOf)
  expect(await ask('SELECT count() AS n FROM zebra_shop')).toContain('"n":0')
  expect(await ask('SELECT count() AS n FROM alpha_shop')).toContain('"n":1')
  expect(await ask('SELECT count() AS n FROM records', {})).toContain('"n":0')
  for (const word of ['zebra-shop', '', '%', "' OR 1 --"]) {
    const set = `query_cache_tag = '${word.replaceAll("'", "\\'")}'`
    for (const sql of [
      `SELECT * FROM records SETTINGS ${set}`,
      `SELECT * FROM (SELECT * FROM records SETTINGS ${set}) SETTINGS readonly = 1`,
      `SELECT * FROM records WHERE product = 'zebra-shop' OR 1 SETTINGS ${set}`
    ])
      expect(await ask(sql), sql).not.toContain('zebra-shop"')
  }
  for (const table of ['records', 'opened_products', 'zebra_shop', 'records_zebra_shop'])
    expect(await ask(`SELECT * FROM ${engineDatabase}.${table}`), table).toContain(
      'STORAGE_REFUSED'
    )
})

it('keeps two askers apart who ask in turn', async () => {
  const both = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      asked('SELECT product FROM records', [products[index % 2] ?? ''])
    )
  )
  for (const [index, told] of both.entries())
    expect(told).toBe(JSON.stringify([{ product: products[index % 2] }]))
})
