/**
 * The lines with which the guides re-point the four real clients, taken from those pages and run in
 * a world of their own: its own network, its own /etc.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  candor,
  eventually,
  removeServer,
  root,
  startServer,
  type RunningServer,
  type ServerOptions
} from './world/candor-server.ts'
import { patientSleep } from './world/readme-blocks.ts'

const { parse: parseYaml } = createRequire(join(root, 'server', 'package.json'))('yaml') as {
  parse(text: string): unknown
}
const { parse: parseToml } = createRequire(join(root, 'examples', 'package.json'))('smol-toml') as {
  parse(text: string): unknown
}

interface Guide {
  /**
   * Texts of its fenced blocks by language, without the indentation of a list that they stand in.
   */
  blocks(language: string): readonly string[]
  /** The lines of its shell blocks that begin so. */
  lines(start: string): readonly string[]
  readonly page: string
}

function guide(product: string): Guide {
  const page = readFileSync(join(root, 'docs', 'guide', `${product}.md`), 'utf8')
  const all = [...page.matchAll(/^( *)```(\w+)\n([\s\S]*?)^\1```$/gm)].map(
    ([, indent = '', language, text = '']) => ({
      language,
      text: text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    })
  )
  const blocks = (language: string): readonly string[] =>
    all.filter((block) => block.language === language).map(({ text }) => text)
  const lines = (start: string): readonly string[] =>
    blocks('sh')
      .flatMap((text) => text.trimEnd().split('\n'))
      .filter((line) => line.startsWith(start))
  return { blocks, lines, page }
}

/** A recorded request: its head without what belongs to its connection, and its body. */
function recorded(
  product: string,
  name: string
): { readonly path: string; readonly flags: string; readonly file: string } {
  const file = join(root, 'server', 'src', 'products', product, 'fixtures', `${name}.http`)
  const [head = ''] = readFileSync(file, 'utf8').split('\r\n\r\n')
  const [request = '', ...headers] = head.split('\r\n')
  const own = headers.filter(
    (header) => !/^(host|content-length|connection|authorization):/i.test(header)
  )
  return {
    path: request.split(' ')[1] ?? '',
    flags: own.map((header) => `-H '${header}'`).join(' '),
    file
  }
}

/** Sends it with curl, whose last line is then the status. */
function send({ flags, file }: ReturnType<typeof recorded>, url: string, more = ''): string {
  return (
    `sed '1,/^\\r$/d' '${file}' | curl -sS -i -w '\\n%{http_code}\\n' ${flags} ${more} ` +
    `--data-binary @- "${url}"\n`
  )
}

// The world's own /etc is a copy, so that the guides' lines can be run word for word; the marker
// keeps them from any other.
const marker = '/etc/candor-repoint'
const setUp = `
set -e
ip link set lo up
ip address add 192.0.2.10/32 dev lo
cp -a /etc "$1"
touch "$1/candor-repoint"
mount --bind "$1" /etc
echo '192.0.2.10 collector.example' >> /etc/hosts
shift
exec "$@"
`

describe('the guides for real clients', () => {
  let server: RunningServer | undefined
  afterEach(async () => {
    if (server !== undefined) await removeServer(server)
    server = undefined
  })

  /**
   * The collector as its guide configures it, reachable at 192.0.2.10, after these commands in its
   * folder.
   */
  async function collector({
    before = '',
    ...options
  }: ServerOptions & { readonly before?: string }): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'candor-repoint-'))
    const made = spawnSync('bash', ['-e', '-c', before], { cwd: folder, encoding: 'utf8' })
    expect(made.status, made.stderr).toBe(0)
    mkdirSync(join(folder, 'bin'))
    // Stands for npx in a clone.
    const npx = `#!/bin/sh\nshift\nexec "${process.execPath}" "${candor}" "$@"\n`
    writeFileSync(join(folder, 'bin', 'npx'), npx, { mode: 0o755 })
    const under = ['unshare', '--net', '--mount', 'sh', '-c', setUp, 'sh', join(folder, 'etc')]
    server = await startServer({ folder, under, ...options })
  }

  /** In the collector's world and folder; `npx candor` is the built one. */
  async function run(commands: string, { fails = false } = {}): Promise<string> {
    if (server === undefined) throw new TypeError('no collector runs')
    const script =
      `[ -e ${marker} ] && cd '${server.folder}' || exit ` +
      `9\n${patientSleep(server.adminPort)}set -e\n${commands}`
    const child = spawn(
      'nsenter',
      ['--net', '--mount', '--target', String(server.process.pid), 'bash', '-c', script],
      {
        env: {
          PATH: `${join(server.folder, 'bin')}:${process.env['PATH'] ?? ''}`,
          HOME: server.folder
        },
        stdio: ['ignore', 'pipe', 'pipe']
      }
    )
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    const code = await new Promise<number>((resolve) =>
      child.once('close', (status) => resolve(status ?? -1))
    )
    if ((code !== 0) !== fails) throw new Error(`it ended with ${code}:\n${commands}\n${printed}`)
    return printed
  }

  /**
   * Sends while the guide's own line watches, and returns what it showed, and what was answered.
   */
  async function watched(
    line: string,
    sending: string
  ): Promise<{ readonly shown: string; readonly answered: string }> {
    const [command = ''] = line.split(' #')
    const printed = await run(
      `timeout 60 ${command} --limit 1 > watched.txt &\nsleep 3\n${sending}wait\necho ` +
        '---\ncat watched.txt\n'
    )
    const [answered = '', shown = ''] = printed.split('---\n')
    return { shown, answered }
  }

  /** What was sent can be asked about a moment later: names of columns, and then rows. */
  async function expectAnswers(lines: readonly string[]): Promise<void> {
    const firstRows = /^\w+(\t\w+)+\n[^\t\n]+\t/
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      const answer = await eventually(
        () => run(line),
        (text) => firstRows.test(text)
      )
      expect(answer).toMatch(firstRows)
    }
  }

  it.each(['dblab', 'readyset', 'timescaledb', 'dlt'])(
    '%s says which of its lines this test runs',
    (product) => {
      const { page, lines } = guide(product)
      expect(page).toContain('../../test/journey/repoint.test.ts')
      // Those that ask a real database are the only ones that nothing here runs.
      const known =
        /^(openssl|printf|echo|export|npm start|npx candor (tail|ask|release add)|RUNTIME__\w+=\S+ dlt|psql) /
      expect(lines('').filter((line) => !known.test(line))).toEqual([])
      expect(lines('psql ').length > 0).toBe(page.includes('two `psql` lines'))
    }
  )

  it('dblab: both generations of server.yml lead here', { timeout: 120_000 }, async () => {
    const { blocks, lines } = guide('dblab')
    const [start = ''] = lines('npm start -- ')
    const [, ...flags] = start
      .replace(/ #.*/, '')
      .trim()
      .split(/ -- | /)
      .slice(1)
    await collector({ port: 4700, flags })
    const [later, earlier] = blocks('yaml').map((text) => parseYaml(text))
    const { platform } = later as {
      readonly platform: { readonly url: string; readonly enableTelemetry: boolean }
    }
    const { global } = earlier as {
      readonly global: { readonly telemetry: { readonly url: string; readonly enabled: boolean } }
    }
    expect([platform.enableTelemetry, global.telemetry.enabled]).toEqual([true, true])
    const [tail = ''] = lines('npx candor tail')
    for (const [name, url] of [
      ['capture-4.2-engine-started', platform.url],
      ['capture-3.3-engine-started', global.telemetry.url]
    ] as const) {
      // The engine appends the path, as the guide says.
      const { shown, answered } = await watched(
        tail,
        send(recorded('dblab', name), `${url}/rpc/telemetry_event`)
      )
      expect(answered).toMatch(/\n\{"result":"ok"\}\n200\n$/)
      expect(shown).toMatch(/ kept {4}dblab engine_started /)
    }
    await expectAnswers(lines('npx candor ask'))
  })

  it('dlt: the variable, both files and a bare host lead here', { timeout: 120_000 }, async () => {
    const { blocks, lines, page } = guide('dlt')
    const [, bareHost = ''] = /`(paths: [^`]+)`/.exec(page) ?? []
    await collector({ port: 4700, configuration: `${bareHost}\n` })
    const request = recorded('dlt', 'capture-1.26.0-pipeline-load')
    const [tail = ''] = lines('npx candor tail')
    // Stands for the program: it posts to whatever URL the variable has.
    const dlt = `dlt() { ${send(request, '$RUNTIME__DLTHUB_TELEMETRY_ENDPOINT').trim()}; }\n`
    const [variable = ''] = lines('RUNTIME__')
    const byVariable = await watched(tail, `${dlt}${variable}\n`)
    expect(byVariable.answered).toMatch(/\n204\n$/)
    expect(byVariable.shown).toMatch(/ kept {4}dlt pipeline_load /)

    const [own, segment] = blocks('toml').map((text) => parseToml(text)) as readonly {
      readonly runtime: {
        readonly dlthub_telemetry_endpoint: string
        readonly dlthub_telemetry_segment_write_key?: string
      }
    }[]
    // An equal body within five minutes is the same event, so this one tells by its answer only.
    expect(await run(send(request, own?.runtime.dlthub_telemetry_endpoint ?? ''))).toMatch(
      /\n204\n$/
    )
    const key = segment?.runtime.dlthub_telemetry_segment_write_key ?? ''
    const another = recorded('dlt', 'capture-1.26.0-pipeline-extract')
    const asSegment = await watched(
      tail,
      send(another, segment?.runtime.dlthub_telemetry_endpoint ?? '', `-u '${key}:'`)
    )
    expect(asSegment.answered).toMatch(/\n\{"success":true\}\n200\n$/)
    expect(asSegment.answered).not.toMatch(/candor-dropped/i)
    expect(asSegment.shown).toMatch(/ kept {4}dlt pipeline_extract /)
    const atRoot = await run(
      send(recorded('dlt', 'capture-1.26.0-command-init'), 'http://127.0.0.1:4700/')
    )
    expect(atRoot).toMatch(/\n204\n$/)
    expect(atRoot).not.toMatch(/candor-dropped/i)
    await expectAnswers(lines('npx candor ask'))
  })

  it(
    'timescaledb: a report to the compiled-in address arrives, and is answered',
    { timeout: 120_000 },
    async () => {
      const { blocks, lines } = guide('timescaledb')
      const [certificate = ''] = blocks('sh')
      await collector({ port: 443, before: certificate, configuration: blocks('yaml')[0] ?? '' })
      const [override = ''] = lines('echo ')
      const [tail = ''] = lines('npx candor tail')
      const { file } = recorded('timescaledb', 'capture-2.22.1')
      // As the database does, openssl connects to the name and verifies nothing.
      const report =
        `openssl s_client -quiet -connect telemetry.timescale.com:443 < '${file}' 2> ` +
        '/dev/null\n'
      const { shown, answered } = await watched(tail, `${override}\n${report}`)
      expect(answered).toMatch(/^HTTP\/1\.[01] 200 [\s\S]*"is_up_to_date":false\}/)
      expect(shown).toMatch(/ kept {4}timescaledb /)
      for (const line of lines('npx candor release')) expect(await run(line)).toContain('2.30.0')
      await expectAnswers(lines('npx candor ask'))
      const asked = blocks('sql').filter((text) => text.includes('FROM timescaledb'))
      expect(asked).toHaveLength(2)
      for (const text of asked)
        expect(await run(`npx candor query "${text}"`)).toMatch(/^installation\treceived_at\t/)
    }
  )

  it(
    'readyset: a call to the compiled-in address arrives where its authority is trusted',
    { timeout: 120_000 },
    async () => {
      const { blocks, lines } = guide('readyset')
      const [certificates = '', client = ''] = blocks('sh')
      await collector({ port: 443, before: certificates, configuration: blocks('yaml')[0] ?? '' })
      const request = recorded('readyset', 'golden-adapter-start')
      const call = (key: string): string =>
        send(request, 'https://api.segment.io/v1/track', `-u "${key}:"`)
      const [override = ''] = lines('echo ')
      expect(await run(`${override}\n${call('readyset')}`, { fails: true })).toMatch(/certificate/)

      const place = 'mkdir -p /etc/ssl/collector\ncp ca.pem /etc/ssl/collector/\n'
      const [tail = ''] = lines('npx candor tail')
      for (const key of ['$RS_SEGMENT_WRITE_KEY', 'THE-KEY-OF-YOUR-BINARY']) {
        const { shown, answered } = await watched(tail, `${place}${client}${call(key)}`)
        expect(answered).toMatch(/\n\{"success":true\}\n200\n$/)
        expect(answered).not.toMatch(/candor-dropped/i)
        expect(shown).toMatch(/ kept {4}readyset adapter_start /)
      }
      // What the guide says of other programs on that machine.
      expect(await run(`${client}${call('of-another-program')}`)).toMatch(
        /candor-dropped: unknown-key[\s\S]*\n200\n$/i
      )
      const [versions = '', shapes = ''] = lines('npx candor ask')
      await expectAnswers([versions])
      // Of full days, so that nothing that came today is in it yet.
      expect(await run(shapes)).toMatch(/^shape\tstatus\tinstallations\t/)
    }
  )
})
