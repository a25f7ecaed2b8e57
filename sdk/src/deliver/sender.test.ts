import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { detectEnvironment } from '../environment/environment.ts'
import { certificate } from '../network/certificate.test-support.ts'
import { openDistantCollector, type DistantCollector } from '../../../bench/sdk-networks.ts'
import { ended, openBench, type Bench } from '../record/program.test-support.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import { openParts, playCollector, spool } from './delivery.test-support.ts'
import { loadDeliveryState } from './delivery-state.ts'
import { sendForProgram } from './send-for-program.ts'
import { briefFile, mayLeaveToSender, startSender } from './start-sender.ts'

describe('a program that is over before any answer can come', () => {
  let bench: Bench
  let near: DistantCollector
  let far: DistantCollector
  let homes = 0
  /** What each process that was started saw, in the order in which they began. */
  const started = (): readonly Started[] => {
    try {
      return readFileSync(join(bench.folder, 'started'), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Started)
    } catch {
      return []
    }
  }
  interface Started {
    readonly variables: Readonly<Record<string, string>>
    readonly folder: string
    readonly handles: readonly string[]
    readonly session: number
    readonly words: readonly string[]
  }
  beforeAll(async () => {
    bench = await openBench()
    near = await openDistantCollector({ roundTripMs: 0 })
    far = await openDistantCollector({ certificate: certificate(), roundTripMs: 300 })
    writeFileSync(join(bench.folder, 'ca.pem'), certificate().cert)
    // The real one, which first writes down what it was started with.
    const script = join(bench.folder, 'sdk/telemetry-sender.mjs')
    writeFileSync(join(bench.folder, 'sdk/real-sender.mjs'), readFileSync(script))
    writeFileSync(
      script,
      `import { appendFileSync, readlinkSync, readFileSync } from 'node:fs'
const handles = [0, 1, 2].map((at) => readlinkSync('/proc/self/fd/' + at))
const session = Number(readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[3])
appendFileSync(${JSON.stringify(join(bench.folder, 'started'))}, JSON.stringify({ variables: process.env, folder: process.cwd(), handles, session: session === process.pid ? 1 : 0, words: process.argv.slice(2) }) + '\\n')
await import('./real-sender.mjs')
`
    )
  })
  beforeEach(() => {
    for (const collector of [near, far]) collector.bodies.length = 0
    rmSync(join(bench.folder, 'started'), { force: true })
  })
  afterAll(() => {
    near.close()
    far.close()
    bench.remove()
  })

  /** Where its user has said yes. */
  function home(): { readonly home: string; readonly state: string } {
    homes += 1
    const path = join(bench.folder, `home-${homes}`)
    const state = join(path, '.local/state/demo/telemetry')
    mkdirSync(state, { recursive: true })
    writeFileSync(join(state, 'consent.json'), '{"candor":1,"says":"on"}')
    return { home: path, state }
  }

  const variables = (to: DistantCollector, at: string): Record<string, string> => ({
    HOME: at,
    DEMO_TELEMETRY: '',
    DEMO_TELEMETRY_ENDPOINT: to.url,
    NODE_EXTRA_CA_CERTS: join(bench.folder, 'ca.pem')
  })
  const make = `const telemetry = createTelemetry({ contract, version: '1.0.0' })\n`
  const one = `${make}telemetry.record('load', { n: 1 })\n`
  const busy = (ms: number): string =>
    `const until = performance.now() + ${ms}\nwhile (performance.now() < until);\n`

  it.each([
    ['at once', one],
    ['by process.exit', `${one}process.exit(3)`],
    ['after 20 ms', `${one}await new Promise((done) => setTimeout(done, 20))`],
    ['after half a second without a pause', one + busy(500)],
    ['after it closed its telemetry', `${one}await telemetry.close()`]
  ])('delivers though it ends %s, nearby and over a long line', async (name, text) => {
    const path = bench.program(name.replaceAll(/\W/g, '-'), text)
    for (const to of [near, far]) {
      const place = home()
      const result = await bench.run(path, variables(to, place.home))
      expect(result).toMatchObject({ out: '', err: '', code: name.includes('exit') ? 3 : 0 })
      expect([name, to.url, await to.arrived(1)]).toEqual([name, to.url, 1])
      const said = await written(join(place.state, 'delivery.json'), /"accepted"/)
      expect(JSON.parse(said)).toMatchObject({ failures: 0, isOpen: false })
    }
  })

  it('starts one process a period, however often it runs and however many end at once', async () => {
    const place = home()
    const path = bench.program('storm', one)
    const run = (): Promise<unknown> => bench.run(path, variables(near, place.home))
    await Promise.all(Array.from({ length: 12 }, run))
    expect(await near.arrived(1)).toBe(1)
    await written(join(place.state, 'delivery.json'), /"accepted"/)
    for (let time = 0; time < 3; time += 1) await run()
    expect(started()).toHaveLength(1)
    expect(near.bodies).toHaveLength(1)
  })

  it('starts it with no handle and no variable of its own, but every switch and every way to the network', async () => {
    const place = home()
    const path = bench.program('handles', one)
    const child = spawn(process.execPath, [path], {
      env: {
        PATH: process.env['PATH'],
        ...variables(near, place.home),
        SECRET_TOKEN: 'x',
        NODE_OPTIONS: '--no-warnings',
        https_proxy: 'http://127.0.0.1:9',
        DO_NOT_TRACK: '0',
        XDG_CONFIG_HOME: place.home
      },
      stdio: ['pipe', 'pipe', 'pipe']
    })
    const began = performance.now()
    await ended(child)
    // Its pipes are closed with it: whoever reads them does not wait for the sender.
    expect(performance.now() - began).toBeLessThan(9_000)
    expect(await near.arrived(1)).toBe(1)
    const [saw] = started()
    expect(Object.keys(saw?.variables ?? {}).toSorted()).toEqual([
      'DEMO_TELEMETRY',
      'DEMO_TELEMETRY_ENDPOINT',
      'DO_NOT_TRACK',
      'HOME',
      'NODE_EXTRA_CA_CERTS',
      'PATH',
      'XDG_CONFIG_HOME',
      'https_proxy'
    ])
    expect(saw).toMatchObject({
      folder: '/',
      handles: ['/dev/null', '/dev/null', '/dev/null'],
      session: 1,
      words: [place.state]
    })
  })

  it.each([
    ['under a test', { NODE_ENV: 'test' }, ''],
    ['in CI', { CI: 'true' }, ''],
    ['in a function', { AWS_LAMBDA_FUNCTION_NAME: 'f' }, ''],
    ['where the host wants none', {}, `, delivery: 'in-process'`]
  ])('starts nothing %s', async (_, more, option) => {
    const place = home()
    const text = one.replace(`version: '1.0.0'`, `version: '1.0.0'${option}`)
    await bench.run(bench.program('never', text), { ...variables(near, place.home), ...more })
    expect(started()).toEqual([])
    expect(readFileSync(join(place.state, 'spool.jsonl'), 'utf8')).toContain('"n":1')
  })
})

describe('the process that sends', () => {
  let world: World
  beforeEach(() => {
    world = openWorld()
  })
  afterEach(() => world.remove())

  /** As a program leaves it: what waits, and what is to be done with it. */
  function left(): { readonly parts: ReturnType<typeof openParts>; readonly starts: string[] } {
    const starts: string[] = []
    const effects = {
      ...world.effects,
      system: {
        ...world.effects.system,
        senderScript: () => '/sdk/telemetry-sender.mjs',
        startDetached: (_script: string, argument: string) => starts.push(argument) > 0
      }
    }
    const parts = openParts(world, { effects })
    spool(parts, [1])
    return { parts, starts }
  }
  const start = ({ parts }: ReturnType<typeof left>): void =>
    startSender({
      form: parts.form,
      options: { contract: parts.form, version: '1', endpoint: 'https://collector.example' },
      state: parts.state,
      settings: parts.consent.facts().settings,
      environment: () => detectEnvironment(parts.effects),
      effects: parts.effects
    })

  it.each([
    ['its user', () => void openParts(world).consent.refuse()],
    ['the machine', () => world.policy('a.json', '{"telemetry":"off"}')],
    ['a variable', () => void (world.variables['DO_NOT_TRACK'] = '1')]
  ])('contacts nobody if %s has said no meanwhile', async (_, refuse) => {
    const program = left()
    start(program)
    refuse()
    const collector = playCollector()
    const path = program.starts[0] ?? ''
    await sendForProgram({ path, effects: world.effects, transport: collector })
    expect(collector.requests).toEqual([])
    expect(program.parts.state.read(briefFile)).toBeUndefined()
  })

  it('obeys what the host’s configuration had said, which it can not read itself', async () => {
    const program = left()
    program.parts.consent.configure({ endpoint: 'https://own.example', scope: 'user' })
    startSender({
      form: program.parts.form,
      options: { contract: program.parts.form, version: '1' },
      state: program.parts.state,
      settings: program.parts.consent.facts().settings,
      environment: () => detectEnvironment(program.parts.effects),
      effects: program.parts.effects
    })
    const collector = playCollector()
    await sendForProgram({
      path: program.starts[0] ?? '',
      effects: world.effects,
      transport: collector
    })
    expect(collector.requests.map(({ url }) => url)).toEqual(['https://own.example/v1/reports'])
    expect(program.parts.state.read(briefFile)).toBeUndefined()
  })

  it('that never says anything is followed by another only after a minute, and then ever more rarely', () => {
    const program = left()
    let minutes = 0
    for (; minutes < 3 * 24 * 60; minutes += 1) {
      start(program)
      world.clock += 60_000
    }
    expect(program.starts.length).toBeGreaterThan(4)
    expect(program.starts.length).toBeLessThan(12)
    // A clock that was fast when it was started silences nobody.
    program.parts.state.write(
      briefFile,
      JSON.stringify({ candor: 1, at: world.clock + 86_400_000, silent: 0 })
    )
    const before = program.starts.length
    start(program)
    expect(program.starts).toHaveLength(before + 1)
  })

  it('that finds nothing to send, or nowhere to send it, is one a period all the same', async () => {
    const program = left()
    const collector = playCollector()
    program.parts.state.remove('spool.jsonl')
    for (let run = 0; run < 10; run += 1) {
      spool(program.parts, [run], { run: { records: [] } })
      start(program)
      const path = program.starts.at(-1) ?? ''
      await sendForProgram({ path, effects: world.effects, transport: collector })
      world.clock += 60_000
    }
    expect(program.starts).toHaveLength(1)
    expect(collector.requests).toEqual([])
    expect(loadDeliveryState(program.parts).next).toBeGreaterThan(world.clock)
  })

  it('is left to only where it can outlive its program and nobody minds', () => {
    const effects = left().parts.effects
    const around = detectEnvironment(effects)
    const may = (change: Partial<typeof around>, more: object = {}): boolean =>
      mayLeaveToSender({
        isInProcess: false,
        environment: { ...around, container: false, ...change },
        findsState: false,
        effects,
        ...more
      })
    expect(may({})).toBe(true)
    expect(may({}, { isInProcess: true })).toBe(false)
    expect(may({ automation: 'ci' })).toBe(false)
    expect(may({ automation: 'test' })).toBe(false)
    expect(may({ orchestrators: ['aws_lambda'] })).toBe(false)
    expect(may({ container: true })).toBe(false)
    expect(may({ container: true }, { findsState: true })).toBe(true)
    const first = { ...effects, system: { ...effects.system, processId: 1 } }
    expect(may({ container: true }, { findsState: true, effects: first })).toBe(false)
    const packed = { ...effects, system: { ...effects.system, senderScript: () => undefined } }
    expect(may({}, { effects: packed })).toBe(false)
  })
})

/** The file's text once it holds this. */
async function written(path: string, what: RegExp): Promise<string> {
  for (let tries = 0; tries < 500; tries += 1) {
    try {
      const text = readFileSync(path, 'utf8')
      if (what.test(text)) return text
    } catch {
      // It is not there yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return '{}'
}
