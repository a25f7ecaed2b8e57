// The long fault runs, which no CI waits for: all of them, or those that are named (`npm run faults
// -- hostile`). FAULTS_SEED repeats a run, and a failure prints it.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm run faults [-- NAME…]

Is what was answered there once, after whatever can happen to a server? All faults for an hour or
two, or those that are named: kill-server, kill-engine, kill-both, wedged-engine, slow-engine,
full-disk, slow-disk, remote-away, two-servers, clock-jumps, damaged-part, damaged-inbox, hostile.
A failure prints its seed; FAULTS_SEED=<seed> repeats it. FAULTS_MINUTES shortens the hostile hour.
\`npm test\` tries most for seconds.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const names = process.argv.slice(2)
const seed = process.env['FAULTS_SEED'] ?? String(randomInt(2 ** 31))
console.log(`seed ${seed}`)
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  [
    'run',
    '--project',
    'alone',
    'test/journey/faults/faults.test.ts',
    ...(names.length > 0 ? ['-t', names.map((name) => `twice: ${name}$`).join('|')] : [])
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, FAULTS: 'long', FAULTS_SEED: seed } }
)
process.exit(status ?? 1)
