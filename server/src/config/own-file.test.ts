import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { OwnFile, replaceFile } from './own-file.ts'

let folder = ''
let path = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candor-own-file-'))
  path = join(folder, 'own.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a file of ours', () => {
  it('is this user’s alone, and no link that somebody planted is followed', async () => {
    const theirs = join(folder, 'theirs')
    await systemEffects.files.writeFile(theirs, 'theirs')
    symlinkSync(theirs, `${path}.new`)
    await replaceFile(path, 'ours', systemEffects.files)
    expect([readFileSync(path, 'utf8'), readFileSync(theirs, 'utf8')]).toEqual(['ours', 'theirs'])
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).toSorted()).toEqual(['own.json', 'theirs'])
  })

  it('holds what was true last, however many writes there are, also after one that failed', async () => {
    const state = { text: 'first', isFull: false }
    const files = {
      ...systemEffects.files,
      rename: (from: string, to: string) =>
        state.isFull ? Promise.reject(new Error('full')) : systemEffects.files.rename(from, to)
    } as typeof systemEffects.files
    const file = new OwnFile(path, () => state.text, files)
    await file.write()
    state.isFull = true
    state.text = 'second'
    await expect(file.write()).rejects.toThrow('full')
    await file.settled()
    expect(readFileSync(path, 'utf8')).toBe('first')
    state.isFull = false
    const both = [file.write(), file.write()]
    state.text = 'third'
    await Promise.all(both)
    expect(readFileSync(path, 'utf8')).toBe('third')
  })
})
