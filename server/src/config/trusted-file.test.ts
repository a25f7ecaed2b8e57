import { chmodSync, chownSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { distrusted } from './trusted-file.ts'

describe('a file', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-trust-'))
    path = join(folder, 'tokens.json')
    writeFileSync(path, '{}', { mode: 0o600 })
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('of this user that nobody else can write is believed, and so is one that is not there', async () => {
    expect(await distrusted(path, systemEffects)).toBeUndefined()
    expect(await distrusted(join(folder, 'none'), systemEffects)).toBeUndefined()
  })

  it.each([0o620, 0o602, 0o666])('that others can write (%o) is not', async (mode) => {
    chmodSync(path, mode)
    expect(await distrusted(path, systemEffects)).toContain('chmod 600')
  })

  it('in a folder that everybody can write is not, unless only owners can replace what is there', async () => {
    chmodSync(folder, 0o777)
    expect(await distrusted(path, systemEffects)).toContain('Everybody may write into')
    chmodSync(folder, 0o1777)
    expect(await distrusted(path, systemEffects)).toBeUndefined()
  })

  it('that is a link is not', async () => {
    const link = join(folder, 'link.json')
    symlinkSync(path, link)
    expect(await distrusted(link, systemEffects)).toContain('a link')
  })

  it.runIf(process.getuid?.() === 0)(
    'of another user is believed only where the folder is theirs, and not where it may be a gift',
    async () => {
      chownSync(path, 12_345, 12_345)
      expect(await distrusted(path, systemEffects)).toContain('another user (12345)')
      chownSync(folder, 12_345, 12_345)
      expect(await distrusted(path, systemEffects)).toBeUndefined()
      expect(await distrusted(path, systemEffects, { folderOwner: false })).toContain(
        'another user'
      )
    }
  )
})
