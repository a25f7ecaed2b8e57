// Do clients that others made still report here? `npm run clients`, or `-- --newest` for what their
// registries have today.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm run clients [-- --newest | --overload] [NAME]

Installs clients of Segment's, PostHog's, OpenTelemetry's and dlt's makers from their registries and
runs each against a collector: what it sends is kept, and nothing drifts. Builds DBLab's own Go code
and runs it as an engine of a paid edition (DBLAB_SOURCE names another git repository to take it
from). Needs node, python3 with venv, git, go, java with mvn, and chromium; NAME tries the clients
whose name has it, "an engine" DBLab's.

  --newest   the newest release of each today; drift is what it says that no contract knows.
             Without it: the three releases that test/clients/clients.ts lists.
  --overload what each does while a server says 429 or 503; writes docs/reference/overload.md
             when all were watched, a quarter of an hour.

\`npm test\` tries one pinned release of those for Node and Python.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const words = argv.slice(2)
const tried = ['newest', 'overload'].find((each) => words.includes(`--${each}`)) ?? 'all'
const [name, ...more] = words.filter((word) => word !== `--${tried}`)
if (more.length > 0 || name?.startsWith('-') === true) {
  console.error('Say at most one name, and --newest, --overload or neither. --help says more.')
  process.exit(2)
}
const files = tried === 'overload' ? ['overload'] : ['clients.test', 'dblab-engine']
const steps = [
  ['node', [join(root, 'scripts', 'prepare.mjs')]],
  [
    join(root, 'node_modules', '.bin', 'vitest'),
    ['run', '--project', 'clients', '--reporter=verbose', ...files, ...(name ? ['-t', name] : [])]
  ]
]
for (const [command, parameters] of steps) {
  const { status } = spawnSync(command, parameters, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CLIENTS: tried }
  })
  if (status !== 0) process.exit(status ?? 1)
}
