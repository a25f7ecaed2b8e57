/**
 * A client from its registry behind an edge in the real runtime of Cloudflare's workers: what dlt
 * reports there reaches the collector, and is counted once.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from '../journey/world/candor-server.ts'
import { startEdge, type RunningEdge } from '../journey/world/edge/workerd.ts'
import { clients, programOf } from './clients.ts'
import { requirementsOf } from './registries.ts'
import { installClient, runProgram } from './run-client.ts'

describe('a client from its registry, behind an edge', () => {
  let folder: string
  let server: RunningServer
  let edge: RunningEdge
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-edge-client-'))
    server = await startServer()
    const flags = ['--collector', server.url, '--out', folder]
    const built = await runCandor(server, ['edge', 'build', ...flags])
    expect(built.error).toBe('')
    edge = await startEdge(folder, server.url)
    // As the guide says: the line that was printed goes into the collector's configuration.
    await server.kill('SIGTERM')
    const configuration = built.out.slice(built.out.indexOf('edge_tokens:'))
    server = await startServer({ folder: server.folder, port: server.port, configuration })
    await untilStoreIs(server, 'ready')
  })
  afterAll(async () => {
    await edge?.close()
    if (server !== undefined) await removeServer(server)
    rmSync(folder, { recursive: true, force: true })
  })

  const kept = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await query(server, 'SELECT name, installation FROM dlt')).rows

  it(
    'dlt reports through workerd to a collector, and is counted once',
    async () => {
      const client = clients.find(({ name }) => name === 'dlt')
      if (client === undefined) throw new Error('dlt is no client that is tried')
      const requirements = requirementsOf(client, client.versions[0] ?? '')
      const installed = await installClient(client, requirements)
      const { code, printed } = await runProgram(client, {
        folder: installed,
        program: programOf(client, `http://127.0.0.1:${edge.port}`)
      })
      expect([code, printed]).toEqual([0, ''])
      expect(await edge.waiting()).toHaveLength(client.records)
      // The platform delivers at least once; here each message comes twice.
      expect(await edge.deliver(2)).toEqual({ taken: client.records, waiting: 0 })
      const rows = await eventually(kept, ({ length }) => length >= client.records)
      expect(rows).toHaveLength(client.records)
      expect(new Set(rows.map((row) => row['installation'])).size).toBe(1)
      expect((await ask(server, 'drift', 'dlt')).rows).toEqual([])
    },
    5 * 60_000
  )
})
