/** `--demo`: lets ninety simulated days pass in a minute, and then gives the server its real clock back. */
import cliProgress from 'cli-progress'
import type { App } from '../../app.ts'
import type { Clock } from '../../effects.ts'
import type { Terminal } from '../terminal.ts'
import { demoDays, sendFleet } from './fleet.ts'

export interface ShiftedClock extends Clock {
  /** Shows this time from now on, and goes on from it; undefined: the real one. */
  show(now: number | undefined): void
}

/** Starts where the demonstration starts, so that nothing is stamped with a time that comes after it. */
export function shiftedClock(clock: Clock): ShiftedClock {
  let behindMs = demoDays * 86_400_000
  return {
    ...clock,
    now: () => clock.now() - behindMs,
    show(now) {
      behindMs = now === undefined ? 0 : clock.now() - now
    }
  }
}

/** Only an empty collector is filled: simulated records must never stand among real ones. */
export async function runDemo({
  app,
  clock,
  terminal
}: {
  readonly app: App
  readonly clock: ShiftedClock
  readonly terminal: Terminal
}): Promise<void> {
  const { out, network, signal, isInteractive } = terminal
  if (!(await app.isEmpty())) {
    clock.show(undefined)
    out('This collector has records already, so no demonstration was added. For one: --demo --data ./demo\n')
    return
  }
  const bar = new cliProgress.SingleBar(
    { format: '  demo       {bar} day {value}/{total}, {sent} records sent', hideCursor: true, stream: process.stderr },
    cliProgress.Presets.shades_classic
  )
  if (isInteractive) bar.start(demoDays, 0, { sent: 0 })
  const { sent, failed } = await sendFleet({
    url: app.urls.ingest,
    endsAt: terminal.effects.clock.now(),
    network,
    signal,
    moveClock: (now) => clock.show(now),
    onDay: (progress) => bar.update(progress.day, { sent: progress.sent })
  })
  bar.stop()
  clock.show(undefined)
  await app.untilLoaded()
  out(
    `  demo       ${sent} simulated records of 90 days${failed === 0 ? '' : `, ${failed} not accepted`}: candor ask versions --product timescaledb --since 90d\n`
  )
}
