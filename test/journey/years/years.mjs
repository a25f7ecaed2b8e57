// Years of use in minutes, which no CI waits for: other programs each time. A failure prints its
// seed, and YEARS_SEED repeats it.
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerHelp } from '../../../scripts/usage.mjs'

answerHelp(
  import.meta.url,
  `npm run years [-- YEARS]

Does every question agree with a ledger of what was sent, each quarter, after restarts, expiry,
freezing, an import and a restore? Two years of simulated use, or as many as are named.
A failure prints its seed; YEARS_SEED=<seed> repeats it.
\`npm test\` lives through thirteen months.`
)

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const years = Number(process.argv[2] ?? 2)
const seed = process.env['YEARS_SEED'] ?? String(randomInt(2 ** 31))
process.stdout.write(`seed ${seed}\n`)
const { status } = spawnSync(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--project', 'journey', 'test/journey/years.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, YEARS_DAYS: String(Math.round(years * 365)), YEARS_SEED: seed }
  }
)
process.exit(status ?? 1)
