import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { mutations } from '../simulation/mutations.ts'

/** What `npm run simulate` says, without the time that it took. */
function simulate(...words: readonly string[]): {
  readonly status: number | null
  readonly out: string
} {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['scripts/simulate.mjs', ...words],
    { encoding: 'utf8' }
  )
  return { status, out: `${stdout}${stderr}`.replaceAll(/ in [\d.]+ s/g, '') }
}

describe('the simulation', () => {
  it('lives the same world, event by event, for the same seed', () => {
    const [once, again] = [1, 2].map(() => simulate('--seed', '20261130', '--days', '2', '--trace'))
    expect(once?.out).toContain('collector: /v1/reports 200')
    expect(once?.out).toMatch(/trace [0-9a-f]{16}\n$/)
    expect(again).toEqual(once)
  })

  it('breaks lines that stand once in their sources, as they are today', () => {
    for (const { name, file, from } of mutations)
      expect([name, readFileSync(file, 'utf8').split(from).length - 1]).toEqual([name, 1])
  })

  it('finds a broken promise, and says how to see it again with less', () => {
    const { status, out } = simulate('--mutation', 'raw-installations', '--minutes', '1')
    expect(status).toBe(1)
    expect(out).toMatch(/BROKEN nothing undeclared: \S+ has an id as it was sent/)
    const commands = [...out.matchAll(/: npm run simulate -- (--seed .*)/g)].map(
      ([, words]) => words
    )
    expect(commands).toHaveLength(2)
    for (const words of commands)
      expect(simulate(...(words ?? '').split(' '))).toMatchObject({
        status: 1,
        out: expect.stringContaining('BROKEN nothing undeclared') as string
      })
  })
})
