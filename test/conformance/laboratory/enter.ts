/**
 * Goes where nothing leaves: a network, a process table and mounts of the kit's own, in which it
 * starts itself again.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '../refusal.ts'

/** Which Debian package has each tool. */
const tools: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  script: 'bsdutils',
  mount: 'mount',
  ip: 'iproute2',
  strace: 'strace'
}

const inside = 'CANDOR_CONFORMANCE_INSIDE'

export function isInside(environment: NodeJS.ProcessEnv): boolean {
  return environment[inside] === '1'
}

/** Starts the same command inside, and returns its exit code. */
export async function enter(
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  isRoot: boolean
): Promise<number> {
  const missing = Object.keys(tools).filter((tool) => !isThere(tool, environment['PATH'] ?? ''))
  if (missing.length > 0)
    throw new Refusal(
      'TOOL_MISSING',
      `needs ${missing.join(', ')}: apt-get install ` +
        `${[...new Set(missing.map((tool) => tools[tool]))].join(' ')}`
    )
  // Who is not root may still be root of a namespace of users, where the machine allows that.
  const options = [
    ...(isRoot ? [] : ['--user', '--map-root-user']),
    '--net',
    '--mount',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child'
  ]
  const probe = spawnSync('unshare', [...options, 'sh', '-c', 'ip link set lo up'], {
    encoding: 'utf8'
  })
  if (probe.status !== 0)
    throw new Refusal(
      'NAMESPACE_REFUSED',
      "a closed network can't be made here: run it as root (CAP_SYS_ADMIN and CAP_NET_ADMIN) " +
        `on Linux.\n${(probe.stderr ?? '').trim()}`
    )
  const child = spawn('unshare', [...options, ...argv], {
    stdio: 'inherit',
    env: { ...environment, [inside]: '1' }
  })
  // A terminal's Ctrl-C reaches both; who signals only this process means both.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => child.kill('SIGKILL'))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 2))
  })
}

/** Within: puts the network up, and has names asked of nobody but the kit. */
export function furnish(): void {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-names-'))
  try {
    const file = join(folder, 'resolv.conf')
    writeFileSync(file, 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n')
    must('ip', ['link', 'set', 'lo', 'up'])
    // Without this file the C library asks 127.0.0.1 by itself.
    if (existsSync('/etc/resolv.conf')) must('mount', ['--bind', file, '/etc/resolv.conf'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function must(command: string, parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' })
  if (status !== 0)
    throw new Refusal('NAMESPACE_REFUSED', `${command} ${parameters.join(' ')}: ${stderr.trim()}`)
}

function isThere(tool: string, path: string): boolean {
  return [...path.split(':'), '/usr/sbin', '/sbin'].some((folder) => existsSync(join(folder, tool)))
}
