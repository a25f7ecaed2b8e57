import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { openWriteKeys, type WriteKeyOptions, type WriteKeys } from './write-keys.ts'

describe('write keys', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-keys-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const start = (changes: Partial<WriteKeyOptions> = {}): Promise<WriteKeys> =>
    openWriteKeys({
      path: join(folder, 'write-keys.json'),
      products: () => ['dlt', 'acme'],
      configured: new Map(),
      effects: systemEffects,
      ...changes
    })

  it('begin with each product’s own name, until another is given out for it', async () => {
    const keys = await start()
    expect([keys.resolve('dlt'), keys.resolve('acme')]).toEqual(['dlt', 'acme'])
    const made = await keys.create({ product: 'dlt', key: undefined })
    expect(made).toMatchObject({ product: 'dlt', from: 'command', revoked: false })
    expect([keys.resolve(made.key), keys.resolve('dlt'), keys.resolve('acme')]).toEqual([
      'dlt',
      undefined,
      'acme'
    ])
  })

  it('may keep the name as one of them, and live over a restart', async () => {
    const keys = await start()
    await keys.create({ product: 'dlt', key: 'dlt' })
    await keys.create({ product: 'dlt', key: 'second-key' })
    await keys.revoke('acme')
    const again = await start()
    expect(['dlt', 'second-key', 'acme'].map((key) => again.resolve(key))).toEqual([
      'dlt',
      'dlt',
      undefined
    ])
  })

  it('that were revoked open nothing from that moment on', async () => {
    const keys = await start()
    const { key } = await keys.create({ product: 'dlt', key: undefined })
    await keys.revoke(key)
    expect([keys.resolve(key), keys.resolve('dlt')]).toEqual([undefined, undefined])
    expect(keys.list().find((each) => each.key === key)?.revoked).toBe(true)
  })

  it('of the configuration count as given out, and are changed there', async () => {
    const configured = new Map([
      ['one', { product: 'dlt', revoked: false }],
      ['two', { product: 'dlt', revoked: true }]
    ])
    const keys = await start({ configured })
    expect(['one', 'two', 'dlt'].map((key) => keys.resolve(key))).toEqual([
      'dlt',
      undefined,
      undefined
    ])
    await expect(keys.revoke('one')).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  })

  it('are refused where they would be two things', async () => {
    const keys = await start()
    await expect(keys.create({ product: 'dlt', key: 'acme' })).rejects.toMatchObject({
      code: 'WRITE_KEY_EXISTS'
    })
    await expect(keys.create({ product: 'dltt', key: 'abc' })).rejects.toMatchObject({
      code: 'PRODUCT_UNKNOWN'
    })
    await expect(keys.create({ product: 'dlt', key: 'a b' })).rejects.toMatchObject({
      code: 'PARAMETER_INVALID'
    })
    await expect(keys.revoke('nowhere')).rejects.toMatchObject({ code: 'WRITE_KEY_UNKNOWN' })
  })

  it('that nobody gave out are counted for a day, with the nearest of ours and no word of theirs', async () => {
    let now = Date.parse('2026-11-20T12:00:00Z')
    const effects = { ...systemEffects, clock: { ...systemEffects.clock, now: () => now } }
    const keys = await start({ effects })
    for (const key of ['acmee', 'something-else-entirely']) keys.resolve(key)
    expect(keys.unknown()).toEqual({ requests: 2, nearest: 'acme' })
    await keys.create({ product: 'dlt', key: undefined })
    keys.resolve('dlt')
    expect(keys.unknown()).toEqual({ requests: 3, nearest: 'dlt' })
    now += 86_400_000
    expect(keys.unknown()).toEqual({ requests: 0, nearest: undefined })
  })

  it('stop the start when their file is not what Candor wrote', async () => {
    writeFileSync(join(folder, 'write-keys.json'), '{}', { mode: 0o600 })
    await expect(start()).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})
