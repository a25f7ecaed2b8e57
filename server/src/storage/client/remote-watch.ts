/**
 * Is the remote ClickHouse there? Asked again and again, so that everybody else may ask for free.
 */
import type { Effects } from '../../effects.ts'
import type { ClickHouse } from './clickhouse-client.ts'
import type { EngineLog, EngineState } from '../engine/supervisor.ts'

export interface RemoteWatch {
  /** Resolves after the first look. */
  readonly started: Promise<void>
  state(): EngineState
  close(): Promise<void>
}

const lookEveryMs = 2_000
const lookMsMax = 5_000

export function watchRemote(
  clickHouse: Pick<ClickHouse, 'isThere'>,
  { clock }: Pick<Effects, 'clock'>,
  log: EngineLog
): RemoteWatch {
  const closing = new AbortController()
  let state: EngineState = { is: 'starting', since: clock.now() }
  const look = async (): Promise<void> => {
    const is = (await clickHouse.isThere(lookMsMax)) ? 'ready' : 'unreachable'
    if (is === state.is) return
    state = { is, since: clock.now() }
    log.info({ state: is }, 'storage engine')
  }
  const started = look()
  const running = (async () => {
    await started
    while (!closing.signal.aborted) {
      await clock.sleep(lookEveryMs, closing.signal)
      if (!closing.signal.aborted) await look()
    }
  })()
  return {
    started,
    state: () => state,
    async close() {
      closing.abort()
      await running
    }
  }
}
