import { isatty } from 'node:tty'
import { expect, it } from 'vitest'
import { systemEffects } from './effects.ts'

it('gives as much chance as was asked for, and never the same twice', () => {
  const all = [0, 1, 16, 32, 4_096].map((count) => systemEffects.randomBytes(count))
  expect(all.map(({ length }) => length)).toEqual([0, 1, 16, 32, 4_096])
  const ids = Array.from({ length: 1_000 }, () =>
    Buffer.from(systemEffects.randomBytes(16)).toString('hex')
  )
  expect(new Set(ids).size).toBe(1_000)
  // Of 128,000 bits, half are ones, give or take 179; five times that is one try in a million.
  const ones = ids
    .join('')
    .split('')
    .reduce(
      (sum, digit) => sum + (Number.parseInt(digit, 16).toString(2).match(/1/g)?.length ?? 0),
      0
    )
  expect(Math.abs(ones - 64_000)).toBeLessThan(900)
})

it('sees a terminal exactly where the system does', () => {
  for (const [descriptor, stream] of (['stdin', 'stdout', 'stderr'] as const).entries())
    expect(systemEffects.system.isTerminal(stream)).toBe(isatty(descriptor))
})
