/**
 * How does a report leave? Through the SDK, in a life of its own: opened for one look at one
 * database, and closed after it.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { createTelemetry, type ContractForm, type Delivery, type Telemetry } from '@candor/sdk'
import type { Effects } from '../effects.ts'
import type { Level } from './look.ts'

export interface SenderInput {
  readonly form: ContractForm
  /** `acme` of `acme.telemetry_level`. */
  readonly setting: string
  readonly level: Level | undefined
  readonly version: string | undefined
  readonly ids?: { readonly installation: string; readonly lineage: string } | undefined
  readonly folder: string
  readonly log: (line: string) => void
}

/**
 * One database's folder of the reporter. Its name tells nothing: it is a hash of what the database
 * calls itself.
 */
export function folderOf(stateFolder: string, mark: string): string {
  return join(stateFolder, createHash('sha256').update(mark).digest('hex').slice(0, 24))
}

/** Whether the SDK has ever kept anything there. */
export function hasState(folder: string, files: Effects['files']): boolean {
  return files.exists(join(folder, 'telemetry'))
}

export function openSender(input: SenderInput): Telemetry {
  const { form, setting, level, version, ids, folder, log } = input
  const telemetry = createTelemetry({
    contract: form,
    // What says off is never recorded, and has no version that anybody asked for.
    version: version ?? 'unknown',
    runs: 'service',
    folder,
    log,
    ...(ids === undefined ? {} : { ids })
  })
  telemetry.controls.configure({
    keys: level === undefined ? {} : { [`${setting}.telemetry_level`]: level }
  })
  return telemetry
}

export interface SentReport {
  readonly at: string
  readonly url: string
  readonly answer: string
  /** Byte for byte. */
  readonly body: string
}

/** One attempt at all that waits, and what the SDK's own log says of it. */
export async function send(
  telemetry: Telemetry,
  since: number
): Promise<{ readonly delivery: Delivery; readonly reports: readonly SentReport[] }> {
  const delivery = await telemetry.flush()
  const log = await telemetry.controls.log()
  const reports = log
    .filter(({ at, status }) => Date.parse(at) >= since && status !== 0)
    .map(({ at, url, status, body }) => ({ at, url, answer: String(status), body }))
  return { delivery, reports: delivery.is === 'sent' ? reports : [] }
}

/** When the newest snapshot that waits was gathered. */
export async function waitingSince(telemetry: Telemetry): Promise<number | undefined> {
  const { bodies } = await telemetry.controls.preview()
  const times = bodies.flatMap((body) => {
    // It is native, or for a source of Segment's.
    const parsed = JSON.parse(body) as {
      readonly runs?: readonly { readonly records: readonly { readonly at: string }[] }[]
      readonly batch?: readonly { readonly timestamp: string }[]
      readonly timestamp?: string
    }
    const { runs = [], timestamp, batch = timestamp === undefined ? [] : [{ timestamp }] } = parsed
    return [
      ...runs.flatMap(({ records }) => records.map(({ at }) => Date.parse(at))),
      ...batch.map((call) => Date.parse(call.timestamp))
    ]
  })
  return times.length === 0 ? undefined : Math.max(...times)
}
