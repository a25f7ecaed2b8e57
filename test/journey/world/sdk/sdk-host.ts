/**
 * A program that reports with the SDK, as another process of a test: what it does is in its first
 * argument.
 */
import { writeSync } from 'node:fs'
import { createTelemetry, type ContractForm } from '../../../../sdk/src/index.ts'
import { systemEffects } from '../../../../sdk/src/effects.ts'

export interface HostOrder {
  readonly form: ContractForm
  readonly folder: string
  readonly endpoint: string
  readonly writeKey?: string
  readonly runs?: 'program' | 'service'
  readonly insecure?: boolean
  readonly ca?: string
  /** Numbers to record, each printed once it must be on the disk. */
  readonly from?: number
  readonly count?: number
  /** Milliseconds between two records; 0: all in one turn. */
  readonly everyMs?: number
  readonly flush?: boolean
  /** After each so many records. */
  readonly flushEvery?: number
  /** How far the program's clock is ahead. */
  readonly clockAheadMs?: number
  /** Stays for so long, with a timer of its own. */
  readonly stayMs?: number
  /** Prints how many milliseconds lie between its last act and its end. */
  readonly tellsEnd?: boolean
  readonly exit?: boolean
  readonly exitCode?: number
  /** Of the product; 1.26.0 if nothing is said. */
  readonly version?: string
  readonly call?: 'versions' | 'test' | 'verify' | 'forget' | 'preview'
}

const order = JSON.parse(process.argv[2] ?? '{}') as HostOrder
const { clockAheadMs = 0 } = order
const telemetry = createTelemetry({
  contract: order.form,
  version: order.version ?? '1.26.0',
  folder: order.folder,
  endpoint: order.endpoint,
  runs: order.runs ?? 'program',
  ...(order.writeKey === undefined ? {} : { writeKey: order.writeKey }),
  ...(order.insecure === undefined ? {} : { insecure: order.insecure }),
  ...(order.ca === undefined ? {} : { ca: order.ca }),
  effects: Object.create(systemEffects, {
    now: { value: () => Date.now() + clockAheadMs }
  }) as typeof systemEffects
})

// Synchronous: a line that was not written when the process was killed was not promised.
const say = (text: string): void => void writeSync(1, `${text}\n`)
const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds))

const { from = 0, count = 0, everyMs = 0, flushEvery = 0 } = order
for (let number = from; number < from + count; number += 1) {
  telemetry.record('counted', { number }, { durable: true })
  say(String(number))
  if (everyMs > 0) await pause(everyMs)
  if (flushEvery > 0 && (number - from) % flushEvery === flushEvery - 1) await telemetry.flush()
}
if (order.flush === true) say(JSON.stringify(await telemetry.flush()))
if (order.call !== undefined) say(JSON.stringify(await telemetry.controls[order.call]()))
if (order.stayMs !== undefined) await pause(order.stayMs)
// From here on nothing of the program's own keeps it alive.
const endsAt = performance.now()
if (order.tellsEnd === true)
  process.on('exit', () => say(`ended ${(performance.now() - endsAt).toFixed(1)}`))
if (order.exit === true) process.exit(order.exitCode ?? 0)
