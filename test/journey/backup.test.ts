/**
 * A running server is backed up, its disk is lost, and the backup comes back: what was answered
 * before is there once, and what was deleted since is gone again.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'

let server: RunningServer
let asked = 0
let isSending = true

beforeAll(async () => {
  server = await startServer()
  await untilStoreIs(server, 'ready')
}, 90_000)
afterAll(() => removeServer(server))

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

async function stored(): Promise<readonly number[]> {
  const { rows } = await query(server, 'SELECT seq FROM dlt ORDER BY seq')
  return rows.map(({ seq }) => Number(seq))
}

async function backUp(to: string, environment: Readonly<Record<string, string>> = {}) {
  const told = await runCandor(server, ['backup', '--to', to], environment)
  expect([told.code, told.error]).toEqual([0, ''])
  return told.out
}

const gone = 'a'.repeat(32)

it('holds all that was answered before it began, while reports go on coming in', async () => {
  await report(gone, 1)
  await report('b'.repeat(32), 2)
  await eventually(stored, (found) => found.length === 2)
  const sending = (async () => {
    for (let seq = 3; isSending && seq < 2_000; seq++) {
      await report('c'.repeat(32), seq)
      asked = seq
    }
  })()
  await eventually(
    () => Promise.resolve(asked),
    (n) => n > 20
  )
  const before = asked
  await backUp('backups')
  isSending = false
  await sending
  expect(asked).toBeGreaterThan(before)

  const deletion = await runCandor(server, [
    'installation',
    'delete',
    gone,
    '--product',
    'dlt',
    '--yes'
  ])
  expect(deletion.code).toBe(0)
  await server.kill('SIGKILL')
  const { folder } = server
  renameSync(join(folder, 'data'), join(folder, 'data.old'))

  const restored = await runCandor({ folder, data: join(folder, 'data') }, [
    'restore',
    '--from',
    'backups',
    '--deletions',
    'data.old'
  ])
  expect([restored.code, restored.error]).toEqual([0, ''])
  expect(restored.out).toMatch(/\d of later are carried out/)
  server = await startServer({ folder })
  await untilStoreIs(server, 'ready')
  // Each once, without a gap, and at least all of those that were answered before it began.
  const numbers = await eventually(stored, (found) => found.length >= before - 1 && found[0] === 2)
  expect(numbers[0]).toBe(2)
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 2))
  expect(numbers.length).toBeGreaterThanOrEqual(before - 1)
  await report('d'.repeat(32), 5_000)
  await eventually(stored, (found) => found.includes(5_000))
  expect((await stored()).filter((seq) => seq === 5_000)).toEqual([5_000])
}, 120_000)

it('holds neither the secret nor a way to the running server', () => {
  const backups = join(server.folder, 'backups')
  const secret = readFileSync(join(server.folder, 'data.secret'))
  const names = readdirSync(backups, { recursive: true, encoding: 'utf8' })
  expect(names.some((name) => /secret$|server\.json$/.test(name))).toBe(false)
  for (const name of names.map((each) => join(backups, each)))
    if (statSync(name).isFile()) expect(readFileSync(name).includes(secret)).toBe(false)
})

it('is counted without being put in place, and a changed byte is found', async () => {
  const from = join(server.folder, 'backups')
  const verified = await runCandor(server, ['restore', '--from', from, '--verify'])
  expect([verified.code, verified.error]).toEqual([0, ''])
  expect(verified.out).toMatch(/(\d+) of \1 records/)
  const [file] = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('data.bin')
  )
  const path = join(from, String(file))
  const bytes = readFileSync(path)
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  writeFileSync(path, bytes)
  const changed = await runCandor(server, ['restore', '--from', from, '--verify'])
  expect(changed.code).not.toBe(0)
  expect(changed.error).toContain('BACKUP_INVALID')
  const refused = await runCandor(server, ['restore', '--from', from])
  expect(refused.error).toContain('Move it aside')
}, 120_000)

it('goes to an S3-compatible store and comes back from there', async () => {
  const store = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: join(server.folder, 's3'),
    configureBuckets: [{ name: 'backups' }]
  })
  const { port } = await store.run()
  try {
    const environment = {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER'
    }
    await backUp('s3://backups/candor', environment)
    const kept = (await stored()).length
    const verified = await runCandor(
      server,
      ['restore', '--from', 's3://backups/candor', '--verify'],
      environment
    )
    expect([verified.code, verified.error]).toEqual([0, ''])
    expect(verified.out).toContain(`${kept} of ${kept} records`)
    rmSync(join(server.folder, 'backups'), { recursive: true })
  } finally {
    await store.close()
  }
}, 120_000)
