/**
 * Everything that the four products' clients were seen to send, replayed byte for byte, answered as
 * each needs it, counted and shown.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { lintAnswer } from '../../server/src/products/timescaledb/answer-parser.ts'
import {
  ask,
  eventually,
  query,
  removeServer,
  root,
  startServer,
  type RunningServer
} from './world/candor-server.ts'
import { sendRaw, type RawAnswer } from './world/raw-request.ts'

const products = ['dblab', 'readyset', 'timescaledb', 'dlt']

interface Fixture {
  readonly name: string
  readonly bytes: Buffer
  /** A user's no is answered like anything else, and counted nowhere: no golden file says more. */
  readonly isCounted: boolean
}

function fixtures(product: string): readonly Fixture[] {
  const folder = join(root, 'server', 'src', 'products', product, 'fixtures')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.http'))
    .map((name) => ({
      name,
      bytes: readFileSync(join(folder, name)),
      isCounted: existsSync(join(folder, name.replace(/http$/, 'kept.json')))
    }))
}

/** What each product's client accepts as success; the sources are in the products' READMEs. */
const needs: Readonly<Record<string, (answer: RawAnswer) => void>> = {
  dblab: ({ status, body }) => {
    expect(status).toBe(200)
    expect(JSON.parse(body)).toBeTypeOf('object')
  },
  readyset: ({ status, body }) => {
    expect(status).toBe(200)
    expect(JSON.parse(body)).toEqual({ success: true })
  },
  timescaledb: ({ bytes }) => {
    expect(lintAnswer(bytes)).toEqual([])
  },
  dlt: ({ status, body }) => {
    if (status === 204) expect(body).toBe('')
    else expect(JSON.parse(body)).toEqual({ success: true })
  }
}

describe('recorded requests', () => {
  let server: RunningServer
  beforeAll(async () => {
    // dlt's page shows a bare host as the endpoint: its requests go to `/`.
    server = await startServer({ configuration: "paths: { '/': dlt }\n" })
  })
  afterAll(() => removeServer(server))

  for (const product of products) {
    it(`of ${product} get the answer that its client needs, and all are counted`, async () => {
      const recorded = fixtures(product)
      expect(recorded.length).toBeGreaterThan(3)
      for (const { name, bytes } of recorded) {
        const answer = await sendRaw(server.port, bytes)
        expect(answer.status, name).toBeLessThan(300)
        needs[product]?.(answer)
      }
      const total = (rows: readonly Readonly<Record<string, unknown>>[]): number =>
        rows.reduce((sum, row) => sum + Number(row['records']), 0)
      const counted = recorded.filter(({ isCounted }) => isCounted).length
      const answered = await eventually(
        () => ask(server, 'events', product),
        ({ rows }) => total(rows) >= counted
      )
      expect(total(answered.rows)).toBe(counted)
    })

    it(`of ${product} leave no drift`, async () => {
      const { rows } = await ask(server, 'drift', product)
      expect(rows).toEqual([])
    })
  }

  it('show the fields that their contracts keep', async () => {
    const { rows: loads } = await query(
      server,
      "SELECT destination_type, success, elapsed FROM dlt WHERE name = 'pipeline_load' AND " +
        "version = '1.26.0'"
    )
    expect(loads).toContainEqual({ destination_type: 'duckdb', success: true, elapsed: 2.23 })
    const { rows: engines } = await query(
      server,
      "SELECT version, pools_fs_type, restore_mode FROM dblab WHERE name = 'engine_started' " +
        "AND version = '4.2.0-rc.3'"
    )
    expect(engines).toEqual([
      { version: '4.2.0-rc.3', pools_fs_type: 'zfs', restore_mode: 'logical' }
    ])
    const { rows: reports } = await query(
      server,
      'SELECT version, num_hypertables FROM (SELECT version, hypertables_num_relations AS ' +
        "num_hypertables FROM timescaledb) WHERE version = '2.22.1'"
    )
    expect(reports).toEqual([{ version: '2.22.1', num_hypertables: 1 }])
    const { rows: backends } = await query(
      server,
      'SELECT DISTINCT db_backend FROM readyset WHERE db_backend IS NOT NULL ORDER BY 1'
    )
    expect(backends.map(({ db_backend: backend }) => backend)).toEqual(['mysql', 'postgresql'])
  })
})
