/**
 * `--demo`: lets ninety simulated days pass in a minute, and then gives the server its real clock
 * back.
 */
import cliProgress from 'cli-progress'
import type { App } from '../../app/start.ts'
import type { Clock } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { sendFleet } from './fleet.ts'

export interface ShiftedClock extends Clock {
  /** Shows this time from now on, and goes on from it; undefined: the real one. */
  show(now: number | undefined): void
  /** Whether it shows another time than the real one. */
  isMoved(): boolean
}

/** Enough to keep one core busy, and few enough to share fsyncs well. */
const connections = 32

export function shiftedClock(clock: Clock): ShiftedClock {
  let behindMs = 0
  return {
    ...clock,
    now: () => clock.now() - behindMs,
    isMoved: () => behindMs !== 0,
    show(now) {
      behindMs = now === undefined ? 0 : clock.now() - now
    }
  }
}

/** Only an empty collector is filled: simulated records must never stand among real ones. */
export async function runDemo({
  app,
  clock,
  days,
  product,
  terminal
}: {
  readonly app: App
  /** Only this one's fleet. */
  readonly product: string | undefined
  readonly clock: ShiftedClock
  readonly days: number
  readonly terminal: Terminal
}): Promise<void> {
  const { out, network, signal, isInteractive, effects } = terminal
  if (!(await app.isEmpty())) {
    out(
      '  demo       not added: this collector has records already. For one of its own: ' +
        '--demo --data ./demo\n'
    )
    return
  }
  const only = product === undefined ? undefined : app.contractOf(product)
  if (product !== undefined && only === undefined)
    throw new CandorError(
      'PRODUCT_UNKNOWN',
      `No product is called "${product}" here: name the folder of its contract with --products.`
    )
  const bar = new cliProgress.SingleBar(
    {
      format: '  demo       {bar} day {value} of {total}, {sent} requests sent',
      hideCursor: true,
      stream: process.stderr
    },
    cliProgress.Presets.shades_classic
  )
  if (isInteractive) bar.start(days, 0, { sent: 0 })
  const poster = network.openPoster(app.urls.ingest, { connections })
  try {
    const { day, sent, failed } = await sendFleet({
      poster,
      only,
      atOnce: connections,
      endsAt: effects.clock.now(),
      days,
      signal,
      moveClock: (now) => clock.show(now),
      onDay: (progress) => bar.update(progress.day, { sent: progress.sent })
    })
    bar.stop()
    if (signal.aborted) {
      out(`  demo       stopped after ${day} of ${days} days\n`)
      return
    }
    await app.untilLoaded()
    const trouble = failed === 0 ? '' : `, ${failed} of them not accepted`
    out(
      `  demo       ${sent} reports of a simulated fleet over ${days} days${trouble}; none ` +
        'of it is real. For example:\n'
    )
    out(
      `             npx candor ask active-installations --product ${product ?? 'timescaledb'} ` +
        '--since 90d --unit week\n'
    )
  } finally {
    bar.stop()
    poster.close()
    clock.show(undefined)
  }
}
