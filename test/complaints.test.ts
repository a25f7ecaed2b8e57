/**
 * Every complaint about the telemetry of others is answered by tests that exist; and those that fit
 * nowhere else.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { complaints, type Proof } from './reference/complaints.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const all = complaints.flatMap((part) => part.complaints)

/** A test of that very name, or a case of a table of tests. */
function exists({ file, name, rule }: Proof): boolean {
  const path = join(root, file)
  if (!existsSync(path)) return false
  const text = readFileSync(path, 'utf8')
  const isNamed = ["'", '"', '`'].some((quote) => text.includes(`${quote}${name}${quote}`))
  return (
    isNamed &&
    (rule === undefined || existsSync(join(root, 'contract', 'test', 'cases', rule, 'bad.yaml')))
  )
}

describe('complaints about the telemetry of others', () => {
  it('are the ten of users, those also heard, and twenty traps', () => {
    expect(complaints.map((part) => part.complaints.length)).toEqual([10, 6, 20])
  })

  it.each(all)('is answered by tests: $says', ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0)
    expect(tests.filter((proof) => !exists(proof))).toEqual([])
  })

  it('would be found unanswered if a test were renamed', () => {
    expect(
      exists({ file: 'test/complaints.test.ts', name: ['no test', 'has this name'].join(' ') })
    ).toBe(false)
    expect(exists({ file: 'test/no-such.test.ts', name: 'any' })).toBe(false)
  })
})

it('no package runs anything when it is installed', () => {
  const packages = ['.', ...readdirSync(root)]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((path) => existsSync(path))
  expect(packages.length).toBeGreaterThan(4)
  const hooks = packages.flatMap((path) => {
    const { scripts = {} } = JSON.parse(readFileSync(path, 'utf8')) as {
      readonly scripts?: Readonly<Record<string, string>>
    }
    return Object.keys(scripts).filter((name) =>
      /^(pre|post)?(install|prepare|dependencies)$/.test(name)
    )
  })
  expect(hooks).toEqual([])
})
