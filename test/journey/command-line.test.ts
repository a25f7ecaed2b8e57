/**
 * The command line as a stranger meets it: what each command prints, how it ends, and what it says
 * when something is wrong.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  candor,
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  type RunningServer
} from './world/candor-server.ts'

/** Runs a line of shell in which `candor` is the command, and waits for its end. */
async function shell(
  server: RunningServer,
  line: string
): Promise<{ code: number; out: string; error: string }> {
  const child = spawn(
    'bash',
    ['-o', 'pipefail', '-c', `candor() { "${process.execPath}" "${candor}" "$@"; }; ${line}`],
    {
      cwd: server.folder,
      env: { PATH: process.env['PATH'], HOME: server.folder },
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  let out = ''
  let error = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
  const code = await new Promise<number>((resolve) =>
    child.once('close', (status) => resolve(status ?? -1))
  )
  return { code, out, error }
}

let elapsed = 0

/** No two bodies are alike: dlt's duplicates are. */
function send({ url }: RunningServer): Promise<Response> {
  elapsed += 1
  const properties = { elapsed, success: true, hostname: 'db1.internal' }
  return fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('dlt:')}` },
    body: JSON.stringify({ anonymousId: 'seen-by-its-user', event: 'pipeline_load', properties })
  })
}

describe('the command line', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
    expect((await send(server)).status).toBe(200)
    await eventually(
      () => query(server, 'SELECT count() AS records FROM dlt'),
      ({ rows }) => Number(rows[0]?.['records']) > 0
    )
  })
  afterAll(() => removeServer(server))

  it('shows what there is when nothing is said', async () => {
    const { code, out, error } = await runCandor(server, [])
    expect([code, error]).toEqual([0, ''])
    for (const command of [
      'serve',
      'dashboard',
      'token',
      'ask',
      'query',
      'tail',
      'doctor',
      'installation',
      'init',
      'contract',
      'release',
      'keys'
    ])
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it('names the nearest command, flag, choice and variable', async () => {
    const wrong: readonly (readonly [
      readonly string[],
      Readonly<Record<string, string>>,
      string
    ])[] = [
      [['serv'], {}, 'Did you mean serve?'],
      [['serve', '--prt', '1'], {}, 'Did you mean --port?'],
      [['serve', '--log', 'inf'], {}, 'Did you mean info?'],
      [['keys', 'creat'], {}, 'Did you mean create?'],
      [['installation', 'sho', 'x', '--product', 'dlt'], {}, 'Did you mean show?'],
      [['doctor'], { CANDOR_TOKN: 'x' }, 'Did you mean CANDOR_TOKEN?'],
      [['tail', '--product', 'dltt'], {}, 'did you mean "dlt"?']
    ]
    for (const [words, environment, told] of wrong) {
      const { code, error } = await runCandor(server, words, environment)
      expect(code, words.join(' ')).toBe(1)
      expect(error).toMatch(/^candor: /)
      expect(error).toContain(told)
      expect(error).not.toMatch(/\n\s+at /)
    }
  })

  it('refuses SQL that does more than read, and says why', async () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['SELECT * FROM system.tables', 'QUERY_REFUSED'],
      ['INSERT INTO dlt SELECT 1', 'QUERY_REFUSED'],
      ["SELECT * FROM file('/etc/passwd')", 'QUERY_REFUSED'],
      ['SELECT nope FROM dlt', 'QUERY_INVALID']
    ]
    for (const [sql, told] of wrong) {
      const { code, error } = await runCandor(server, ['query', sql])
      expect([code, error.split('\n')[0]], sql).toEqual([1, `candor: ${told}`])
    }
    const slow =
      'SELECT count() FROM records a CROSS JOIN (SELECT arrayJoin(range(100000000)) AS i) b ' +
      'CROSS JOIN (SELECT arrayJoin(range(1000)) AS j) c'
    const { code, error } = await runCandor(server, ['query', slow, '--timeout', '1'])
    expect([code, error.split('\n')[0]]).toEqual([1, 'candor: QUERY_TIMEOUT'])
  })

  it('reads SQL from standard input, and stops at as many rows as asked', async () => {
    const { out } = await shell(server, `echo 'SELECT 7 AS seven' | candor query - --format csv`)
    expect(out).toBe('seven\r\n7\r\n')
    const rows = await runCandor(server, [
      'query',
      'SELECT arrayJoin(range(10)) AS n',
      '--rows',
      '2',
      '--format',
      'json'
    ])
    expect(JSON.parse(rows.out)).toMatchObject({
      rows: [{ n: 0 }, { n: 1 }],
      notes: [expect.stringContaining('first 2 rows')]
    })
  })

  it('ends quietly when whoever reads it has seen enough', async () => {
    const sql = 'SELECT arrayJoin(range(90000)) AS n'
    const { out, error } = await shell(
      server,
      `candor query '${sql}' --rows 90000 --format csv | head -1`
    )
    expect([out, error]).toEqual(['n\r\n', ''])
  })

  it('shows records as they are kept, with what was not kept and why', async () => {
    const watching = runCandor(server, ['tail', '--limit', '1'])
    const watchingJson = runCandor(server, [
      'tail',
      '--limit',
      '1',
      '--format',
      'json',
      '--product',
      'dlt'
    ])
    let isSeen = false
    const seen = Promise.all([watching, watchingJson]).finally(() => (isSeen = true))
    while (!isSeen) {
      await send(server)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const [text, json] = await seen
    expect(text.out).toMatch(
      /^[\d:.]{12} kept    dlt pipeline_load [0-9a-f]{8} elapsed=\d+ success=true/
    )
    expect(text.out).toContain('not kept: (a name that no contract has), FIELD_NOT_IN_CONTRACT\n')
    expect(JSON.parse(json.out)).toMatchObject({
      is: 'kept',
      name: 'pipeline_load',
      dropped: [{ code: 'FIELD_NOT_IN_CONTRACT' }]
    })
    expect(text.out + json.out).not.toMatch(/hostname|db1\.internal|seen-by-its-user/)
  })

  it('ends the live view at Ctrl-C as if it had come to its end', async () => {
    const { code, error } = await shell(
      server,
      `"${process.execPath}" "${candor}" tail & pid=$!; sleep 2; kill -INT $pid; wait $pid`
    )
    expect([code, error]).toEqual([0, ''])
  })

  it('tells what is well and what is not', async () => {
    const { code, out } = await runCandor(server, ['doctor'])
    expect(code).toBe(0)
    expect(out).toMatch(/^✓ write path: what is sent is kept$/m)
    expect(out).toMatch(/^! feed: .*candor keys create$/m)
    const { checks } = JSON.parse((await runCandor(server, ['doctor', '--json'])).out) as {
      checks: { name: string }[]
    }
    expect(checks.map(({ name }) => name)).toContain('product timescaledb')
  })

  it('shows, exports and deletes what is kept about one installation, and audits each look without its id', async () => {
    const look = async (
      action: string,
      ...words: string[]
    ): Promise<Readonly<Record<string, unknown>>> => {
      const { code, out, error } = await runCandor(server, [
        'installation',
        action,
        'seen-by-its-user',
        '--product',
        'dlt',
        ...words
      ])
      return code === 0 ? (JSON.parse(out) as Readonly<Record<string, unknown>>) : { error }
    }
    const shown = await look('show', '--reason', 'support')
    expect(shown).toMatchObject({ found: true, latest: { name: 'pipeline_load', success: true } })
    const exported = await look('export')
    expect((exported['rows'] as unknown[]).length).toBe(Number(shown['records']))
    expect((await look('delete'))['error']).toContain('Say --yes')
    expect(await look('delete', '--yes')).toMatchObject({
      deletion: 'requested',
      within: '72 hours'
    })
    const audit = readFileSync(join(server.data, 'audit.ndjson'), 'utf8')
    // SQL that takes columns by their `*`, such as that of other tests here, stands there too.
    const looks = audit
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { act: string; reason: string })
      .filter(({ act }) => act.startsWith('installation-'))
    expect(looks).toMatchObject([
      { act: 'installation-show', reason: 'support' },
      { act: 'installation-export', reason: 'access' },
      { act: 'installation-delete', reason: 'deletion' }
    ])
    expect(audit + server.printed()).not.toContain('seen-by-its-user')
  })

  it('finds the server by folder, by configuration or by address, and says what is missing', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'candor-elsewhere-'))
    const there = { data: join(elsewhere, 'data'), folder: elsewhere }
    const outcome = async (
      words: readonly string[],
      environment: Readonly<Record<string, string>> = {}
    ): Promise<string> => {
      const { code, error } = await runCandor(there, ['doctor', ...words], environment)
      return code === 0 ? 'found' : (error.split('\n')[0] ?? '')
    }
    try {
      const { adminUrl: url, token, data } = server
      expect(await outcome([])).toBe('candor: SERVER_UNREACHABLE')
      expect(await outcome(['--data', data])).toBe('found')
      expect(await outcome([], { CANDOR_DATA: data })).toBe('found')
      writeFileSync(join(elsewhere, 'named.yaml'), `data: ${JSON.stringify(data)}\n`)
      expect(await outcome(['--config', 'named.yaml'], { CANDOR_COLUMNS: '100' })).toBe('found')
      // A flag goes before a variable.
      expect(await outcome(['--data', data], { CANDOR_DATA: there.data })).toBe('found')
      expect(await outcome([], { CANDOR_URL: url, CANDOR_TOKEN: token })).toBe('found')
      expect(await outcome([], { CANDOR_URL: `${url}/`, CANDOR_TOKEN: 'a-token-of-another' })).toBe(
        'candor: TOKEN_WRONG'
      )
      expect(await outcome([], { CANDOR_URL: url })).toBe('candor: SERVER_UNREACHABLE')
      expect(await outcome([], { CANDOR_URL: 'http://127.0.0.1:1', CANDOR_TOKEN: token })).toBe(
        'candor: SERVER_UNREACHABLE'
      )
      expect(await outcome([], { CANDOR_URL: 'localhost', CANDOR_TOKEN: token })).toBe(
        'candor: CONFIG_INVALID'
      )
    } finally {
      rmSync(elsewhere, { recursive: true, force: true })
    }
  })

  it('will not serve where another server is, and says which', async () => {
    const port = await runCandor(server, [
      'serve',
      '--port',
      String(server.port),
      '--data',
      'other'
    ])
    expect([port.code, port.error.split('\n')[0]]).toEqual([1, 'candor: LISTEN_FAILED'])
    const data = await runCandor(server, ['serve', '--port', '0'])
    expect([data.code, data.error.split('\n')[0]]).toEqual([1, 'candor: INBOX_LOCKED'])
    expect(data.error).toContain('--data')
    const open = await runCandor(server, ['serve', '--host', '0.0.0.0', '--data', 'other'])
    expect([open.code, open.error.split('\n')[0]]).toEqual([1, 'candor: LISTEN_UNSAFE'])
  })

  it('makes keys that only their owner can read, and the server signs with them without a restart', async () => {
    const { code, out } = await runCandor(server, ['keys', 'create'])
    expect(code).toBe(0)
    const feed = await eventually(
      () => fetch(`${server.url}/v1/feed/timescaledb.json`),
      ({ status }) => status === 200
    )
    expect(JSON.parse(await feed.text())).toMatchObject({
      signatures: [{ key: /current +([0-9a-f]+)/.exec(out)?.[1] }]
    })
    expect(out).toMatch(/current +[0-9a-f]{16} +\S{44}\n +next +[0-9a-f]{16} +\S{44}\n$/)
    expect(statSync(join(server.folder, 'data.keys')).mode & 0o077).toBe(0)
    expect((await runCandor(server, ['keys', 'create'])).error).toContain('candor keys rotate')
    const { out: rotated } = await runCandor(server, ['keys', 'rotate'])
    expect(/current +(\S+)/.exec(rotated)?.[1]).toBe(/next +(\S+)/.exec(out)?.[1])
    expect((await runCandor(server, ['keys', 'rotate', '--ids'])).out).toContain('epoch 2')
  })

  it('adds a release that the answer to the next report knows', async () => {
    const add = [
      'release',
      'add',
      '99.0.0',
      '--product',
      'timescaledb',
      '--supports',
      'postgresql=17'
    ]
    expect(await runCandor(server, add)).toMatchObject({ code: 0 })
    const soon = add.map((word) => (word === '99.0.0' ? 'soon' : word))
    expect((await runCandor(server, soon)).error).toContain('Nothing was changed')
    const report = {
      db_uuid: crypto.randomUUID(),
      timescaledb_version: '2.22.1',
      postgresql_version: '17.6'
    }
    const answer = await eventually(
      async () =>
        (
          await fetch(`${server.url}/v1/metrics`, { method: 'POST', body: JSON.stringify(report) })
        ).json(),
      (told) => (told as Record<string, unknown>)['current_timescaledb_version'] === '99.0.0'
    )
    expect(answer).toMatchObject({ current_timescaledb_version: '99.0.0', is_up_to_date: false })
  })

  it('scaffolds a product that can be published and served', async () => {
    expect((await runCandor(server, ['init', 'acme-db'])).out).toContain('products: [acme-db]')
    expect((await runCandor(server, ['init', 'acme-db'])).error).toContain(
      'exists already; nothing was changed'
    )
    const { out } = await runCandor(server, ['contract', 'publish', 'acme-db'])
    const file = /wrote (\S+)/.exec(out)?.[1] ?? ''
    expect(existsSync(join(server.folder, file))).toBe(true)
    expect((await runCandor(server, ['contract', 'publish', 'acme-db'])).out).toContain(
      'published already'
    )
    expect((await runCandor(server, ['contract', 'publish', 'nowhere'])).error).toContain(
      'candor init NAME'
    )

    const { folder } = server
    await server.kill('SIGTERM')
    server = await startServer({ folder, configuration: 'products: [acme-db]\n' })
    const properties = { command: 'build', success: true, elapsed: 2.2 }
    const event = JSON.stringify({ anonymousId: 'a', event: 'command_run', properties })
    expect((await fetch(`${server.url}/in/acme-db`, { method: 'POST', body: event })).status).toBe(
      200
    )
    const { rows } = await eventually(
      () => query(server, 'SELECT command, success, elapsed FROM acme_db'),
      ({ rows: found }) => found.length > 0
    )
    // The scaffold keeps one digit of a duration.
    expect(rows).toEqual([{ ...properties, elapsed: 2 }])
  })
})
