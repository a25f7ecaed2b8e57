/** Everything that is kept of a product leaves as files, once, also where it is cut off. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

type Row = Readonly<Record<string, unknown>>

const rowsSent = 300

describe('candor export records', () => {
  let server: RunningServer
  const run = (...words: readonly string[]) =>
    runCandor(server, ['export', 'records', '--product', 'dlt', ...words])
  const textOf = (file: string): Promise<string> => readFile(join(server.folder, file), 'utf8')
  const rowsOf = (text: string): readonly Row[] =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Row)
  const today = (): string => new Date().toISOString().slice(0, 10)
  const piece = (search: string): Promise<Response> =>
    fetch(`${server.adminUrl}/api/v1/products/dlt/export/${today()}?${search}`, {
      headers: { authorization: `Bearer ${server.token}` }
    })

  beforeAll(async () => {
    server = await startServer()
    const batch = Array.from({ length: rowsSent }, (_, index) => ({
      type: 'track',
      messageId: `m-${index}`,
      anonymousId: `installation-${index % 40}`,
      event: 'pipeline_load',
      properties: { elapsed: index / 2, success: index % 3 > 0 },
      context: { library: { name: 'dlt', version: '1.9.0' } }
    }))
    const answer = await fetch(`${server.url}/in/dlt/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ writeKey: 'dlt', batch })
    })
    expect(answer.status).toBe(200)
    await eventually(
      () => query(server, 'SELECT count() AS n FROM dlt'),
      ({ rows }) => Number(rows[0]?.['n']) === rowsSent
    )
    // What was received in the last two seconds may still be on its way, and is not exported.
    await eventually(
      () => piece('columns=name').then((answer) => answer.text()),
      (text) => rowsOf(text).length === rowsSent
    )
    await eventually(
      () =>
        rm(join(server.folder, 'all'), { recursive: true, force: true })
          .then(() => run('--out', 'all'))
          .then(({ out }) => out),
      (out) => out.startsWith(`${rowsSent} records`)
    )
  })
  afterAll(() => removeServer(server))

  it('holds every row that the view has, under its names, and says what it holds', async () => {
    const { rows: viewed } = await query(server, 'SELECT * FROM dlt')
    const name = `${today()}.ndjson`
    const text = await textOf(join('all', name))
    const exported = rowsOf(text)
    expect(exported).toHaveLength(rowsSent)
    expect(Object.keys(exported[0] ?? {})).toEqual(Object.keys(viewed[0] ?? {}))
    const told = (row: Row): string => `${String(row['message_digest'])} ${String(row['elapsed'])}`
    expect(exported.map(told).sort()).toEqual(viewed.map(told).sort())
    expect(JSON.parse(await textOf('all/manifest.json'))).toMatchObject({
      product: 'dlt',
      isWhole: true,
      rows: rowsSent,
      days: [
        {
          day: today(),
          files: [
            {
              file: name,
              rows: rowsSent,
              bytes: Buffer.byteLength(text),
              sha256: createHash('sha256').update(text).digest('hex')
            }
          ]
        }
      ]
    })
  })

  it('is the same in Parquet, as readers of others read it', async () => {
    expect(await run('--out', 'columns', '--format', 'parquet')).toMatchObject({ error: '' })
    const file = await readFile(join(server.folder, 'columns', `${today()}.parquet`))
    const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length)
    const rows = (await parquetReadObjects({ file: bytes as ArrayBuffer })) as readonly Row[]
    const exported = rowsOf(await textOf(join('all', `${today()}.ndjson`)))
    expect(rows.map(({ elapsed }) => elapsed)).toEqual(exported.map(({ elapsed }) => elapsed))
    expect(rows.map(({ received_at: at }) => (at as Date).toISOString())).toEqual(
      exported.map(({ received_at: at }) => at)
    )
    expect(Object.keys(rows[0] ?? {})).toEqual(Object.keys(exported[0] ?? {}))
  })

  it('comes in pieces that hold each row once, and are the same when they are asked for again', async () => {
    const pieces: string[] = []
    for (const part of [1, 2, 3, 4]) {
      const [first, again] = [await piece(`part=${part}&of=4`), await piece(`part=${part}&of=4`)]
      const text = await first.text()
      expect(await again.text()).toBe(text)
      expect(Number(first.headers.get('candor-rows'))).toBe(rowsOf(text).length)
      pieces.push(text)
    }
    const digests = pieces.flatMap(rowsOf).map((row) => row['message_digest'])
    expect(new Set(digests).size).toBe(rowsSent)
    expect(digests).toHaveLength(rowsSent)
  })

  it('goes on where it was cut off, and writes nothing over that was not asked for so', async () => {
    const before = await textOf(join('all', `${today()}.ndjson`))
    const manifest = JSON.parse(await textOf('all/manifest.json')) as {
      days: { files: unknown[] }[]
      isWhole: boolean
    }
    expect(await run('--out', 'all')).toMatchObject({
      code: 1,
      error: expect.stringContaining('EXPORT_EXISTS') as string
    })
    manifest.days.forEach((day) => (day.files = []))
    manifest.isWhole = false
    await writeFile(join(server.folder, 'all', 'manifest.json'), JSON.stringify(manifest))
    await writeFile(join(server.folder, 'all', `${today()}.ndjson`), before.slice(0, 1_000))
    expect(await run('--out', 'all', '--resume', '--records', 'sync')).toMatchObject({
      code: 1,
      error: expect.stringContaining('other records') as string
    })
    expect(await run('--out', 'all', '--resume')).toMatchObject({ code: 0 })
    expect(await textOf(join('all', `${today()}.ndjson`))).toBe(before)
    expect((await readdir(join(server.folder, 'all'))).sort()).toEqual([
      `${today()}.ndjson`,
      'manifest.json'
    ])
  })

  it('goes into a pipe, with the columns that were asked for', async () => {
    const { code, out } = await run('--out', '-', '--columns', 'elapsed,success')
    expect(code).toBe(0)
    const rows = rowsOf(out)
    expect(rows).toHaveLength(rowsSent)
    expect(Object.keys(rows[0] ?? {})).toEqual(['elapsed', 'success'])
    expect(await run('--out', '-', '--columns', 'elapsed,hostname')).toMatchObject({
      code: 1,
      error: expect.stringContaining('PARAMETER_INVALID') as string
    })
  })

  it('holds nothing of whoever asked to be deleted, from that moment on; and each is written down', async () => {
    const words = ['installation', 'delete', 'installation-7', '--product', 'dlt']
    const { code } = await runCandor(server, [...words, '--reason', 'deletion', '--yes'])
    expect(code).toBe(0)
    const { rows: still } = await query(server, 'SELECT count() AS n FROM dlt')
    expect(Number(still[0]?.['n'])).toBe(rowsSent)
    const { out } = await run('--out', '-')
    expect(new Set(rowsOf(out).map(({ installation }) => installation)).size).toBe(39)
    const audit = await textOf('data/audit.ndjson')
    expect(audit).toContain(`"act":"export","product":"dlt","day":"${today()}"`)
  })
})
