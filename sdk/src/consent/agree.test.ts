import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import { openStateFolder } from '../state/state-folder.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { TelemetryOptions } from '../telemetry.ts'
import { askConsent, type AskedConsent } from './asking/ask-consent.ts'
import { openConsent } from './consent.ts'
import { formWith } from './form.test-support.ts'
import { notToBeSentFile } from './waiting.ts'

type Options = Omit<TelemetryOptions, 'contract' | 'version'>
let world: World
beforeEach(() => {
  world = openWorld()
  world.terminals.stderr = true
})
afterEach(() => world.remove())

const folder = (): string => join(world.home, '.local/state/dlt/telemetry')
function run(form: ContractForm, options: Options = {}, effects = world.effects): AskedConsent {
  const state = openStateFolder({ product: form.product, effects })
  const environment = (): { kept: boolean; automation: string } => ({
    kept: true,
    automation: 'none'
  })
  const input = { form, options, state, environment, effects }
  return askConsent(openConsent(input), input)
}

/** What a person types at the terminal; undefined: nobody does. */
function typing(answer: string | undefined): Effects {
  let elapsed = 0
  let isGiven = false
  return {
    ...world.effects,
    elapsed: () => (elapsed += 10_000),
    files: {
      ...world.effects.files,
      readFileSync: ((path: string, ...rest: [BufferEncoding]) =>
        path === '/proc/self/stat'
          ? '7 (a program) S 1 7 7 34816 7 4194304'
          : world.effects.files.readFileSync(path, ...rest)) as Effects['files']['readFileSync'],
      openSync: ((path: string, ...rest: [string]) =>
        path === '/dev/tty'
          ? world.effects.files.openSync('/dev/null', 'r')
          : world.effects.files.openSync(path, ...rest)) as Effects['files']['openSync'],
      readSync: ((_file: number, bytes: Buffer, from: number) => {
        if (answer === undefined || isGiven)
          throw Object.assign(new Error('nothing'), { code: 'EAGAIN' })
        isGiven = true
        return bytes.write(answer, from)
      }) as Effects['files']['readSync']
    }
  }
}

describe('a contract that asks', () => {
  const form = formWith({ consent: { ...formWith().consent, default: 'ask' } })

  it.each([
    ['y\n', 'on'],
    ['Yes\r\n', 'on'],
    ['n\n', 'off'],
    ['\n', 'off'],
    ['what?\n', 'off'],
    [undefined, 'undecided']
  ] as const)('asks once, at the terminal: %j is %s', (answer, state) => {
    run(form, {}, typing(answer)).maybeShowNotice()
    expect(world.written).toContain('May dlt report that? [y/N]')
    expect(run(form).decision().state).toBe(state)
    world.written = ''
    run(form, {}, typing('y\n')).maybeShowNotice()
    expect(world.written).toBe('')
    expect(run(form).decision().state).toBe(state)
  })

  it('lets the host ask in its own way, and takes no answer for none', async () => {
    const asked: string[] = []
    const consent = run(form, {
      ask: (notice) => {
        asked.push(notice)
        return Promise.resolve(true)
      }
    })
    consent.maybeShowNotice()
    await consent.answered()
    expect(asked.join()).toContain('dlt can report how it is used')
    expect(world.written).toBe('')
    expect(run(form).decision().state).toBe('on')
  })

  it('asks no program, and no terminal that it may not read', () => {
    world.variables['MOONSHOT_AGENT'] = '1'
    run(form, {}, typing('y\n')).maybeShowNotice()
    expect(world.written).toBe('')
    delete world.variables['MOONSHOT_AGENT']
    run(form).maybeShowNotice()
    expect(world.written).toContain('DLT_TELEMETRY=on')
    expect(world.written).not.toContain('[y/N]')
  })
})

describe('a notice', () => {
  const form = formWith({ controls: [{ status: 'dlt telemetry' }] })

  it.each(['opt-out', 'opt-in', 'ask'] as const)(
    'of an %s product names the product’s own ways to say no and yes',
    (kind) => {
      const asking = { ...form, consent: { ...form.consent, default: kind } }
      run(asking).maybeShowNotice()
      expect(world.written).toContain('dlt telemetry off')
      expect(world.written).toContain('dlt telemetry accept')
    }
  )

  it('is believed about the subcommand that the host spells', () => {
    expect(run(form, { command: 'acme data' }).notice()).toContain('acme data off')
  })
})

describe('an opt-out product whose data would go elsewhere', () => {
  const day = 86_400_000
  const changed = formWith({
    terms: `sha256:${'4'.repeat(64)}`,
    recipients: [{ name: 'dltHub GmbH', where: 'Germany', for: 'marketing' }]
  })

  it.each(['program', 'service'] as const)(
    'waits for a word, however long its notice was seen (%s)',
    (runs) => {
      const options: Options = { runs, log: () => {} }
      run(formWith(), options).maybeShowNotice()
      world.clock += 2 * day
      expect(run(formWith(), options).decision().state).toBe('on')
      run(changed, options).maybeShowNotice()
      world.clock += 2 * day
      const after = run(changed, options)
      expect(after.stops()).toContain('for marketing')
      expect(after.allows('command_init')).toBeUndefined()
      // Not by a third contract either, that is no wider than the second.
      const third = { ...changed, terms: `sha256:${'5'.repeat(64)}` as const }
      run(third, options).maybeShowNotice()
      world.clock += 2 * day
      expect(run(third, options).allows('command_init')).toBeUndefined()
      run(third, options).accept()
      expect(run(third, options).allows('command_init')).toBeDefined()
    }
  )
})

describe('the level of a yes that names none', () => {
  const upTo = (defaultLevel: string, change: Partial<ContractForm> = {}): ContractForm =>
    formWith({ consent: { ...formWith().consent, defaultLevel }, ...change })

  it('is the contract’s own, and another is a word away', () => {
    run(upTo('basic')).on()
    expect(run(upTo('basic')).level()).toBe('basic')
    run(upTo('basic')).on({ level: 'pipelines' })
    expect(run(upTo('basic')).level()).toBe('pipelines')
  })

  it('does not rise with the contract before its user agreed to that', () => {
    run(upTo('basic')).on()
    const raised = upTo('pipelines', { terms: `sha256:${'4'.repeat(64)}` })
    expect(run(raised).level()).toBe('basic')
    expect(run(raised).asks().join()).toContain('up to pipelines')
    run(raised).accept()
    expect(run(raised).level()).toBe('pipelines')
  })
})

describe('what was recorded before a yes', () => {
  const put = (): void => {
    for (const name of ['spool.jsonl', 'spool.1.jsonl', 'claimed-1-2.jsonl', 'frozen-1-2.json'])
      writeFileSync(join(folder(), name), 'x')
    world.effects.files.mkdirSync(join(folder(), 'outbox'), { recursive: true })
    writeFileSync(join(folder(), 'outbox/1.json'), 'x')
  }
  const left = (): readonly string[] =>
    readdirSync(folder()).filter((name) => !/^(?:consent|notice)\.json$/.test(name))

  it('goes with the yes', () => {
    run(formWith()).local()
    put()
    run(formWith()).on()
    expect(left()).toEqual([])
  })

  it('goes whoever says the yes, if it was recorded to be looked at', () => {
    run(formWith()).local()
    put()
    writeFileSync(join(folder(), notToBeSentFile), '')
    world.variables['DLT_TELEMETRY'] = 'on'
    expect(run(formWith()).decision().state).toBe('on')
    expect(left()).toEqual([])
  })

  it('goes to nobody who was not agreed to then', () => {
    run(formWith()).on()
    put()
    const elsewhere = formWith({ terms: `sha256:${'4'.repeat(64)}`, location: 'USA' })
    run(elsewhere).accept()
    expect(left()).toEqual([])
  })

  it('stays where a yes had been said already', () => {
    run(formWith()).on()
    put()
    run(formWith()).on({ level: 'basic' })
    expect(existsSync(join(folder(), 'spool.jsonl'))).toBe(true)
  })
})
