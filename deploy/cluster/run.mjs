// Runs the journey of several collectors against ClickHouse's own cluster, all of it in containers.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { answerHelp } from '../../scripts/usage.mjs'

answerHelp(
  import.meta.url,
  `npm run cluster

Starts ClickHouse's own cluster and three collectors in containers, runs the journey of several
collectors against them, and takes everything away again. Needs Docker with its compose plugin, and
some 4 GB of memory.`
)

const root = join(import.meta.dirname, '..', '..')
const run = (command, ...parameters) =>
  spawnSync(command, parameters, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CANDOR_JOURNEY_COLLECTORS: 'containers' }
  }).status ?? 1
const compose = (...parameters) =>
  run('docker', 'compose', '--file', 'deploy/cluster/compose.yaml', ...parameters)

if (spawnSync('docker', ['compose', 'version']).status !== 0) {
  process.stderr.write('This needs Docker with its compose plugin, and some 4 GB of memory.\n')
  process.exit(2)
}
let status = compose('up', '--detach', '--build', '--wait')
if (status === 0) status = compose('exec', '--no-TTY', 'collector-1', 'candor', 'keys', 'create')
if (status === 0)
  status = run('npx', 'vitest', 'run', '--project', 'journey', 'test/journey/collectors.test.ts')
if (status !== 0) compose('logs', '--tail', '50')
compose('down', '--volumes', '--timeout', '5')
process.exit(status)
