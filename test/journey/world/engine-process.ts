/** Finds the process of a server's engine, and does to it what a kernel or an operator may do. */
import { readFileSync } from 'node:fs'
import { eventually, untilStoreIs, type RunningServer } from './candor-server.ts'

/** The only child of the server, or of the tracer that it runs under; undefined: there is none. */
export function engineOf({ process: { pid } }: RunningServer): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
  return children[0] === '' ? undefined : Number(children[0])
}

/** To the engine that answers now: one that is only starting would be waited for longer. */
export async function signalEngine(server: RunningServer, signal: NodeJS.Signals): Promise<number> {
  await untilStoreIs(server, 'ready')
  const engine = engineOf(server)
  if (engine === undefined) throw new Error('the store is ready and has no process')
  process.kill(engine, signal)
  return engine
}

/**
 * Resolves once another engine answers: the state alone may still be that of the one that was
 * killed.
 */
export async function killEngine(server: RunningServer): Promise<void> {
  const killed = await signalEngine(server, 'SIGKILL')
  await eventually(
    () => Promise.resolve(engineOf(server)),
    (engine) => engine !== undefined && engine !== killed
  )
  await untilStoreIs(server, 'ready')
}
