/**
 * A PostgreSQL of its own in a temporary folder: Debian's programs, one cluster, a socket and a
 * port on loopback.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

export interface PostgresCluster {
  /** `postgres://…/<database>`. */
  url(database: string): string
  /** The same by its socket: for a network that has no way to the port. */
  socketUrl(database: string): string
  sql(database: string, statement: string): string
  remove(): void
}

/** Where Debian puts each version. */
const versionsFolder = '/usr/lib/postgresql'

export async function startPostgres(): Promise<PostgresCluster> {
  const version = existsSync(versionsFolder) ? readdirSync(versionsFolder).sort().at(-1) : undefined
  if (version === undefined)
    throw new Error('this journey needs PostgreSQL: apt-get install postgresql')
  const bin = (name: string): string => join(versionsFolder, version, 'bin', name)
  const folder = mkdtempSync(join(tmpdir(), 'candor-postgres-'))
  const data = join(folder, 'data')
  // PostgreSQL refuses to run as root.
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(folder, idOf('-u'), idOf('-g'))
  const run = (name: string, words: readonly string[]): void => {
    const command = isRoot
      ? ['runuser', '-u', 'postgres', '--', bin(name), ...words]
      : [bin(name), ...words]
    const { status, stderr } = spawnSync(command[0] as string, command.slice(1), {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe']
    })
    if (status !== 0) throw new Error(stderr)
  }
  const port = await freePort()
  const options = `-k ${folder} -p ${port} -c listen_addresses=127.0.0.1 -c fsync=off`
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'])
  run('pg_ctl', ['-D', data, '-w', '-t', '60', '-l', join(folder, 'log'), '-o', options, 'start'])
  const url = (database: string): string => `postgres://postgres@127.0.0.1:${port}/${database}`
  return {
    url,
    socketUrl: (database) => `postgres://postgres@/${database}?host=${folder}&port=${port}`,
    sql: (database, statement) =>
      execFileSync(bin('psql'), ['-XAtqv', 'ON_ERROR_STOP=1', url(database), '-c', statement], {
        encoding: 'utf8'
      }).trim(),
    remove() {
      run('pg_ctl', ['-D', data, '-m', 'immediate', 'stop'])
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
