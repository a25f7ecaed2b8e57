import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { openKeyring, type Keyring } from './keyring.ts'
import { compareSecret, type SecretState } from './secret-mark.ts'

describe('the secret of a data folder', () => {
  let parent: string
  let folder: string
  let now = Date.parse('2026-11-20T12:00:00Z')
  const clock = { ...systemEffects.clock, now: () => now }
  const effects = { ...systemEffects, clock }
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'candor-secret-'))
    folder = mkdtempSync(join(parent, 'data-'))
  })
  afterEach(() => rmSync(parent, { recursive: true, force: true }))

  const keyring = (name: string): Promise<Keyring> =>
    openKeyring({ path: join(parent, name), dataFolder: folder, effects })
  const compare = async (name: string, wasUsed = true): Promise<SecretState> => {
    now += 1_000
    return compareSecret({ folder, keyring: await keyring(name), wasUsed, effects })
  }

  it('is the same from the first start on, and its mark is for the server’s user alone', async () => {
    expect(await compare('one', false)).toMatchObject({ is: 'same' })
    expect(await compare('one')).toMatchObject({ is: 'same' })
    expect(statSync(join(folder, 'secret-mark.json')).mode & 0o777).toBe(0o600)
  })

  it('is another once it was made anew or replaced, at later starts too, until the old one is put back', async () => {
    await compare('one', false)
    const another = await compare('two')
    expect(another).toEqual({ is: 'another', since: now })
    expect(await compare('two')).toEqual(another)
    expect(await compare('one')).toMatchObject({ is: 'same' })
    expect(await compare('one')).toMatchObject({ is: 'same' })
  })

  it('is another when it is made anew over data of a version that left no mark', async () => {
    expect(await compare('one', true)).toMatchObject({ is: 'another' })
    expect(await compare('one', true)).toMatchObject({ is: 'another' })
  })

  it('is taken for the same over such data when it was there', async () => {
    await keyring('one')
    expect(await compare('one', true)).toMatchObject({ is: 'same' })
  })
})
