/** Does the conformance kit pass a program that is honest, and catch each way of not being it? */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const folder = join(root, 'test/conformance')

interface Line {
  readonly id: string
  readonly is: 'holds' | 'fails' | 'not offered'
  readonly evidence: readonly string[]
}

interface Ran {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

function kit(parameters: readonly string[], path = process.env['PATH']): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(folder, 'dist/run.js'), ...parameters], {
      cwd: root,
      env: { PATH: path },
      stdio: ['ignore', 'pipe', 'pipe']
    })
    let out = ''
    let error = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, out, error }))
  })
}

async function linesOf(
  parameters: readonly string[]
): Promise<{ readonly code: number | null; readonly lines: readonly Line[] }> {
  const { code, out, error } = await kit(['--format', 'json', '--pairs', '3', ...parameters])
  expect(error).toBe('')
  return { code, lines: (JSON.parse(out) as { lines: readonly Line[] }).lines }
}

const temporary = mkdtempSync(join(tmpdir(), 'candor-conformance-'))
beforeAll(() => {
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', folder])
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

function profileWith(habit: string): string {
  const text = readFileSync(join(folder, 'fixtures/conformance.json'), 'utf8').replaceAll(
    '{here}',
    join(folder, 'fixtures')
  )
  const file = join(temporary, `${habit}.json`)
  const env = { FAIR_HABIT: habit, FAIR_TELEMETRY_ENDPOINT: '{endpoint}' }
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(text) as object), env }))
  return file
}

it('passes a program that is honest, in every line that it offers', async () => {
  // The tolerance is not what is tried here: on a machine that does other work too, a run may take
  // its time.
  const { code, lines } = await linesOf(['--tolerance-ms', '2000', join(folder, 'fixtures')])
  // It sends while it works, so that nothing of it goes on when a short run is over.
  expect(lines.filter(({ is }) => is !== 'holds')).toMatchObject([
    { id: 'short/far', is: 'not offered' }
  ])
  expect(lines.length).toBeGreaterThanOrEqual(17)
  expect(code).toBe(0)
})

describe('catches a program that', () => {
  const habits: readonly (readonly [habit: string, check: string, evidence: RegExp])[] = [
    ['ignores-off', 'off/FAIR_TELEMETRY=off', /connected to the collector|wrote home/],
    ['ignores-do-not-track', 'off/DO_NOT_TRACK', /connected to the collector|wrote home/],
    ['writes-when-off', 'off/FAIR_TELEMETRY=off', /wrote home\/\.fair-id/],
    ['asks-for-a-name-when-off', 'off/DO_NOT_TRACK', /telemetry\.example\.org/],
    ['tells-of-the-refusal', 'off/FAIR_TELEMETRY=off', /connected to the collector/],
    ['sends-at-once', 'undecided/terminal', /first run wrote home\/\.fair\/spool/],
    ['sends-without-terminal', 'undecided/no-terminal', /run sent 1 report/],
    ['tells-nobody', 'notice/shown', /first run at a terminal does not show it/],
    ['speaks', 'output', /stdout has "telemetry: thank you"/],
    ['waits-at-exit', 'network/hangs', /exit is delayed by/],
    ['waits-at-exit', 'network/drops', /exit is delayed by/],
    ['complains', 'network/503', /stderr has "telemetry: 503"/],
    ['fails-with-the-network', 'network/refuses', /exit code 1 instead of exit code 0/],
    ['adds-when-sending', 'preview', /at byte \d+ the preview has/],
    ['previews-online', 'preview', /the preview connected to 127\.0\.0\.1:9/],
    ['keeps-in-memory', 'crash/kept', /0 of 3 records arrived/],
    ['new-id-each-time', 'crash/once', /kept twice/],
    ['tells-an-agent', 'undecided/agent', /Claude Code marked home\/\.fair/],
    ['swallows-a-no', 'off/unkept', /its exit code is 0/],
    ['leaves-a-child', 'children', /it started \S*node -e 0/],
    ['tells-somebody-else', 'contacts', /metrics\.example\.org:443/]
  ]
  // Each has a network and a home of its own.
  it.concurrent.each(habits)('%s (%s)', async (habit, check, evidence) => {
    const { code, lines } = await linesOf(['--only', check, profileWith(habit)])
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ is: 'fails' })
    expect(lines[0]?.evidence.join('\n')).toMatch(evidence)
    expect(code).toBe(1)
  })
})

describe('any command', () => {
  const program =
    'test "$DO_NOT_TRACK" = 1 || test "$THING_TELEMETRY" = off || curl --silent --data "$*" ' +
    '"$URL/x"; echo done'

  it('is tried by flags, whatever it is written in and whatever it speaks', async () => {
    const flags = [
      '--product',
      'thing',
      '--env',
      'URL={endpoint}',
      '--wire',
      'raw',
      '--only',
      'reports',
      '--only',
      'off',
      '--only',
      'contacts'
    ]
    const { code, lines } = await linesOf([...flags, 'sh', '-c', program, 'sh', '--format', 'text'])
    expect(lines.map(({ id, is }) => `${id} ${is}`)).toEqual([
      'reports holds',
      'off/DO_NOT_TRACK=1 holds',
      'off/THING_TELEMETRY=off holds',
      'contacts holds'
    ])
    expect(code).toBe(0)
  })

  it('that never reports proves nothing by its silence', async () => {
    const { code, lines } = await linesOf(['--only', 'reports', 'echo', 'hello'])
    expect(lines).toMatchObject([{ id: 'reports', is: 'fails' }])
    expect(code).toBe(1)
  })

  it('that runs until it is told to end is told so, traced and on a terminal too', async () => {
    const service = join(temporary, 'service.json')
    const lives =
      'test "$DO_NOT_TRACK" = 1 || curl --silent --data x "$URL/x"; echo ready; trap \'echo ' +
      "bye; exit 0' TERM; while :; do sleep 0.05; done"
    writeFileSync(
      service,
      JSON.stringify({
        command: ['sh', '-c', lives],
        env: { URL: '{endpoint}' },
        stop: { prints: 'ready', afterMs: 50 }
      })
    )
    const { lines } = await linesOf([
      '--only',
      'reports',
      '--only',
      'off',
      '--only',
      'output',
      service
    ])
    expect(
      lines.map(({ id, is, evidence }) => [id, is, evidence.slice(0, is === 'fails' ? 5 : 0)])
    ).toEqual([
      ['reports', 'holds', []],
      ['off/DO_NOT_TRACK=1', 'holds', []],
      [
        'output',
        'fails',
        [
          'stdout has "{}ready" instead of "ready"',
          'on a terminal: stdout has "{}ready\\r" instead of "ready\\r"'
        ]
      ]
    ])
  })
})

it('does not hold against a program what it does without telemetry too, nor the file that keeps a refusal', async () => {
  const program = `echo x > "$HOME/result"; exec 3<>/dev/tcp/127.0.0.1/47001
    test "$1" = no && { mkdir -p "$HOME/.thing"; echo off > "$HOME/.thing/refusal"; }; echo done`
  const profile = (more: object): string => {
    const file = join(temporary, `own-${Object.keys(more).join('-')}.json`)
    writeFileSync(
      file,
      JSON.stringify({
        command: ['bash', '-c', program, 'bash'],
        off: { no: { args: ['no'] } },
        ...more
      })
    )
    return file
  }
  const verdicts = async (more: object): Promise<string[]> =>
    (await linesOf(['--only', 'off', profile(more)])).lines.map(({ id, is }) => `${id} ${is}`)
  expect(await verdicts({})).toEqual(['off/DO_NOT_TRACK=1 fails', 'off/no fails'])
  expect(await verdicts({ baseline: {} })).toEqual(['off/DO_NOT_TRACK=1 holds', 'off/no fails'])
  const off = { no: { args: ['no'], leaves: ['home/.thing/refusal'] } }
  expect(await verdicts({ baseline: {}, off })).toEqual([
    'off/DO_NOT_TRACK=1 holds',
    'off/no holds'
  ])
  expect(await verdicts({ own: { writes: ['home/result'], contacts: ['{feed}'] }, off })).toEqual([
    'off/DO_NOT_TRACK=1 holds',
    'off/no holds'
  ])
})

it('furnishes each home before anything else, or says why it could not', async () => {
  const file = join(temporary, 'setup.json')
  const command = ['sh', '-c', 'curl --silent --data "$(cat page)" "$URL/x"']
  const write = (setup: readonly string[]): void =>
    writeFileSync(file, JSON.stringify({ command, env: { URL: '{endpoint}' }, setup: [setup] }))
  write(['sh', '-c', 'echo hello > {work}/page'])
  expect((await linesOf(['--only', 'reports', file])).code).toBe(0)
  write(['sh', '-c', 'echo no room >&2; exit 3'])
  const { code, error } = await kit(['--only', 'reports', file])
  expect(error).toMatch(/^conformance: SETUP_FAILED: .* exit code 3: no room/)
  expect(code).toBe(2)
})

describe('says what stands in its own way', () => {
  it.each([
    ['USAGE', ['--pears', '3', 'true'], /pears/],
    ['USAGE', [], /FOLDER \| PROFILE\.json \| COMMAND/],
    ['PROFILE_INVALID', [join(folder, 'nowhere.json')], /can't be read/],
    [
      'PROFILE_INVALID',
      ['--off', 'X=off', '--product', '9', 'true'],
      /\/product must match pattern/
    ],
    ['COMMAND_UNKNOWN', ['--only', 'reports', 'no-such-program'], /no-such-program can't be run/]
  ] as const)('%s: %j', async (code, parameters, says) => {
    const ran = await kit(parameters)
    expect(ran.error).toMatch(new RegExp(`^conformance: ${code}: `))
    expect(ran.error).toMatch(says)
    expect(ran.code).toBe(2)
  })

  it('TOOL_MISSING, with the packages that have what is missing', async () => {
    const { code, error } = await kit(['true'], temporary)
    expect(error).toMatch(/^conformance: TOOL_MISSING: .*strace.*apt-get install .*strace/)
    expect(code).toBe(2)
  })
})

it('the page of the reference tells the versions that are installed', () => {
  const page = readFileSync(join(root, 'docs/reference/conformance.md'), 'utf8')
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  for (const name of ['@segment/analytics-node', 'posthog-node'])
    expect(
      page,
      'docs/reference/conformance.md is stale: npm run conformance -- --table'
    ).toContain(`${name} ${devDependencies[name]}`)
})
