/** Does every script say what it is for, and do nothing else, when it is asked? */
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const root = new URL('../..', import.meta.url).pathname
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}
/** npm runs the others by itself. */
const named = Object.keys(scripts).filter((name) => !/^pre[a-z]/.test(name))
/** Whose help is written by a library. */
const others = new Set(['start', 'format', 'reference'])
/** What other scripts are made of: nobody calls them. */
const parts = new Set(['usage.mjs', 'standalone-parts.mjs'])
const files = ['scripts', 'sql/scripts'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => !parts.has(name))
    .map((name) => `${folder}/${name}`)
)

const run = (command: string, words: readonly string[]): Promise<{ readonly stdout: string }> =>
  promisify(execFile)(command, words, { cwd: root, timeout: 60_000 })

beforeAll(() => {
  execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', 'bench'], { cwd: root })
})

describe('--help', () => {
  it.each(files)('of %s says how it is called and what it does', async (file) => {
    const { stdout } = await run(process.execPath, [join(root, file), '--help'])
    expect(stdout).toMatch(/^(node|npm) .+\n(.+\n)*\n[A-Z]/)
  })

  it.each(named)('of `npm run %s` ends well, and prints how it is called', async (name) => {
    // Without what runs before it: that would build what other tests are reading.
    const { stdout } = await run('npm', ['run', '--silent', '--ignore-scripts', name, '--', '-h'])
    expect(stdout).toMatch(others.has(name) ? /usage/i : /^(node|npm) /)
  })
})
