/** Starts a built relay as a company would, in a folder of its own. */
import { spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { candor, eventually, runCandor } from '../candor-server.ts'

export interface RunningRelay {
  readonly port: number
  readonly url: string
  readonly data: string
  printed(): string
  /** As `candor relay status` prints it. */
  status(): Promise<RelayStatusText>
  kill(signal: NodeJS.Signals): Promise<void>
}

interface RelayStatusText {
  readonly text: string
  readonly queue: {
    readonly bytesWaiting: number
    readonly handedOn: number
    readonly unreadable: number
  }
}

/** `folder` is where it finds its policy and keeps its data. */
export async function startRelay(
  folder: string,
  collector: string,
  flags: readonly string[] = [],
  port = 0
): Promise<RunningRelay> {
  const data = join(folder, 'relay')
  rmSync(join(data, 'relay.json'), { force: true })
  const child = spawn(
    process.execPath,
    [candor, 'relay', '--collector', collector, '--port', String(port), ...flags],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder },
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()))
  for (let attempt = 0; !existsSync(join(data, 'relay.json')); attempt += 1) {
    if (child.exitCode !== null || attempt > 600) {
      child.kill('SIGKILL')
      throw new Error(`the relay does not run:\n${printed}`)
    }
    await sleep(50)
  }
  const url = await eventually(
    async () => /http:\/\/[\d.:]+/.exec(printed)?.[0] ?? '',
    (found) => found !== ''
  )
  const asked = async (format: string): Promise<string> => {
    const { out, error } = await runCandor({ data, folder }, [
      'relay',
      'status',
      '--data',
      data,
      '--format',
      format
    ])
    if (error !== '') throw new Error(error)
    return out
  }
  return {
    url,
    port: Number(new URL(url).port),
    data,
    printed: () => printed,
    async status() {
      const { queue } = JSON.parse(await asked('json')) as RelayStatusText
      return { queue, text: await asked('text') }
    },
    async kill(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      await ended
    }
  }
}
