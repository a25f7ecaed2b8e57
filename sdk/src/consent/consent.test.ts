import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { reportsUrl, wireOf } from '../bodies/addresses.ts'
import type { ContractForm } from '../form.ts'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { TelemetryOptions } from '../telemetry.ts'
import { askConsent, type AskedConsent } from './asking/ask-consent.ts'
import { openConsent } from './consent.ts'
import { formWith } from './form.test-support.ts'

const HOUR_MS = 3_600_000
type Options = Omit<TelemetryOptions, 'contract' | 'version'>
let world: World

beforeEach(() => {
  world = openWorld()
})
afterEach(() => world.remove())

/** One process's consent. */
function run(
  options: Options = {},
  { form = formWith(), kept = true, automation = 'none' } = {}
): AskedConsent {
  const state = openStateFolder({
    product: form.product,
    folder: options.folder,
    effects: world.effects
  })
  const input = {
    form,
    options,
    state,
    environment: () => ({ kept, automation }),
    effects: world.effects
  }
  return askConsent(openConsent(input), input)
}

const folder = (): string => join(world.home, '.local/state/dlt/telemetry')
const consentFile = (): string => join(folder(), 'consent.json')
const read = (): Record<string, unknown> =>
  JSON.parse(readFileSync(consentFile(), 'utf8')) as Record<string, unknown>
function put(text: string): void {
  mkdirSync(folder(), { recursive: true })
  writeFileSync(consentFile(), text)
}
/** A user's terminal run that shows the notice. */
function noticeRun(form: ContractForm = formWith()): AskedConsent {
  world.terminals.stderr = true
  const consent = run({}, { form })
  consent.maybeShowNotice()
  return consent
}

const wider = (change: Partial<ContractForm> = {}): ContractForm =>
  formWith({
    terms: `sha256:${'3'.repeat(64)}`,
    records: {
      ...formWith().records,
      command_init: {
        ...formWith().records['command_init']!,
        fields: {
          ...formWith().records['command_init']!.fields,
          flags: { says: 'how many flags', type: { is: 'integer', min: 0, max: 9 } }
        }
      }
    },
    ...change
  })

describe('an opt-out product on a terminal', () => {
  it('sends nothing before its notice was seen, nothing on that run, and from the next run on', () => {
    const before = run()
    before.maybeShowNotice()
    expect(before.decision()).toMatchObject({ state: 'undecided', level: undefined })
    expect(before.allows('command_init')).toBeUndefined()
    expect(existsSync(folder())).toBe(false)

    const showing = noticeRun()
    expect(world.written).toContain('dltHub GmbH (Germany)')
    expect(world.written).toContain('DLT_TELEMETRY=off')
    expect(showing.decision().state).toBe('undecided')
    expect(showing.refresh().missing).toContain('next run')

    const next = run()
    expect(next.decision()).toMatchObject({
      state: 'on',
      level: 'pipelines',
      because: { source: 'default' }
    })
    expect([...(next.allows('command_init')?.fields ?? [])]).toEqual(['elapsed', 'success'])
    expect(next.acceptedTerms()).toBe(formWith().terms)
  })

  it('leaves whoever accepts what the notice told agreed, in this run and the next', () => {
    noticeRun()
    const accepting = run()
    accepting.accept()
    expect(accepting.decision().state).toBe('on')
    expect(run().decision().state).toBe('on')
    const once = world.written
    noticeRun()
    expect(world.written).toBe(once)
  })

  it('shows the notice once', () => {
    noticeRun()
    const once = world.written
    run().maybeShowNotice()
    noticeRun()
    expect(world.written).toBe(once)
  })

  it.each([
    ['standard error is no terminal', { terminal: false }],
    ['the host prints for machines', { options: { machineOutput: true } }],
    ['the host shows it itself', { options: { notice: 'host' } }],
    ['an agent runs it', { automation: 'agent' }]
  ] as [string, { terminal?: boolean; options?: Options; automation?: string }][])(
    'shows no notice, and stays undecided, where %s',
    (_, { terminal = true, options = {}, automation = 'none' }) => {
      world.terminals.stderr = terminal
      run(options, { automation }).maybeShowNotice()
      expect(world.written).toBe('')
      expect(run(options, { automation }).decision().state).toBe('undecided')
    }
  )

  it('lets a run that began before somebody else saw the notice end undecided', () => {
    const old = run()
    noticeRun()
    world.clock += 1000
    expect(old.refresh().state).toBe('undecided')
    expect(run().decision().state).toBe('on')
  })

  it('takes the host’s word that it showed the notice, from the next run on', () => {
    const host = run({ notice: 'host' })
    host.noticeShown()
    expect(host.decision().state).toBe('undecided')
    expect(run({ notice: 'host' }).decision().state).toBe('on')
  })

  it('never asks a home that keeps nothing', () => {
    world.terminals.stderr = true
    world.diskRefuses = 'EROFS'
    run().maybeShowNotice()
    expect(world.written).toBe('')
    expect(run().decision().state).toBe('undecided')
  })

  it('believes an enabled: true of the host’s configuration to be the default that it shipped with', () => {
    const consent = run()
    consent.configure({ enabled: true })
    expect(consent.decision().state).toBe('undecided')
  })
})

describe('a service', () => {
  const service = { runs: 'service' } as const

  it('writes the notice to its log and waits its grace, over restarts', () => {
    const lines: string[] = []
    const first = run({ ...service, log: (line) => lines.push(line) })
    first.maybeShowNotice()
    expect(lines.join('\n')).toContain('Nothing of it is sent in the next 24 hours.')
    world.clock += 23 * HOUR_MS
    expect(first.decision().state).toBe('undecided')
    const restarted = run({ ...service, log: (line) => lines.push(line) })
    const count = lines.length
    restarted.maybeShowNotice()
    expect(lines).toHaveLength(count)
    expect(restarted.decision().missing).toContain('2026-11-21T11:00:00.000Z')
    world.clock += HOUR_MS
    expect(restarted.decision().state).toBe('on')
    expect(first.decision().state).toBe('on')
  })

  it.each(['service', 'program'] as const)(
    'shows its notice again where a clock that was fast has dated it (%s)',
    (runs) => {
      world.terminals.stderr = true
      world.clock += 400 * 24 * HOUR_MS
      run({ runs, log: () => {} }).maybeShowNotice()
      world.clock -= 400 * 24 * HOUR_MS
      run({ runs, log: () => {} }).maybeShowNotice()
      world.clock += 25 * HOUR_MS
      expect(run({ runs }).decision().state).toBe('on')
    }
  )

  it.each([
    ['keeps its state, over restarts', true],
    ['can write nothing, while it lives', false]
  ])('in a container that %s waits its grace and then reports', (_, isKept) => {
    const contained = { kept: false, automation: 'none' }
    if (!isKept) world.diskRefuses = 'EROFS'
    const lines: string[] = []
    const started = run({ ...service, log: (line) => lines.push(line) }, contained)
    started.maybeShowNotice()
    started.maybeShowNotice()
    expect(lines.filter((line) => line.includes('the next 24 hours'))).toHaveLength(1)
    expect(started.decision().missing).toContain('nothing is sent before 2026-11-21T11:00:00.000Z')
    world.clock += 23 * HOUR_MS
    const now = isKept ? run({ ...service, log: (line) => lines.push(line) }, contained) : started
    now.maybeShowNotice()
    expect(now.refresh().state).toBe('undecided')
    expect(lines.filter((line) => line.includes('the next 24 hours'))).toHaveLength(1)
    world.clock += HOUR_MS
    expect(now.refresh()).toMatchObject({ state: 'on', because: { source: 'default' } })
    expect(existsSync(folder())).toBe(isKept)
  })

  it('obeys its configuration at reload, off and on, and forgets what waited when it says off', () => {
    const lines: string[] = []
    run({ ...service, log: (line) => lines.push(line) }).maybeShowNotice()
    world.clock += 24 * HOUR_MS
    const consent = run(service)
    expect(consent.decision().state).toBe('on')
    for (const name of ['spool.jsonl', 'identity.json', 'receipts.json'])
      writeFileSync(join(folder(), name), 'x')
    consent.configure({ enabled: false, endpoint: 'http://[' })
    expect(consent.decision()).toMatchObject({ state: 'off', because: { source: 'configuration' } })
    // Nobody was shown the keys that erase what was sent.
    expect(readdirSync(folder())).toEqual(['notice.json', 'receipts.json'])
    consent.configure({ enabled: true })
    expect(consent.decision().state).toBe('on')
  })

  it('hears what another process says meanwhile', () => {
    run(service).on()
    const consent = run(service)
    expect(consent.decision().state).toBe('on')
    const other = run()
    other.refuse()
    other.purge()
    expect(consent.decision().state).toBe('on')
    expect(consent.refresh().state).toBe('off')
  })

  it('hears a machine’s policy that comes while it runs', () => {
    run(service).on()
    const consent = run(service)
    world.policy('10-company.json', '{"telemetry":"off"}')
    expect(consent.refresh().state).toBe('on')
    world.clock += 60_000
    expect(consent.refresh()).toMatchObject({ state: 'off', because: { source: 'machine-policy' } })
  })
})

describe('a run without a terminal and without kept state', () => {
  const ephemeral = { kept: false, automation: 'ci' }

  it('stays undecided, and says which yes is missing', () => {
    const lines: string[] = []
    const consent = run({ log: (line) => lines.push(line) }, ephemeral)
    consent.maybeShowNotice()
    consent.maybeShowNotice()
    expect(lines.filter((line) => line.includes('DO_NOT_TRACK'))).toHaveLength(1)
    world.clock += 1000 * HOUR_MS
    expect(consent.refresh().state).toBe('undecided')
    expect(consent.decision().missing).toContain('DLT_TELEMETRY=on')
    expect(existsSync(folder())).toBe(false)
  })

  it('counts a notice that it finds in its state, and no flag where it finds none', () => {
    expect(run({ flag: true }, ephemeral).decision().state).toBe('undecided')
    expect(run({ flag: 'on' }, ephemeral).decision().state).toBe('undecided')
    noticeRun()
    expect(run({}, ephemeral).decision()).toMatchObject({ state: 'on', level: 'pipelines' })
  })

  it.each([
    ['the variable', (): void => void (world.variables['DLT_TELEMETRY'] = 'ON'), {}],
    [
      'the machine’s policy',
      (): void => world.policy('a.json', '{"products":{"dlt":{"telemetry":"on"}}}'),
      {}
    ],
    [
      'the project’s file',
      (): void => writeFileSync(join(world.home, 'p.json'), '{"telemetry":"on"}'),
      { project: true }
    ],
    ['a host that has shown the notice', (): void => undefined, { vouched: true }]
  ] as [string, () => void, { project?: boolean; vouched?: boolean }][])(
    'reports once %s says yes',
    (_, prepare, { project, vouched }) => {
      prepare()
      const consent = run(project ? { projectFile: join(world.home, 'p.json') } : {}, ephemeral)
      if (vouched) consent.configure({ noticeShown: true })
      expect(consent.decision().state).toBe('on')
      expect(consent.acceptedTerms()).toBe(formWith().terms)
    }
  )

  it('does not take a project’s yes for an opt-in product, nor where somebody could be asked', () => {
    const projectFile = join(world.home, 'p.json')
    writeFileSync(projectFile, '{"telemetry":"on"}')
    const optIn = formWith({ consent: { ...formWith().consent, default: 'opt-in' } })
    expect(run({ projectFile }, { ...ephemeral, form: optIn }).decision().state).toBe('undecided')
    expect(run({ projectFile }).decision().state).toBe('undecided')
  })
})

describe.each(['opt-in', 'ask'] as const)('an %s product', (kind) => {
  const form = formWith({ consent: { ...formWith().consent, default: kind } })

  it('is on only after somebody said so, up to the level that they said', () => {
    world.terminals.stderr = true
    run({}, { form }).maybeShowNotice()
    const told = world.written
    expect(told).toContain('DLT_TELEMETRY=on')
    run({}, { form }).maybeShowNotice()
    expect(world.written).toBe(told)
    expect(run({}, { form }).decision().state).toBe('undecided')
    run({}, { form }).on({ level: 'basic' })
    const consent = run({}, { form })
    expect(consent.decision()).toMatchObject({ state: 'on', level: 'basic' })
    expect(consent.allows('pipeline_load')).toBeUndefined()
    expect(consent.allows('command_init')?.fields.has('elapsed')).toBe(true)
  })

  it('takes the host’s configuration for a yes', () => {
    const consent = run({}, { form })
    consent.configure({ enabled: true })
    expect(consent.decision().state).toBe('on')
  })
})

describe('off', () => {
  it('leaves the refusal alone on the disk, for its owner only', () => {
    const consent = run()
    consent.on()
    for (const name of ['identity.json', 'spool.jsonl', 'log.jsonl'])
      writeFileSync(join(folder(), name), 'x')
    mkdirSync(join(folder(), 'outbox'))
    writeFileSync(join(folder(), 'outbox', 'a.json'), 'x')
    consent.refuse()
    consent.purge()
    expect(readdirSync(folder())).toEqual(['consent.json'])
    expect(read()).toEqual({ candor: 1, says: 'off', at: '2026-11-20T11:00:00.000Z' })
    expect(statSync(consentFile()).mode & 0o777).toBe(0o600)
    expect(statSync(folder()).mode & 0o777).toBe(0o700)
    expect(run().decision()).toMatchObject({ state: 'off', because: { source: 'user-file' } })
  })

  it('is on the disk before anything is deleted', () => {
    const consent = run()
    consent.on()
    writeFileSync(join(folder(), 'identity.json'), 'x')
    consent.refuse()
    expect(read()['says']).toBe('off')
    expect(existsSync(join(folder(), 'identity.json'))).toBe(true)
  })

  it('holds for this process where the disk refuses, and says so', () => {
    run().on()
    const consent = run()
    world.diskRefuses = 'EROFS'
    consent.refuse()
    consent.purge()
    expect(consent.refresh().state).toBe('off')
    expect(consent.unkept()).toMatchObject({ is: 'word' })
    expect(consent.decision().because.where).toBe('said to this process, and kept nowhere')
  })

  it('holds on a full disk, where nothing new fits', () => {
    run().on()
    const consent = run()
    const { files } = world.effects
    const write = files.writeFileSync
    Object.assign(files, {
      writeFileSync: (path: string, text: string, how: object) => {
        if (!path.endsWith('consent.json'))
          throw Object.assign(new Error('full'), { code: 'ENOSPC' })
        return write(path, text, how)
      }
    })
    consent.refuse()
    Object.assign(files, { writeFileSync: write })
    expect(run().decision().state).toBe('off')
  })

  it('writes into the project’s file too, if it is there, and changes nothing else in it', () => {
    const projectFile = join(world.home, 'project.json')
    run({ projectFile }).refuse({ project: true })
    expect(existsSync(projectFile)).toBe(false)
    writeFileSync(projectFile, '{"name":"x","telemetry":"on"}')
    run({ projectFile }).refuse({ project: true })
    expect(JSON.parse(readFileSync(projectFile, 'utf8'))).toEqual({ name: 'x', telemetry: 'off' })
  })

  it('is not overwritten by a process that still believes in its yes', () => {
    const service = run({ runs: 'service' })
    const user = run()
    user.refuse()
    service.maybeShowNotice()
    service.noticeShown()
    expect(read()['says']).toBe('off')
  })

  it('is not lost in what a notice writes at the same moment', () => {
    const { files } = world.effects
    const rename = files.renameSync
    const showing = run({ runs: 'service', log: () => undefined })
    Object.assign(files, {
      renameSync(from: string, to: string) {
        Object.assign(files, { renameSync: rename })
        run().refuse()
        rename(from, to)
      }
    })
    showing.maybeShowNotice()
    expect(showing.refresh().state).toBe('off')
    expect(run().decision().state).toBe('off')
    expect(readdirSync(folder())).toEqual(['consent.json'])
  })

  it('sweeps up what another process left after it', () => {
    run().refuse()
    writeFileSync(join(folder(), 'spool.jsonl'), 'x')
    writeFileSync(join(folder(), 'versions.json'), 'x')
    const form = formWith({ versionCheck: { says: 'compared here' } })
    run({}, { form }).decision()
    expect(readdirSync(folder())).toEqual(['consent.json', 'versions.json'])
    world.variables['DLT_VERSION_CHECK'] = 'off'
    run({}, { form }).decision()
    expect(readdirSync(folder())).toEqual(['consent.json'])
  })

  it.each([
    ['empty', ''],
    ['cut off', '{'],
    ['a list', '[]'],
    ['nothing', 'null'],
    ['of a word that nobody knows', '{"candor":1,"says":"perhaps"}'],
    ['binary', '\u0000\u0001\ufffd'],
    ['of a later version', '{"candor":2}'],
    ['huge', 'x'.repeat(300_000)]
  ])('is what a file counts as that is %s', (_, text) => {
    put(text)
    const consent = run()
    expect(consent.decision()).toMatchObject({ state: 'off', because: { source: 'user-file' } })
    expect(consent.decision().because.warning).toContain('refusal')
    expect(() => consent.maybeShowNotice()).not.toThrow()
    consent.on()
    expect(run().decision().state).toBe('on')
  })

  it('is what a folder in the file’s place counts as, until somebody says otherwise', () => {
    mkdirSync(consentFile(), { recursive: true })
    expect(run().decision().state).toBe('off')
    run().refuse()
    expect(read()['says']).toBe('off')
  })

  it('comes before what a damaged agreement would allow', () => {
    put('{"candor":1,"says":"on","terms":{"records":5}}')
    const consent = run()
    expect(consent.stops()).toContain('accept again')
    expect(consent.allows('command_init')).toBeUndefined()
    consent.accept()
    expect(run().allows('command_init')?.fields.size).toBe(2)
  })

  it('is in force for a build that cannot report, whatever else says on', () => {
    world.variables['DLT_TELEMETRY'] = 'on'
    run().on()
    expect(run({ compiledOut: true, flag: 'on' }).decision()).toMatchObject({
      state: 'off',
      because: { source: 'compiled-out' }
    })
  })
})

describe('a changed contract', () => {
  it('keeps new fields at home until its user has seen them, and shows only those', () => {
    noticeRun()
    world.written = ''
    const changed = noticeRun(wider())
    expect(changed.decision().state).toBe('on')
    expect(changed.allows('command_init')?.fields.has('flags')).toBe(false)
    expect(changed.acceptedTerms()).toBe(formWith().terms)
    expect(world.written).toContain('how many flags')
    expect(world.written).not.toContain('how long it took')
    const next = run({}, { form: wider() })
    expect(next.allows('command_init')?.fields.has('flags')).toBe(true)
    expect(next.acceptedTerms()).toBe(wider().terms)
    expect(next.asks()).toEqual([])
  })

  it('still knows the first agreement while a service’s second grace runs', () => {
    const service = { runs: 'service', log: () => undefined } as const
    run(service).maybeShowNotice()
    world.clock += 24 * HOUR_MS
    const second = run(service, { form: wider() })
    second.maybeShowNotice()
    expect(second.decision().state).toBe('on')
    expect(second.allows('command_init')?.fields.has('flags')).toBe(false)
    world.clock += 24 * HOUR_MS
    expect(second.allows('command_init')?.fields.has('flags')).toBe(true)
  })

  it('stops everything where data would go to others, until accepted', () => {
    run().on()
    const form = wider({
      recipients: [...formWith().recipients, { name: 'Ads Inc.', where: 'USA', for: 'ads' }]
    })
    const consent = run({}, { form })
    expect(consent.stops()).toContain('Ads Inc. (USA)')
    expect(consent.allows('command_init')).toBeUndefined()
    consent.accept()
    expect(consent.stops()).toBeUndefined()
    expect(consent.allows('command_init')?.fields.has('flags')).toBe(true)
  })

  it('waits for a yes where the product is opt-in, although its news was shown', () => {
    const optIn = { ...formWith().consent, default: 'opt-in' } as const
    run({}, { form: formWith({ consent: optIn }) }).on()
    const form = wider({ consent: optIn })
    noticeRun(form)
    expect(world.written).toContain('not sent until you have accepted it')
    expect(run({}, { form }).allows('command_init')?.fields.has('flags')).toBe(false)
    expect(run({}, { form }).asks()).toEqual(['how many flags, with “A command ended”'])
    run({}, { form }).accept()
    expect(run({}, { form }).allows('command_init')?.fields.has('flags')).toBe(true)
  })

  it('keeps to what stood in it when a variable first said yes', () => {
    world.variables['DLT_TELEMETRY'] = 'on'
    expect(run().decision().state).toBe('on')
    expect(JSON.parse(readFileSync(join(folder(), 'notice.json'), 'utf8'))).toMatchObject({
      by: 'outside'
    })
    expect(run({}, { form: wider() }).allows('command_init')?.fields.has('flags')).toBe(false)
    delete world.variables['DLT_TELEMETRY']
    expect(run().decision().state).toBe('undecided')
  })

  it.each(['{"candor":1,"says":"on"}', '{"candor":1,"says":"on","terms":null}'])(
    'is asked about although somebody wrote %s by hand',
    (text) => {
      put(text)
      expect(run().decision().state).toBe('on')
      expect(run({}, { form: wider() }).allows('command_init')?.fields.has('flags')).toBe(false)
    }
  )

  it('keeps a stronger identity and new parts of the environment at home', () => {
    const weak = formWith({ identity: { kind: 'window', days: 7, says: 'an id of a week' } })
    run({}, { form: weak }).on()
    const form = wider({
      environment: ['class', 'os', 'cpu'],
      identity: { kind: 'persistent', says: 'a random id', account: { from: 'KEY' } }
    })
    const consent = run({}, { form })
    expect(consent.identity()).toMatchObject({ kind: 'none' })
    expect(consent.identity().account).toBeUndefined()
    expect([...consent.environmentParts()]).toEqual(['class', 'os'])
    expect(consent.asks().join('\n')).toMatch(/another id[\s\S]*account[\s\S]*cpu/)
  })
})

describe('the product’s own switches', () => {
  const form = formWith({
    controls: [
      { variable: 'RUNTIME__DLTHUB_TELEMETRY', off: 'false', was: 'DLT_OLD' },
      { variable: 'DISABLE_TELEMETRY', off: true },
      { key: 'platform.enableTelemetry', off: false, was: 'global.telemetry.enabled' },
      { key: 'timescaledb.telemetry_level', off: 'off' },
      { key: 'timescaledb.telemetry_level', off: 'basic', keeps: 'versions' },
      { variable: 'TRACE', off: 'false', keeps: 'commands' }
    ],
    endpoint: { default: 'https://a.example', key: 'platform.url' }
  })

  it.each([
    ['RUNTIME__DLTHUB_TELEMETRY', 'FALSE', 'off'],
    ['DISABLE_TELEMETRY', 'true', 'off'],
    ['DISABLE_TELEMETRY', 'false', 'on'],
    ['DISABLE_TELEMETRY', 'perhaps', 'off'],
    ['TRACE', 'false', 'on'],
    ['DLT_OLD', 'no', 'off'],
    ['DLT_OLD', 'yes', 'on'],
    ['DO_NOT_TRACK', '1', 'off'],
    ['DO_NOT_TRACK', '0', 'on'],
    ['DLT_TELEMETRY', 'Off', 'off'],
    ['DLT_TELEMETRY', 'LOCAL', 'local'],
    ['DLT_TELEMETRY', 'log', 'log'],
    ['DLT_TELEMETRY', 'quatsch', 'off'],
    ['DLT_TELEMETRY', '', 'on']
  ])('%s=%s makes it %s', (name, value, state) => {
    run({}, { form }).on()
    world.variables[name] = value
    expect(run({}, { form }).decision().state).toBe(state)
  })

  it.each([
    [{ 'platform.enableTelemetry': false }, 'off', undefined],
    [{ 'global.telemetry.enabled': false, 'platform.enableTelemetry': true }, 'off', 'old name'],
    [{ 'global.telemetry.enabled': true }, 'on', 'old name'],
    [{ 'timescaledb.telemetry_level': 'off' }, 'off', undefined],
    [{ 'telemetry.enable': false }, 'on', 'no such key'],
    [{ 'platform.url': 'x.example' }, 'on', undefined]
  ] as [Record<string, unknown>, string, string | undefined][])(
    'a configuration with %j makes it %s',
    (keys, state, warning) => {
      const consent = run({}, { form })
      consent.on()
      consent.configure({ keys })
      expect(consent.decision().state).toBe(state)
      const warnings = consent
        .decision()
        .sayings.flatMap((saying) => saying.warning ?? [])
        .join()
      expect(warnings).toContain(warning ?? '')
      if (warning === undefined) expect(warnings).toBe('')
    }
  )

  it('takes a level’s name for a yes up to that level', () => {
    world.variables['DLT_TELEMETRY'] = 'basic'
    expect(run({}, { form }).decision()).toMatchObject({ state: 'on', level: 'basic' })
  })
})

describe('a machine’s policy', () => {
  it.each([
    '{"telemetry":"off"}',
    '{"products":{"dlt":{"telemetry":false}}}',
    '{',
    '{"products":[]}',
    '"off"'
  ])('says off with %s', (text) => {
    run().on()
    world.policy('50.json', text)
    world.policy('10.json', '{"telemetry":"on"}')
    expect(run().decision()).toMatchObject({ state: 'off', because: { source: 'machine-policy' } })
  })

  it('that anybody may write, or that is no plain file, counts as off', () => {
    const file = join(world.root, 'etc/candor.d/a.json')
    for (const spoil of [
      () => chmodSync(file, 0o666),
      () => (rmSync(file), execFileSync('mkfifo', [file])),
      () => (rmSync(file), symlinkSync('/dev/zero', file))
    ]) {
      world.policy('a.json', '{"telemetry":"on","endpoint":"https://elsewhere.example"}')
      expect(run().decision().state).toBe('on')
      spoil()
      expect(run().decision()).toMatchObject({ state: 'off', because: { suspected: true } })
      rmSync(file)
    }
  })

  it('may say that nothing is started to send once a program has ended', () => {
    expect(run().facts().policy.delivery).toBeUndefined()
    world.policy('a.json', '{"products":{"dlt":{"delivery":"in-process"}}}')
    expect(run().facts().policy.delivery).toBe('in-process')
    expect(run().decision().state).toBe('undecided')
  })

  it('leaves other products and other files alone', () => {
    run().on()
    world.policy('a.json', '{"products":{"other":{"telemetry":"off"}}}')
    world.policy('notes.txt', 'off')
    expect(run().decision().state).toBe('on')
  })

  it('caps the level, and names the endpoint for good', () => {
    run().on()
    world.policy(
      'a.json',
      '{"products":{"dlt":{"level":"basic","endpoint":"telemetry.company.example"}}}'
    )
    world.variables['DLT_TELEMETRY_ENDPOINT'] = 'https://user.example'
    const consent = run({ endpoint: 'https://option.example' })
    expect(consent.decision()).toMatchObject({ state: 'on', level: 'basic' })
    expect(consent.endpoint().url).toBe('https://telemetry.company.example/')
  })

  it('does not make an unwilling user’s local an on', () => {
    run().local()
    world.policy('a.json', '{"telemetry":"on"}')
    expect(run().decision().state).toBe('local')
  })
})

describe('the endpoint', () => {
  it('is the nearest that somebody named', () => {
    expect(run().endpoint()).toEqual({
      url: 'https://telemetry.example.org/in/dlt',
      from: 'the contract'
    })
    const consent = run()
    consent.configure({ endpoint: 'own.example', writeKey: 'key' })
    expect(consent.endpoint()).toEqual({
      url: 'https://own.example/',
      from: 'the host’s configuration',
      writeKey: 'key'
    })
    world.variables['DLT_TELEMETRY_ENDPOINT'] = 'http://localhost:8080'
    expect(run().endpoint()).toMatchObject({
      url: 'http://localhost:8080/',
      from: 'DLT_TELEMETRY_ENDPOINT'
    })
    expect(run({ endpoint: 'https://option.example' }).endpoint().url).toBe(
      'https://option.example/'
    )
  })

  it('of a project waits for the user’s yes, and goes nowhere else meanwhile', () => {
    const projectFile = join(world.home, 'p.json')
    writeFileSync(projectFile, '{"endpoint":"https://project.example"}')
    run().on()
    const consent = run({ projectFile })
    expect(consent.endpoint()).toMatchObject({ url: undefined, from: projectFile })
    expect(consent.asks()).toEqual([
      'reports would go to https://project.example, as this project wants'
    ])
    consent.accept()
    expect(run({ projectFile }).endpoint().url).toBe('https://project.example/')
  })

  it.each(['http://far.example', 'ftp://x.example', 'https://', 'http://'])(
    'is none where it is %s',
    (endpoint) => {
      expect(run({ endpoint }).endpoint()).toMatchObject({
        url: undefined,
        warning: expect.stringMatching(/./)
      })
    }
  )

  it.each([
    [{ segment: 'https://api.segment.io/v1/track', write_key: 'own' }, undefined, 'own'],
    [{ segment: 'https://api.segment.io/v1/track', write_key: 'own' }, 'theirs', 'theirs'],
    // As a product's page has it whose clients have the key compiled in.
    [{ default: 'https://api.segment.io/v1/track' }, 'theirs', 'theirs'],
    [
      { default: 'https://x.example', segment: 'https://api.segment.io/v1/track' },
      'theirs',
      'theirs'
    ]
  ])('of a contract that names a source of Segment’s is that source', (endpoint, named, key) => {
    const form = formWith({ endpoint: { ...endpoint } as Record<string, string> })
    const { url, writeKey } = run(named === undefined ? {} : { writeKey: named }, {
      form
    }).endpoint()
    expect({ url, writeKey }).toEqual({ url: 'https://api.segment.io/v1/track', writeKey: key })
    expect(reportsUrl(String(url), wireOf({ url, writeKey }))).toBe(url)
  })

  it('that is a source of Segment’s without a key is nowhere, and no collector', () => {
    const source = { default: 'https://api.segment.io/v1/track' }
    expect(run({}, { form: formWith({ endpoint: source }) }).endpoint()).toMatchObject({
      url: undefined,
      warning: expect.stringContaining('write key') as string
    })
    const both = { default: 'https://x.example', segment: source.default, write_key: 'own' }
    expect(run({}, { form: formWith({ endpoint: both }) }).endpoint()).toEqual({
      url: 'https://x.example/',
      from: 'the contract'
    })
  })

  it('may be read on the way if somebody said so', () => {
    expect(run({ endpoint: 'http://far.example', insecure: true }).endpoint().url).toBe(
      'http://far.example/'
    )
  })

  it('knows a variable that holds a write key from one that holds an address', () => {
    const form = formWith({
      endpoint: { default: 'https://api.segment.io/v1/track', variable: 'RS_SEGMENT_WRITE_KEY' }
    })
    world.variables['RS_SEGMENT_WRITE_KEY'] = 'abc'
    expect(run({}, { form }).endpoint()).toEqual({
      url: 'https://api.segment.io/v1/track',
      from: 'the contract',
      writeKey: 'abc'
    })
  })
})

it('is not even asked where it runs once somebody said no', () => {
  world.variables['DO_NOT_TRACK'] = '1'
  const form = formWith()
  const state = openStateFolder({ product: form.product, effects: world.effects })
  const environment = (): never => {
    throw new Error('asked')
  }
  const consent = openConsent({ form, options: {}, state, environment, effects: world.effects })
  expect(consent.refresh().state).toBe('off')
})

it('believes a flag’s word for this run, and takes the true of an argument parser for no word', () => {
  expect(run({ flag: 'on' }).decision().state).toBe('on')
  expect(run({ flag: false }).decision()).toMatchObject({
    state: 'off',
    because: { source: 'flag' }
  })
  rmSync(folder(), { recursive: true })
  expect(run({ flag: true }).decision().state).toBe('undecided')
  run().on()
  expect(run({ flag: false }).decision().state).toBe('off')
  expect(run().decision().state).toBe('on')
})

it('says where nothing can be kept, and keeps nothing', () => {
  world.diskRefuses = 'EACCES'
  const consent = run({}, { form: formWith() })
  consent.on()
  expect(consent.decision().state).toBe('on')
  expect(consent.unkept()).toBeDefined()
  expect(existsSync(dirname(folder()))).toBe(false)
})
