/** What has been sent, byte for byte? A file each, so that no process spoils another's. */
import { limits } from '../limits.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { LogEntry } from '../telemetry.ts'
import { isObject, parseJson } from '../json.ts'
import type { WaitingBody } from '../bodies/outbox.ts'

const entryBytesMax = 8 * limits.reportBytesMax

/** The same body has one entry, with what was heard last; status 0: nothing was. */
export function writeLogEntry(
  state: StateFolder,
  body: Pick<WaitingBody, 'name'>,
  entry: LogEntry
): void {
  state.write(`log/${body.name}`, JSON.stringify(entry))
}

/**
 * The body has less in it from here on: what was sent of it before, if it was, keeps an entry of
 * its own.
 */
export function keepEarlierEntry(state: StateFolder, { name }: Pick<WaitingBody, 'name'>): void {
  const entry = `log/${name}`
  for (let count = 1; state.sizeOf(entry) > 0; count += 1) {
    const own = entry.replace(/json$/, `${count}.json`)
    if (state.sizeOf(own) === 0) return void state.rename(entry, own)
  }
}

export function trimLog(state: StateFolder, now: number): void {
  let [reports, bytes] = [0, 0]
  for (const name of state.list('log').toReversed()) {
    reports += 1
    bytes += state.sizeOf(`log/${name}`)
    const isOld = Number(name.slice(0, 13)) < now - limits.logAgeMsMax
    if (isOld || reports > limits.logReportsMax || bytes > limits.logBytesMax)
      state.remove(`log/${name}`)
  }
}

/** Oldest first. */
export function readLog(state: StateFolder, now: number): readonly LogEntry[] {
  return state.list('log').flatMap((name) => {
    if (Number(name.slice(0, 13)) < now - limits.logAgeMsMax) return []
    const entry = parseJson(state.read(`log/${name}`, entryBytesMax))
    return isObject(entry) && typeof entry['body'] === 'string'
      ? [entry as unknown as LogEntry]
      : []
  })
}
