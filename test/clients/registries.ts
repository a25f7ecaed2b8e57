/** What does a registry call a release, and which is its newest? */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Client, Language } from './clients.ts'

const run = promisify(execFile)

/** As its installer takes it: the client in this release, and what it needs beside it. */
export function requirementsOf(
  { language, packages, beside = [] }: Client,
  version: string
): readonly string[] {
  const [first = '', ...others] = packages
  const own = `${first}${separators[language]}${version}`
  // Python's are released together; the others find each other by what the first one asks for.
  const released = others.map((name) => (language === 'python' ? `${name}==${version}` : name))
  return [own, ...released, ...beside]
}

const separators: Readonly<Record<Language, string>> = {
  node: '@',
  browser: '@',
  python: '==',
  go: '@',
  java: ':'
}

/** Asks the registry. */
export async function newestOf({ language, packages: [name = ''] }: Client): Promise<string> {
  switch (language) {
    case 'node':
    case 'browser':
      return (await run('npm', ['view', name, 'version'])).stdout.trim()
    case 'python': {
      const { stdout } = await run('pip', ['index', 'versions', name.replace(/\[.*/, '')])
      return /\(([^)]+)\)/.exec(stdout)?.[1] ?? unknown(name)
    }
    case 'go': {
      const { stdout } = await run('go', ['list', '-m', '-f', '{{.Version}}', `${name}@latest`])
      return stdout.trim()
    }
    case 'java':
      return 'LATEST'
  }
}

function unknown(name: string): never {
  throw new Error(`the registry names no release of ${name}`)
}
