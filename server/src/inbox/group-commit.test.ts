import { expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type { Databases } from './disk/databases.ts'
import { Marks } from './duplicates/marks.ts'
import { GroupCommit } from './group-commit.ts'
import { inboxLimits } from './limits.ts'

it('says that it fails from the first commit that fails, and asks the disk by one timer until it is well', async () => {
  let isWell = false
  const timers: (() => void)[] = []
  const commits = commitsOn(
    async (write) => {
      if (!isWell) throw new Error('no space')
      write()
    },
    (call) => void timers.push(call)
  )
  const appended = commits.append({
    parts: [{ mark: undefined, rows: [{ table: 'a', rows: 1, lines: '{}\n' }] }]
  })
  await expect(appended).rejects.toThrow('no space')
  expect(commits.isFailing).toBe(true)
  // Housekeeping goes on, and fails as well: it must not bring a timer of its own.
  await expect(commits.write(() => undefined)).rejects.toThrow('no space')
  expect(timers).toHaveLength(1)

  timers.pop()?.()
  while (timers.length === 0) await new Promise(setImmediate)
  expect(commits.isFailing).toBe(true)
  isWell = true
  timers.pop()?.()
  while (commits.isFailing) await new Promise(setImmediate)
  expect(timers).toHaveLength(0)
  await commits.close()
})

/** Over databases that keep nothing. */
function commitsOn(commit: Databases['commit'], later: (call: () => void) => void): GroupCommit {
  const nothing = {
    get: () => undefined,
    put: async () => true,
    remove: async () => true,
    getKeys: () => [],
    getRange: () => []
  } as unknown as Databases['meta']
  const databases = { entries: nothing, marks: nothing, meta: nothing, commit } as Databases
  const clock = {
    ...systemEffects.clock,
    after: (_: number, call: () => void) => {
      later(call)
      return () => undefined
    }
  }
  return new GroupCommit({
    databases,
    marks: new Marks(nothing, nothing, 0),
    effects: { ...systemEffects, clock },
    limits: inboxLimits,
    sequence: 0,
    onCommitted: () => undefined
  })
}
