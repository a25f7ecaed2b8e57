// Makes a fresh clone ready: installs what is missing or stale, then builds what changed. Quiet
// unless something fails.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `node scripts/prepare.mjs

Makes a fresh clone ready: installs what is missing or stale, then builds what changed.
\`npm start\`, \`npm test\` and \`npm run bench\` run it first.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Candor needs Node 20.19 or later; this is ${process.version}.`)
  process.exit(1)
}

const installed = join(root, 'node_modules', '.package-lock.json')
const isStale =
  !existsSync(installed) ||
  statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs
if (isStale) {
  console.log(
    'Installing dependencies (once; the embedded ClickHouse engine is about 550 MB unpacked)…'
  )
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit']
  })
  if (result.status !== 0) process.exit(result.status ?? 1)
}
// Only now: it needs what was just installed.
const { build } = await import('./build.mjs')
await build()
