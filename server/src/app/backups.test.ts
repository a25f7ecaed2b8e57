/** What a backup puts together goes again: all of it, and nothing else. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { createBackups } from './backups.ts'

let data: string
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'candor-backups-'))
  writeFileSync(join(data, 'boards.json'), '{}')
})
afterEach(() => rmSync(data, { recursive: true, force: true }))

const disk = new Error('ENOSPC')

function backups({ isFull = false } = {}): ReturnType<typeof createBackups> {
  return createBackups({
    config: { data, releases: join(data, 'releases') },
    effects: systemEffects,
    inbox: {
      copyTo(path) {
        writeFileSync(path, 'rows')
        return Promise.resolve({ entriesWaiting: 0 })
      },
      tombstones: { list: () => [] } as never
    },
    storage: {
      state: () => ({ engine: 'embedded' }) as never,
      query: () => Promise.resolve([]),
      command({ sql }) {
        const folder = /File\('(.*)'\)/.exec(sql)?.[1] ?? ''
        writeFileSync(folder, 'tables')
        return isFull ? Promise.reject(disk) : Promise.resolve()
      }
    },
    store: { whileQuiet: (work) => work() }
  })
}

describe('a backup that was put together', () => {
  it('is removed by its name', async () => {
    const { name, folder } = await backups().stage()
    expect(readdirSync(folder).toSorted()).toEqual(['files', 'inbox', 'tables'])
    await backups().remove(name)
    expect(existsSync(folder)).toBe(false)
  })

  it.each(['..', 'x/..', '.', '', '../..', 'never-made'])(
    'is not what “%s” names, which removes nothing',
    async (name) => {
      const { folder } = await backups().stage()
      await backups().remove(name)
      expect(existsSync(join(data, 'boards.json'))).toBe(true)
      expect(existsSync(folder)).toBe(true)
    }
  )

  it('does not fill the disk where it could not be finished', async () => {
    await expect(backups({ isFull: true }).stage()).rejects.toBe(disk)
    expect(existsSync(join(data, 'backups'))).toBe(false)
    expect(existsSync(join(data, 'engine', 'backups'))).toBe(false)
  })
})
