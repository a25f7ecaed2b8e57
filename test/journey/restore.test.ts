/**
 * The store is lost, or comes back from a backup: what was loaded since comes from the inbox again,
 * and what was deleted stays deleted.
 */
import { randomUUID } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

let server: RunningServer

afterEach(() => removeServer(server))

async function report(installation: string, seq: number): Promise<void> {
  const response = await fetch(`${server.url}/v1/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      candor: 1,
      product: 'dlt',
      report: randomUUID(),
      sdk: { name: 'candor-ts', version: '0.1.0' },
      installation,
      runs: [
        {
          session: randomUUID(),
          version: '1.26.0',
          consent: { level: 'pipelines' },
          environment: {},
          records: [{ seq, name: 'pipeline_load', fields: { success: true } }]
        }
      ]
    })
  })
  expect(await response.json()).toMatchObject({ accepted: 1 })
}

/** The numbers of the records that the store has, each as often as it has it. */
async function stored(): Promise<readonly number[]> {
  const { rows } = await query(server, 'SELECT seq FROM dlt ORDER BY seq')
  return rows.map(({ seq }) => Number(seq))
}

async function untilStored(numbers: readonly number[]): Promise<void> {
  const wanted = JSON.stringify(numbers)
  expect(
    JSON.stringify(await eventually(stored, (found) => JSON.stringify(found) === wanted))
  ).toBe(wanted)
}

it('fills an empty store from the inbox, each record once', async () => {
  server = await startServer()
  for (const seq of [1, 2, 3]) await report('a'.repeat(32), seq)
  await untilStored([1, 2, 3])
  const { folder } = server
  await server.kill('SIGTERM')
  rmSync(join(folder, 'data', 'engine'), { recursive: true })
  server = await startServer({ folder })
  await untilStored([1, 2, 3])
  await report('a'.repeat(32), 4)
  await untilStored([1, 2, 3, 4])
})

it('brings a store from a backup up to date, without what was deleted since', async () => {
  server = await startServer()
  const { folder, data } = server
  await report('a'.repeat(32), 1)
  await report('b'.repeat(32), 2)
  await untilStored([1, 2])
  await server.kill('SIGTERM')
  cpSync(join(data, 'engine'), join(folder, 'backup'), { recursive: true })

  server = await startServer({ folder })
  await report('b'.repeat(32), 3)
  await untilStored([1, 2, 3])
  const deletion = await runCandor(server, [
    'installation',
    'delete',
    'a'.repeat(32),
    '--product',
    'dlt',
    '--yes'
  ])
  expect(deletion.code).toBe(0)
  await server.kill('SIGTERM')
  server = await startServer({ folder })
  await untilStored([2, 3])
  await server.kill('SIGTERM')

  rmSync(join(data, 'engine'), { recursive: true })
  cpSync(join(folder, 'backup'), join(data, 'engine'), { recursive: true })
  server = await startServer({ folder })
  await untilStored([2, 3])
  expect(server.printed()).toContain('the store is older than the inbox')
})
