/**
 * Our four examples through the conformance kit: what they promise is held against what they do, in
 * a closed network.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadProduct } from '../../postgres/src/product.ts'
import { root } from './world/candor-server.ts'
import { startPostgres, type PostgresCluster } from './world/postgres-cluster.ts'

interface Report {
  readonly lines: readonly {
    readonly id: string
    readonly is: string
    readonly evidence: readonly string[]
  }[]
}

describe('the examples in a closed network', () => {
  let postgres: PostgresCluster
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-conformance-'))
    postgres = await startPostgres()
    const file = join(root, 'examples', 'timescaledb-reporter', 'timescaledb.yaml')
    postgres.sql('postgres', loadProduct(file).sql)
  })
  afterAll(() => {
    postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['dlt-pipeline', 'dblab-engine', 'readyset-adapter', 'timescaledb-reporter'])(
    'shows nothing of %s that it does not promise',
    async (example) => {
      const written = readFileSync(join(root, 'examples', example, 'conformance.json'), 'utf8')
      // The kit's network has no way out: the database is reached by its socket, which lies where
      // this cluster put it.
      const profile = written
        .replaceAll('{here}', join(root, 'examples', example))
        .replace(/postgres:\/\/[^"]*/, postgres.socketUrl('postgres'))
      const path = join(folder, `${example}.json`)
      writeFileSync(path, profile)
      const { code, report } = await conformance(path)
      const failed = report.lines.filter(({ is }) => is !== 'holds' && is !== 'not offered')
      expect(failed).toEqual([])
      expect(code).toBe(0)
      expect(report.lines.find(({ id }) => id === 'reports')?.is).toBe('holds')
    },
    300_000
  )
})

/**
 * Few pairs, and a tolerance for a machine that does other things too: a wait for the network would
 * be a hundred times as long.
 */
async function conformance(
  profile: string
): Promise<{ readonly code: number; readonly report: Report }> {
  const words = [
    'run',
    '--silent',
    'conformance',
    '--',
    '--format',
    'json',
    '--pairs',
    '3',
    '--tolerance-ms',
    '150',
    profile
  ]
  const child = spawn('npm', words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number>((resolve) =>
    child.once('close', (status) => resolve(status ?? -1))
  )
  if (!out.startsWith('{')) throw new Error(`${out}${err}`)
  return { code, report: JSON.parse(out) as Report }
}
