/**
 * A user takes back what was reported: by the deletion key that only their machine knows, by a
 * random id, or through the operator.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acmeFolder, withSnapshot } from './world/acme.ts'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { startClickHouse } from './world/clickhouse-server.ts'
import { nativeReport } from './world/clients.ts'

const key = 'k'.repeat(43)
const deletion = `sha256:${createHash('sha256').update(key).digest('hex')}`
const [withKey, byId, byOperator, stays] = ['1', '2', '3', '4'].map((digit) =>
  digit.repeat(32)
) as [string, string, string, string]
const inViews =
  'SELECT (SELECT count() FROM acme) AS records, (SELECT count() FROM snapshots) AS ' +
  'snapshots, (SELECT count() FROM installations) AS installations'

describe('deletion', () => {
  let server: RunningServer
  const post = (path: string, body: object): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
  const report = async (
    installation: string,
    more: { readonly deletion?: string; readonly product?: string } = {}
  ): Promise<unknown> => {
    const answers: unknown[] = []
    for (const name of ['command_run', 'installed']) {
      const fields = name === 'installed' ? { plugins: 3 } : { command: 'build' }
      const answer = await post(
        '/v1/reports',
        nativeReport({ at: Date.now(), product: 'acme', name, fields, installation, ...more })
      )
      answers.push(await answer.json())
    }
    return answers
  }
  const found = async (): Promise<readonly number[]> => {
    const { rows } = await query(server, inViews)
    return ['records', 'snapshots', 'installations'].map((name) => Number(rows[0]?.[name]))
  }
  const expectFound = async (wanted: readonly number[]): Promise<void> => {
    expect(
      await eventually(found, (now) => String(now) === String(wanted)),
      'records, snapshots, installations'
    ).toEqual(wanted)
  }
  const show = async (
    id: string,
    action = 'show',
    ...more: string[]
  ): Promise<Readonly<Record<string, unknown>>> => {
    const { code, out, error } = await runCandor(server, [
      'installation',
      action,
      id,
      '--product',
      'acme',
      ...more
    ])
    expect(error).toBe('')
    expect(code).toBe(0)
    return JSON.parse(out) as Readonly<Record<string, unknown>>
  }
  // The erasing job runs each hour, and at each start: a start is how a test, and an operator in a
  // hurry, has it run now.
  const restart = async (): Promise<void> => {
    await server.kill('SIGTERM')
    server = await startServer({ folder: server.folder, port: server.port })
    await untilStoreIs(server, 'ready')
  }

  beforeAll(async () => {
    const acme = await acmeFolder()
    acme.edit(...withSnapshot)
    server = await startServer({ folder: acme.folder, configuration: 'products: [acme]\n' })
    await report(withKey, { deletion })
    for (const installation of [byId, byOperator, stays]) await report(installation)
    await expectFound([8, 4, 4])
  })
  afterAll(() => removeServer(server))

  it('is shown to whoever asks with the id as its user sees it, and each look is written down without it', async () => {
    expect(await show(byOperator)).toMatchObject({ found: true, records: 2 })
    expect(await show(byOperator, 'export', '--reason', 'support')).toMatchObject({
      found: true,
      rows: [{}, {}],
      truncated: false
    })
    expect(await show('9'.repeat(32))).toMatchObject({ found: false })
    const lines = readFileSync(join(server.data, 'audit.ndjson'), 'utf8').trim().split('\n')
    const looks = lines.map((line) => JSON.parse(line) as { readonly act: string })
    expect(looks.filter(({ act }) => act !== 'query')).toMatchObject([
      { act: 'installation-show', product: 'acme', reason: 'access', found: true },
      { act: 'installation-export', product: 'acme', reason: 'support', found: true },
      { act: 'installation-show', product: 'acme', reason: 'access', found: false }
    ])
    expect(lines.join('\n')).not.toContain(byOperator)
    expect(lines.join('\n')).not.toContain('9'.repeat(32))
  })

  it('is answered the same whether anything is found or not', async () => {
    const bodies = new Set<string>()
    for (const [product, keys] of [
      ['acme', [key]],
      ['acme', [byId]],
      ['acme', ['never-seen-before-by-anybody']],
      // Ids of DBLab can be guessed: taken for a key, which nobody has.
      ['dblab', ['c6fgs68hmvj3sm2pbphg']]
    ] as const) {
      const answer = await post('/v1/deletions', { product, keys })
      expect(answer.status).toBe(202)
      bodies.add(await answer.text())
    }
    expect(bodies.size).toBe(1)
    expect((await post('/v1/deletions', { product: 'acme', keys: ['short'] })).status).toBe(400)
    expect((await post('/v1/deletions', { product: 'nobody', keys: [key] })).status).toBe(404)
  })

  it('is asked for by an operator only with --yes', async () => {
    const refused = await runCandor(server, [
      'installation',
      'delete',
      byOperator,
      '--product',
      'acme'
    ])
    expect(refused.code).toBe(1)
    expect(refused.error).toContain('--yes')
    expect(await show(byOperator, 'delete', '--reason', 'deletion', '--yes')).toMatchObject({
      deletion: 'requested'
    })
  })

  it('ends a revealed key at once: what still carries its hash is refused by name', async () => {
    const refused = { accepted: 0, dropped: [{ run: 0, seq: 1, code: 'DELETED' }] }
    expect(await report(stays, { deletion })).toMatchObject([refused, refused])
    // Whoever had their past erased may go on reporting, without it or with a new key.
    expect(await report(withKey)).toMatchObject([{ accepted: 1 }, { accepted: 1 }])
  })

  it('erases rows, snapshot and installation, and nothing of anybody else', async () => {
    await server.kill('SIGKILL')
    await restart()
    // Kept: the installation that stays, and what the first one sent after its key was spent.
    await expectFound([4, 2, 2])
    expect(await show(stays)).toMatchObject({ found: true, records: 2 })
    expect(await show(withKey)).toMatchObject({ found: true, records: 2 })
    for (const installation of [byId, byOperator])
      expect(await show(installation)).toMatchObject({ found: false })
  })

  it('of an installation reaches back only to when it was asked for', async () => {
    expect(await report(byId)).toMatchObject([{ accepted: 1 }, { accepted: 1 }])
    await expectFound([6, 3, 3])
    await restart()
    expect(
      await eventually(
        () => show(byId),
        ({ records }) => records === 2
      )
    ).toMatchObject({ found: true, records: 2 })
    expect((await found())[0]).toBe(6)
  })

  it('is remembered by a revealed key over restarts', async () => {
    expect(await report(stays, { deletion })).toMatchObject([{ accepted: 0 }, { accepted: 0 }])
  })
})

describe('what waits for a store that is away', () => {
  it('never reaches it once it was taken back', async () => {
    const clickHouse = await startClickHouse({ default: '', reader: '' })
    await clickHouse.shut()
    let server = await startServer({
      configuration: `clickhouse: { url: '${clickHouse.url}', reader_user: reader }\n`
    })
    const post = async (path: string, body: object): Promise<number> => {
      const headers = { 'content-type': 'application/json' }
      return (
        await fetch(`${server.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      ).status
    }
    const report = (more: object): object =>
      nativeReport({ at: Date.now(), level: 'pipelines', ...more })
    expect(await post('/v1/reports', report({ installation: withKey, deletion }))).toBe(200)
    expect(await post('/v1/reports', report({ installation: byId }))).toBe(200)
    expect(await post('/v1/deletions', { product: 'dlt', keys: [key, byId] })).toBe(202)
    expect(await post('/v1/reports', report({ installation: stays }))).toBe(200)
    await server.kill('SIGKILL')
    server = await startServer({ folder: server.folder })
    await clickHouse.open()
    const counted = async (): Promise<number> =>
      Number(
        (await query(server, "SELECT sum(records) AS records FROM daily WHERE product = 'dlt'"))
          .rows[0]?.['records']
      )
    // The aggregates forget nothing: they would still show what was loaded and then erased.
    expect(await eventually(counted, (records) => records > 0)).toBe(1)
    const { out } = await runCandor(server, ['installation', 'show', stays, '--product', 'dlt'])
    expect(JSON.parse(out)).toMatchObject({ found: true, records: 1 })
    await removeServer(server)
    await clickHouse.stop()
  })
})

describe('an epoch of the secret', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => removeServer(server))

  it('that was begun by `candor keys rotate --ids` changes every token, and look-ups find both', async () => {
    const id = 'c'.repeat(32)
    const send = async (): Promise<void> => {
      const body = JSON.stringify(
        nativeReport({ at: Date.now(), level: 'pipelines', installation: id })
      )
      expect(
        (
          await fetch(`${server.url}/v1/reports`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body
          })
        ).status
      ).toBe(200)
    }
    const tokens = async (): Promise<readonly (readonly [string, number])[]> => {
      const { rows } = await query(
        server,
        'SELECT installation, key_epoch FROM dlt ORDER BY key_epoch'
      )
      return rows.map((row) => [String(row['installation']), Number(row['key_epoch'])])
    }
    await send()
    const before = await eventually(tokens, ({ length }) => length === 1)
    expect(await runCandor(server, ['keys', 'rotate', '--ids'])).toMatchObject({
      code: 0,
      error: ''
    })
    await server.kill('SIGTERM')
    server = await startServer({ folder: server.folder })
    await send()
    const after = await eventually(tokens, ({ length }) => length === 2)
    expect(after[0]).toEqual(before[0])
    expect(after[1]?.[0]).not.toBe(after[0]?.[0])
    expect((after[1]?.[1] ?? 0) - (after[0]?.[1] ?? 0)).toBe(1)
    expect(JSON.stringify(after)).not.toContain(id)
    const { out } = await runCandor(server, ['installation', 'show', id, '--product', 'dlt'])
    expect(JSON.parse(out)).toMatchObject({ found: true, records: 2 })
  })
})
