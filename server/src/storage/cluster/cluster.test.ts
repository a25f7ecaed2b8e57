/** Do the statements of a cluster make what one server has, spread over shards by installation? */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allContracts } from '../../app/products.ts'
import { systemEffects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { loadProducts } from '../../products/load.ts'
import { testContract, testRecord, token } from '../contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import type { StorageRun } from '../storage.ts'
import { applyClusterSchema, clusterStatements, heldInCluster } from './cluster-schema.ts'
import { clusterOf } from './cluster.ts'
import { recordLine } from '../tables/rows.ts'

const source = join(import.meta.dirname, '..', '..')
const database = 'candor'
const cluster = clusterOf('two', database)
let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

const apply = (contracts: Parameters<typeof applyClusterSchema>[0]) =>
  applyClusterSchema(contracts, { run: engine, runDefault: engine, database })

describe('the statements of a cluster', () => {
  it('of the four products are each read by the engine, and refused by it for the cluster alone', async () => {
    const { products } = await loadProducts({ folders: [], files: systemEffects.files })
    const contracts = allContracts(new Map(products.map((product) => [product.name, product])))
    const statements = await clusterStatements(contracts, clusterOf('prod-1', database), database)
    const tables = statements.filter(({ sql }) => sql.startsWith('CREATE TABLE'))
    const [stored, spread] = [cluster.shards, database].map((name) =>
      tables.filter((statement) => statement.database === name)
    )
    expect(stored?.length).toBeGreaterThan(20)
    expect(spread?.length).toBe(stored?.length)
    for (const { sql } of stored ?? [])
      expect(sql).toMatch(/ENGINE = (?:Replicated\w*MergeTree\(|Null)/)
    for (const { sql } of spread ?? []) expect(sql).toMatch(/ENGINE = Distributed\(/)
    for (const { sql } of statements) {
      const [form] = await engine.query<{ form: string }>({
        sql: 'SELECT formatQuerySingleLine({statement:String}) AS form',
        parameters: { statement: sql },
        deadlineMs: 10_000
      })
      expect(form?.form).not.toBe('')
      if (sql.startsWith('INSERT')) continue
      expect(sql).toContain(' ON CLUSTER `prod-1`')
      // This engine knows no cluster, nor what a view reads there; all else of it was understood.
      await expect(engine.rows(sql)).rejects.toThrow(
        /\((?:CLUSTER_DOESNT_EXIST|QUERY_IS_PROHIBITED|UNKNOWN_TABLE|UNKNOWN_DATABASE)\)/
      )
    }
  })
})

it('is what every statement about stored tables asks for: none looks at one server alone', async () => {
  const sources = (await systemEffects.files.readdir(source, { recursive: true })).filter(
    (path) => path.endsWith('.ts') && !/\.test|test-support|storage.(?:engine|cluster)/.test(path)
  )
  expect(sources.length).toBeGreaterThan(300)
  for (const path of sources) {
    // What is moved goes from the embedded engine to one server, and forwarding asks one alone.
    if (/storage.move|forwarding.kept-rows/.test(path)) continue
    const text = await systemEffects.files.readFile(join(source, path), 'utf8')
    expect(text, path).not.toMatch(/FROM system\.parts/)
    // What was made before there were clusters is mended on one server alone.
    if (path.endsWith('version-history.ts')) continue
    for (const [statement] of text.matchAll(/ALTER TABLE [^]{0,60}/g))
      expect(statement, path).toMatch(/^ALTER TABLE \$\{[\w.()]+\}\$\{onCluster\(/)
  }
})

describe('a cluster', () => {
  it('is waited for until its tables were made for these contracts, and once made suits programs of before', async () => {
    const [before, wide] = [
      [testContract({ columns: [] })],
      [testContract({ columns: [{ name: 'rows', says: 'how many', type: { is: 'integer' } }] })]
    ]
    const empty: StorageRun = {
      ...engine,
      query: (request) =>
        engine.query(request).catch((cause: unknown) => {
          expect(String(cause)).toContain('UNKNOWN_TABLE')
          throw new CandorError('STORAGE_REFUSED', 'unknown', { details: { code: 60 } })
        })
    } as StorageRun
    await expect(heldInCluster(empty, before, database)).rejects.toMatchObject({
      code: 'SCHEMA_NOT_APPLIED',
      message: expect.stringContaining('candor schema --cluster two --apply') as string
    })
    expect(await apply(before)).toEqual([])
    expect(await heldInCluster(engine, before, database)).toEqual([])
    await expect(heldInCluster(engine, wide, database)).rejects.toMatchObject({
      code: 'SCHEMA_NOT_APPLIED'
    })
    await apply(wide)
    expect(await heldInCluster(engine, wide, database)).toEqual([])
    expect(await heldInCluster(engine, before, database)).toEqual([])
    const columns = await engine.rows<{ where: string }>(
      `SELECT database AS where FROM system.columns WHERE table = 'records_dlt' AND name = 'rows'
      ORDER BY where`
    )
    expect(columns.map(({ where }) => where)).toEqual([
      database,
      'candor_shards_0',
      'candor_shards_1'
    ])
  })

  it('says which products it cannot hold, to each collector that starts', async () => {
    const narrow = testContract({
      product: 'changed',
      columns: [{ name: 'rows', says: 'how many', type: { is: 'integer' } }]
    })
    const other = testContract({
      product: 'changed',
      columns: [{ name: 'rows', says: 'how many', type: { is: 'boolean' } }]
    })
    await apply([narrow])
    const held = await apply([other])
    expect(held).toEqual([{ product: 'changed', says: expect.stringContaining('rows') as string }])
    expect(await heldInCluster(engine, [other], database)).toEqual(held)
  })

  it('has all that is known of an installation on one shard, and counts a block that is sent again once', async () => {
    await apply([testContract({ product: 'spread' })])
    const records = Array.from({ length: 300 }, (_, index) =>
      testRecord({ product: 'spread', installation: token(index % 60) })
    )
    const nobody = testRecord({ product: 'spread', installation: undefined })
    const lines = Buffer.from([...records, nobody].map(recordLine).join(''))
    for (let attempt = 0; attempt < 3; attempt += 1)
      await engine.insert({ table: 'incoming_spread', token: 'b/1', lines, deadlineMs: 10_000 })
    const shards = await Promise.all(
      [0, 1].map((shard) =>
        engine.rows<{ table: string; installation: string; n: number }>(
          ['records_spread', 'installation_states', 'installation_days']
            .map(
              (table) =>
                `SELECT '${table}' AS table, installation,
                  ${table === 'records_spread' ? 'count()' : 'sum(records)'} AS n
                FROM candor_shards_${shard}.${table}
                WHERE product = 'spread' AND installation IS NOT NULL GROUP BY installation`
            )
            .join(' UNION ALL ')
        )
      )
    )
    const [one, other] = shards.map((rows) => new Set(rows.map(({ installation }) => installation)))
    expect(one?.size).toBeGreaterThan(10)
    expect(other?.size).toBeGreaterThan(10)
    expect([...(one ?? [])].filter((installation) => other?.has(installation))).toEqual([])
    const all = shards.flat()
    expect(all).toHaveLength(180)
    expect(new Set(all.map(({ n }) => Number(n)))).toEqual(new Set([5]))
    expect(await engine.rows('SELECT count() AS n FROM records_spread')).toEqual([{ n: 301 }])
  })
})
