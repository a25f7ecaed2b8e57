/**
 * Runs a PostgreSQL of its own in a temporary folder: one cluster, a socket and a port on
 * loopback. It runs Debian's programs, or those of a folder.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { freePort } from './free-port.ts'

export interface PostgresCluster {
  /** `postgres://…/<database>`. */
  url(database: string, role?: string): string
  /** The same by its socket: for a network that has no way to the port. */
  socketUrl(database: string): string
  /** In a session of its own, as psql prints it. */
  sql(database: string, statement: string, role?: string): string
  /** As `sql`, but what went wrong is the answer. */
  complaint(database: string, statement: string, role?: string): string
  /** A copy of its files that follows it, as a server of its own. */
  standby(): Promise<PostgresCluster>
  /** From now on a standby is no longer one. */
  promote(): void
  /** All that the server has logged. */
  log(): string
  /** The folder of initdb, postgres and pg_ctl. */
  readonly bin: string
  /** Adds a line to postgresql.conf, which nobody reads before a reload. */
  configure(line: string): void
  remove(): void
}

/** Where Debian puts each version. */
const versionsFolder = '/usr/lib/postgresql'

/** The newest of Debian's: psql and pg_dump are taken from there for every server. */
export function debianBin(): string {
  const version = existsSync(versionsFolder) ? readdirSync(versionsFolder).sort().at(-1) : undefined
  if (version === undefined)
    throw new Error('this journey needs PostgreSQL: apt-get install postgresql')
  return join(versionsFolder, version, 'bin')
}

export async function startPostgres(bin = debianBin()): Promise<PostgresCluster> {
  const folder = clusterFolder()
  const words = ['-U', 'postgres', '-A', 'trust', '--no-sync']
  runAsOwner(folder, join(bin, 'initdb'), ['-D', join(folder, 'data'), ...words])
  return startIn(folder, bin)
}

async function startIn(folder: string, bin: string): Promise<PostgresCluster> {
  const data = join(folder, 'data')
  const port = await freePort()
  const options = `-k ${folder} -p ${port} -c listen_addresses=127.0.0.1 -c fsync=off`
  const control = (words: readonly string[]): void =>
    runAsOwner(folder, join(bin, 'pg_ctl'), ['-D', data, '-w', '-t', '60', ...words])
  const start = (): void => control(['-l', join(folder, 'log'), '-o', options, 'start'])
  start()
  const url = (database: string, role = 'postgres'): string =>
    `postgres://${role}@127.0.0.1:${port}/${database}`
  const psql = (database: string, statement: string, role?: string): Psql =>
    spawnSync(
      join(debianBin(), 'psql'),
      ['-XAtqv', 'ON_ERROR_STOP=1', url(database, role), '-c', statement],
      { encoding: 'utf8' }
    )
  return {
    bin,
    url,
    socketUrl: (database) => `postgres://postgres@/${database}?host=${folder}&port=${port}`,
    sql(database, statement, role) {
      const { status, stdout, stderr } = psql(database, statement, role)
      if (status !== 0) throw new Error(stderr)
      return stdout.trim()
    },
    complaint: (database, statement, role) => psql(database, statement, role).stderr,
    async standby() {
      control(['-m', 'fast', 'stop'])
      const copy = clusterFolder()
      runAsOwner(copy, 'cp', ['-a', data, join(copy, 'data')])
      start()
      const from = `host=127.0.0.1 port=${port} user=postgres`
      appendFileSync(join(copy, 'data', 'postgresql.conf'), `primary_conninfo = '${from}'\n`)
      runAsOwner(copy, 'touch', [join(copy, 'data', 'standby.signal')])
      return startIn(copy, bin)
    },
    promote: () => control(['promote']),
    log: () => readFileSync(join(folder, 'log'), 'utf8'),
    configure: (line) => appendFileSync(join(data, 'postgresql.conf'), `${line}\n`),
    remove() {
      control(['-m', 'immediate', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

interface Psql {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function clusterFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'candor-postgres-'))
  if (isRoot()) chownSync(folder, idOf('-u'), idOf('-g'))
  return folder
}

/** PostgreSQL refuses to run as root. */
function runAsOwner(folder: string, program: string, words: readonly string[]): void {
  const command = isRoot()
    ? ['runuser', '-u', 'postgres', '--', program, ...words]
    : [program, ...words]
  const { status, stderr } = spawnSync(command[0] as string, command.slice(1), {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe']
  })
  if (status !== 0) throw new Error(stderr)
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
}
