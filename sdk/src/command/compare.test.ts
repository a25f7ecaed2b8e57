/** Does a user learn from a published file where they stand, and does nobody learn that they asked? */
import { generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { createTelemetry } from '../create-telemetry.ts'
import { openWorld, type World } from '../state/world.test-support.ts'
import type { Telemetry } from '../telemetry.ts'
import { openMemoryCollector, type MemoryCollector } from '../testing/memory-collector.ts'
import { telemetryCommand } from './telemetry-command.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const key = publicKey.export({ format: 'jwk' }).x ?? ''
const contract = formWith({
  versionCheck: {
    says: 'compared here',
    keys: [{ id: 'ours', key: Buffer.from(key, 'base64url').toString('base64') }]
  }
})
const fleet = {
  candor: 1,
  kind: 'fleet',
  product: contract.product,
  period: { name: '2026-10', first: '2026-10-02', last: '2026-10-31' },
  versions: [
    { version: '1.27.x', share: 0.37 },
    { version: '1.26.x', share: 0.49 },
    { version: '1.9.x', share: 0.14 }
  ],
  numbers: []
}

describe('telemetry compare', () => {
  let world: World
  let collector: MemoryCollector
  let telemetry: Telemetry
  let path: string
  beforeEach(async () => {
    world = openWorld()
    collector = await openMemoryCollector()
    path = join(world.home, 'fleet.json')
    telemetry = createTelemetry({
      contract,
      version: '1.26.0',
      endpoint: collector.url,
      effects: world.effects
    })
  })
  afterEach(async () => {
    await telemetry.close()
    await collector.close()
    world.remove()
  })

  function published(content: object, by = privateKey): void {
    const signed = JSON.stringify(content)
    const signature = sign(null, Buffer.from(signed), by).toString('base64')
    writeFileSync(
      path,
      JSON.stringify({ signed, signatures: [{ key: 'ours', algorithm: 'Ed25519', signature }] })
    )
  }

  /** What its user reads, and the exit code behind it. */
  async function run(...words: readonly string[]): Promise<string> {
    let told = ''
    const write = (text: string): void => {
      told += text
    }
    const code = await telemetryCommand(telemetry.controls, ['compare', ...words], {
      name: 'dlt telemetry',
      out: write,
      err: write,
      open: () => Promise.resolve()
    })
    return `${told}[${code}]`
  }

  it('says where a version stands, without a request and without a yes', async () => {
    published(fleet)
    const told = await run(path)
    expect(told).toContain(
      'You run 1.26.0; of the fleet 37 % are newer, 49 % run the same line and 14 % are older.'
    )
    expect(told).toMatch(/\[0\]$/)
    expect(collector.requests).toEqual([])
  })

  it.each([
    ['that no key of the contract has signed', () => published(fleet, stranger.privateKey)],
    ['of another product', () => published({ ...fleet, product: 'another' })],
    ['that is none', () => writeFileSync(path, '{"signed":1}')],
    ['that is cut off', () => writeFileSync(path, '{"signed":"{')]
  ])('takes no file %s', async (_, write) => {
    write()
    const told = await run(path)
    expect(told).toMatch(/^(No key|It is) .*\n\[1\]$/)
  })

  it('says what it needs, and what it cannot read', async () => {
    expect(await run()).toMatch(/needs the file `fleet.json`[^]*\[2\]$/)
    expect(await run(join(world.home, 'nowhere.json'))).toMatch(/can’t be read[^]*\[2\]$/)
  })
})
