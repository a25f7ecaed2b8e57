// Runs every check and every test, cheapest first, and stops at the first that fails. `npm test --
// <words>` runs only the matching tests.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm test [-- WORDS]

Runs every check and every test, cheapest first, and stops at the first that fails.
With WORDS it runs only the matching tests; they are handed to vitest as they are.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const words = process.argv.slice(2)
const bin = (name) => join(root, 'node_modules', '.bin', name)

/** For old ways of looking types up too: `moduleResolution: node16` and `node`. */
const published = ['contract', 'sdk', 'sql', 'postgres', 'server']
/** Every Node that they run in lets `require` load ES modules; the SDK is CommonJS as well. */
const esmOnly = (name) => (name === 'sdk' ? [] : ['--ignore-rules', 'cjs-resolves-to-esm'])

const checks = [
  ['types', bin('tsc'), ['-p', 'tsconfig.tests.json']],
  ['types of the dashboard', bin('tsc'), ['-p', 'dashboard']],
  ['lint', bin('oxlint'), ['--type-aware', '--quiet']],
  ['format', bin('oxfmt'), ['--check', '.']],
  ['unused', bin('knip'), ['--no-progress']],
  ...published.flatMap((name) => [
    [`package ${name}`, bin('publint'), [name]],
    [`types of package ${name}`, bin('attw'), ['--pack', name, ...esmOnly(name)]]
  ]),
  // Half of what a journey does is waiting; by itself vitest leaves one core of two idle.
  ['tests', bin('vitest'), ['run', '--maxWorkers=100%', ...words]]
]

for (const [name, command, parameters] of words.length > 0 ? checks.slice(-1) : checks) {
  if (name !== 'tests') process.stdout.write(`${name} … `)
  const quiet = name !== 'tests'
  const result = spawnSync(command, parameters, {
    cwd: root,
    stdio: quiet ? 'pipe' : 'inherit',
    encoding: 'utf8'
  })
  if (result.status !== 0) {
    if (quiet) console.log(`failed\n\n${result.stdout}${result.stderr}`)
    process.exit(result.status ?? 1)
  }
  if (quiet) console.log('ok')
}
