import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import type { ContractForm } from '../form.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { Telemetry } from '../telemetry.ts'
import { openMemoryCollector, type MemoryCollector } from '../testing/memory-collector.ts'
import { telemetryCommand } from './telemetry-command.ts'

let world: World
let collector: MemoryCollector
let opened: Telemetry[]
beforeEach(async () => {
  world = openWorld()
  collector = await openMemoryCollector()
  opened = []
})
afterEach(async () => {
  await Promise.all(opened.map((telemetry) => telemetry.close()))
  await collector.close()
  world.remove()
})

const optIn = formWith({ consent: { ...formWith().consent, default: 'opt-in' } })

/** One process of the product. */
function program(contract: ContractForm = optIn): Telemetry {
  const telemetry = createTelemetry({
    contract,
    version: '1.26.0',
    endpoint: collector.url,
    effects: world.effects
  })
  opened.push(telemetry)
  return telemetry
}

/** What its user reads, and the exit code behind it. */
async function run(
  words: string,
  contract: ContractForm = optIn,
  { controls } = program(contract)
): Promise<string> {
  let told = ''
  const write = (text: string): void => {
    told += text
  }
  const code = await telemetryCommand(controls, words.split(' '), {
    name: 'dlt telemetry',
    out: write,
    err: write,
    open: () => Promise.resolve()
  })
  return `${told}[${code}]`
}

describe('a disk that keeps nothing', () => {
  it.each([
    ['off', 'DO_NOT_TRACK=1'],
    ['on', 'DLT_TELEMETRY=on'],
    ['on --level basic', 'DLT_TELEMETRY=on'],
    ['local', 'DLT_TELEMETRY=local'],
    ['accept', 'DLT_TELEMETRY=on']
  ])('is told by `%s`, with what holds instead, and the command fails', async (words, instead) => {
    world.diskRefuses = 'EROFS'
    const told = await run(words)
    expect(told).toMatch(/^What you said holds until this run ends, and no longer: nothing can be /)
    expect(told).toContain(`written to ${join(world.home, '.local/state/dlt/telemetry')}.`)
    expect(told).toContain(instead)
    expect(told).toContain('[1]')
  })

  it('is told by a new id that could not be made', async () => {
    await run('on')
    const telemetry = program()
    telemetry.record('command_init', { success: true })
    await telemetry.flush()
    world.diskRefuses = 'ENOSPC'
    expect(await run('reset-id')).toMatch(/^The id is the one of before: [^]*\[1\]/)
    world.diskRefuses = undefined
    expect(await run('reset-id')).toMatch(/^The id is [^]*\[0\]$/)
  })

  it('is told of the word that it did not keep, and not of an id that was made since', async () => {
    await run('on')
    const telemetry = program()
    telemetry.record('command_init', { success: true })
    await telemetry.flush()
    world.diskRefuses = 'ENOSPC'
    expect(await run('local', optIn, telemetry)).toMatch(/^What you said holds until [^]*\[1\]/)
    world.diskRefuses = undefined
    expect(await run('reset-id', optIn, telemetry)).toMatch(/^The id is [^\n]* now\.\n?\[0\]$/)
  })

  it('is told where a refusal finds no room, though what waits is deleted for it', async () => {
    await run('on')
    world.diskRefuses = 'ENOSPC'
    expect(await run('off')).toMatch(/no longer: nothing can be [^]*policy[^]*\[1\]/)
    world.diskRefuses = undefined
    expect(await run('off')).toMatch(/Telemetry is off[^]*\[0\]/)
    expect(existsSync(join(world.home, '.local/state/dlt/telemetry/consent.json'))).toBe(true)
  })
})

describe('`status`', () => {
  it('opens with what waits for a yes, and names one decider', async () => {
    await run('on')
    world.variables['DLT_TELEMETRY'] = 'on'
    world.policy('a.json', '{"telemetry":"on"}')
    world.policy('b.json', '{"telemetry":"on"}')
    const elsewhere = formWith({
      terms: `sha256:${'7'.repeat(64)}`,
      recipients: [{ name: 'Ads Inc.', where: 'USA', for: 'marketing' }]
    })
    const told = await run('status', elsewhere)
    expect(told.split('\n')[0]).toContain('Telemetry waits for you: the data would go to Ads Inc.')
    expect(told.split('\n')[0]).toContain('for marketing')
    expect(told.match(/decided by/g)).toHaveLength(1)
  })
})

describe('`preview`', () => {
  it('shows an example before anybody said yes, marked as one, and keeps none of it', async () => {
    const told = await run('preview')
    expect(told).toContain('# An example, made up from the contract and from this machine')
    const body = JSON.parse(told.split('\n').find((line) => line.startsWith('{')) ?? '') as {
      runs: { environment: { os: string }; records: { name: string; fields: object }[] }[]
    }
    expect(body.runs[0]?.environment.os).toBe('linux')
    expect(body.runs[0]?.records.map(({ name }) => name)).toContain('pipeline_load')
    expect(body.runs[0]?.records[0]?.fields).toEqual({ elapsed: 1.5, success: true })
    expect(existsSync(join(world.home, '.local'))).toBe(false)
    expect(await run('log')).toContain('Nothing was sent')
  })
})

describe('`send`', () => {
  const recorded = async (): Promise<void> => {
    await run('on')
    const telemetry = program()
    telemetry.record('command_init', { success: true, elapsed: 1 })
    telemetry.record('command_init', { success: false, elapsed: 1 })
    await telemetry.close()
  }

  it('says what the collector did not keep', async () => {
    await recorded()
    collector.answer('dropped')
    const told = await run('send')
    expect(told).toContain('the collector kept 0 of them')
    expect(told).toContain('not kept: command_init: EVENT_NOT_IN_CONTRACT (2 times)')
  })

  it('carries out what another machine exported', async () => {
    await recorded()
    const lines = await run('export')
    world.effects.files.writeFileSync(join(world.home, 'lines'), lines.replace(/\[0\]$/, ''))
    await run('off')
    await run('on')
    expect(await run(`import ${join(world.home, 'lines')}`)).toBe(
      'Sent 2 records in 1 report.\n[0]'
    )
    expect(collector.records('command_init')).toHaveLength(2)
  })
})

it('`view` writes one page that loads nothing, with what was sent and the switches', async () => {
  await run('on')
  await run('test')
  const path = (await run('view')).replace(/\n\[0\]$/, '')
  const page = readFileSync(path, 'utf8')
  expect(page).toContain('dlt telemetry off')
  expect(page).toContain('What was sent')
  expect(page).toContain('&#34;name&#34;: &#34;candor-ts&#34;')
  expect(page).not.toMatch(/<script|src=|href=/)
  expect(statSync(path).mode & 0o077).toBe(0)
  rmSync(dirname(path), { recursive: true })
})

it('`log` has what `test` sent', async () => {
  await run('on')
  expect(await run('test')).toMatch(/^200/)
  const told = await run('log')
  expect(told).toContain(collector.bodies()[0] ?? 'nothing')
  expect(told).toContain(' 200\n')
})

describe('records under `local`', () => {
  it.each(['on', 'variable'])('are never sent, not after a later yes either (%s)', async (yes) => {
    await run('local')
    const telemetry = program()
    telemetry.record('command_init', { success: true, elapsed: 77 })
    await telemetry.close()
    expect(await run('preview')).toContain('77')
    if (yes === 'on') await run('on')
    else world.variables['DLT_TELEMETRY'] = 'on'
    const after = program()
    after.record('command_init', { success: true, elapsed: 88 })
    await after.flush()
    expect(collector.bodies().join()).toContain('"elapsed":88')
    expect(collector.bodies().join()).not.toContain('"elapsed":77')
  })

  it('that are still in memory go as well', async () => {
    const telemetry = program()
    await telemetry.controls.local()
    telemetry.record('command_init', { success: true, elapsed: 77 })
    await telemetry.controls.on()
    telemetry.record('command_init', { success: true, elapsed: 88 })
    await telemetry.flush()
    expect(collector.bodies().join()).toContain('"elapsed":88')
    expect(collector.bodies().join()).not.toContain('"elapsed":77')
  })
})

describe('an attempt that nobody answered', () => {
  it('is told as one, with what went wrong, and not as sent', async () => {
    collector.answer('reset')
    await program().controls.on()
    const telemetry = program()
    telemetry.record('pipeline_load', { elapsed: 2.2 })
    await telemetry.flush()
    expect(await run('status')).toMatch(/last try +\S+: (?!accepted)\S/)
    expect(await run('status')).toContain('1 record, ')
    expect(await run('log')).toMatch(/^# \S+ \S+ no answer\n/)
    expect(await run('send')).toMatch(/Not sent, and kept: .*; the last one: \S/)
    const page = readFileSync(/\S+\.html/.exec(await run('view'))?.[0] ?? '', 'utf8')
    expect(page).toContain(': no answer</p>')
    expect(page).toContain('1 record waits')
  })
})
