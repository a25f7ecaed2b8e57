import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { openInbox } from './open-inbox.ts'

// These tests need a process of their own to kill or to starve, so the room is compiled first,
// where it finds its dependencies.
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
let program = ''
let scratch = ''
let folder = ''

beforeAll(async () => {
  await mkdir(join(modules, '.cache'), { recursive: true })
  program = await mkdtemp(join(modules, '.cache', 'candor-inbox-'))
  scratch = await mkdtemp(join(tmpdir(), 'candor-crash-'))
  await writeFile(join(program, 'package.json'), '{"type":"module"}')
  const source = fileURLToPath(new URL('open-inbox.ts', import.meta.url))
  const options = [
    '--ignoreConfig',
    '--target',
    'es2023',
    '--module',
    'nodenext',
    '--rewriteRelativeImportExtensions',
    '--skipLibCheck',
    '--types',
    'node'
  ]
  await promisify(execFile)(join(modules, '.bin', 'tsc'), [
    source,
    '--outDir',
    program,
    '--rootDir',
    join(source, '../..'),
    ...options
  ])
  await writeFile(join(program, 'append.js'), appendUntilKilled)
})

afterAll(async () => {
  await rm(program, { recursive: true })
  await rm(scratch, { recursive: true })
})

beforeEach(async () => {
  folder = await mkdtemp(join(scratch, 'data-'))
})

it('loses nothing that it acknowledged and keeps nothing twice, however often it is killed', async () => {
  const acknowledged = new Set<number>()
  for (let run = 0; run < 5; run++) {
    // Each run begins by repeating the last ten of the run before, as clients do that got no
    // answer.
    const from = Math.max(0, acknowledged.size - 10)
    const child = start([process.execPath, join(program, 'append.js'), folder, `${from}`])
    for await (const line of createInterface({ input: child.stdout })) {
      if (/^\d+$/.test(line)) acknowledged.add(Number(line))
      if (acknowledged.size >= (run + 1) * 150) child.kill('SIGKILL')
    }
  }
  const kept = await readKept()
  expect(new Set(kept).size).toBe(kept.length)
  expect(acknowledged.size).toBeGreaterThanOrEqual(750)
  expect(new Set([...acknowledged].filter((n) => !kept.includes(n)))).toEqual(new Set())
})

it('survives a full disk: refuses, stays alive, and goes on when there is room again', async () => {
  // A limit on the size of files fails the same writes that a full disk fails, and needs neither
  // root nor a mount.
  const limited = `trap '' XFSZ; exec prlimit --fsize=1500000:unlimited "$0" "$@"`
  const child = start([
    'sh',
    '-c',
    limited,
    process.execPath,
    join(program, 'append.js'),
    folder,
    '0',
    `${64 * 1024}`
  ])
  const acknowledged: number[] = []
  const failures: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (!/^\d+$/.test(line)) {
      failures.push(line)
      if (failures.length === 3)
        await promisify(execFile)('prlimit', [
          '--pid',
          `${child.pid}`,
          '--fsize=unlimited:unlimited'
        ])
      continue
    }
    acknowledged.push(Number(line))
    if (failures.length >= 3 && acknowledged.length >= 60) child.kill('SIGTERM')
  }
  expect(failures.slice(0, 3)).toEqual([
    'INBOX_COMMIT_FAILED',
    'INBOX_COMMIT_FAILED',
    'INBOX_COMMIT_FAILED'
  ])
  expect(await readKept()).toEqual(acknowledged.sort((a, b) => a - b))
})

const appendUntilKilled = `
import { setTimeout as wait } from 'node:timers/promises'
import { systemEffects } from './effects.js'
import { openInbox } from './inbox/open-inbox.js'
const [folder, from, size] = process.argv.slice(2)
const inbox = await openInbox({ folder, effects: systemEffects, limits: { commitRetryMs: 50, diskFreeBytesMin: 0, diskFreeShareMin: 0 } })
let running = true
process.on('SIGTERM', () => (running = false))
const padding = 'x'.repeat(Number(size ?? 0))
const expiresAt = Date.now() + 3_600_000
async function append(n) {
  const mark = { digest: String(n).padStart(32, '0'), expiresAt }
  try {
    await inbox.append({ parts: [{ mark, rows: [{ table: 'records_x', rows: 1, lines: JSON.stringify({ n, padding }) + '\\n' }] }] })
    console.log(n)
    return true
  } catch (error) {
    console.log(error.code)
    await wait(50)
    return false
  }
}
for (let n = Number(from); running; n += 3) await Promise.all([n, n + 1, n + 2].map(async (each) => { while (running && !(await append(each))); }))
await inbox.close()
`

function start([command, ...parameters]: string[]): ChildProcess & {
  stdout: NonNullable<ChildProcess['stdout']>
} {
  return spawn(command ?? '', parameters, { stdio: ['ignore', 'pipe', 'ignore'] })
}

async function readKept(): Promise<number[]> {
  const inbox = await openInbox({ folder, effects: systemEffects })
  const kept: number[] = []
  for (
    let [block] = await inbox.nextBlocks({ rowsMax: 1_000, bytesMax: 1e9 });
    block !== undefined;
    [block] = await inbox.nextBlocks({ rowsMax: 100, bytesMax: 1e9 })
  ) {
    for (const line of block.lines.toString().trimEnd().split('\n'))
      kept.push((JSON.parse(line) as { n: number }).n)
    await inbox.loaded(block.token)
  }
  await inbox.close()
  return kept.sort((a, b) => a - b)
}
