/**
 * What do tests of this room run their SQL on? A real ClickHouse inside the test's own process, in
 * a folder that goes with it.
 */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Session } from 'chdb'
import { systemEffects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { insertSettings } from './client/insert-settings.ts'
import { migrate } from './tables/migrate.ts'
import type { Storage } from './storage.ts'
import { twoShards } from './cluster/two-shards.test-support.ts'

export interface TestEngine extends Pick<Storage, 'query' | 'command' | 'insert' | 'cluster'> {
  /** Holds its files. */
  readonly folder: string
  migrate: Storage['migrate']
  rows<Row>(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

/**
 * One at a time in a process: ClickHouse in process is a singleton. `CANDOR_TEST_SHARDS=2` runs the
 * same tests on tables that are spread over two shards.
 */
export async function openTestEngine(): Promise<TestEngine> {
  const folder = await systemEffects.files.mkdtemp(join(tmpdir(), 'candor-storage-'))
  const session = new Session(folder)
  const settings = Object.entries(insertSettings).map(
    ([name, value]) => `${name} = ${typeof value === 'string' ? `'${value}'` : value}`
  )

  async function query<Row>(
    sql: string,
    parameters: Readonly<Record<string, unknown>> = {}
  ): Promise<readonly Row[]> {
    const result = await session.queryBindAsync(sql, parameters, { format: 'JSONEachRow' })
    const lines = result.text().split('\n')
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row)
  }

  const spread = process.env['CANDOR_TEST_SHARDS'] === '2' ? twoShards(query) : undefined
  await spread?.open()
  const asked = spread?.asked ?? ((sql: string) => sql)

  const engine: TestEngine = {
    folder,
    cluster: spread?.cluster,
    query: (request) => query(asked(request.sql), request.parameters),
    rows: (sql) => query(sql),
    command:
      spread?.command ??
      (async (request) => {
        await query(request.sql, request.parameters)
      }),
    async insert(block) {
      const sql =
        `INSERT INTO ${spread?.into(block.table) ?? block.table} SETTINGS ` +
        `${[...settings, `insert_deduplication_token = '${block.token}'`].join(', ')} FORMAT ` +
        'JSONEachRow\n'
      try {
        await session.queryAsync(sql + block.lines.toString(), { format: 'Null' })
      } catch (cause) {
        throw new CandorError('STORAGE_REFUSED', 'The store refused a block for its data.', {
          cause
        })
      }
    },
    migrate: (products) => migrate(engine, products),
    async close() {
      session.close()
      await systemEffects.files.rm(folder, { recursive: true, force: true })
    }
  }
  return engine
}
