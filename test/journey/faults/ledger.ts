/** What was answered, found and found twice after each fault: the table of `npm run faults`. */
import { faultsOf, type Load } from '../world/clients.ts'
import type { RunningServer } from '../world/candor-server.ts'

export interface Row {
  readonly fault: string
  /** How often it happened. */
  readonly times: number
  readonly answered: number
  readonly found: number
  readonly twice: number
  /** There, and nobody was told so. */
  readonly unanswered: number
  readonly says?: string
}

/** What each fault is given: its luck, and how long it may go on. */
export interface Chance {
  /** `npm run faults` runs for minutes; the tests' short version for seconds. */
  readonly isLong: boolean
  /** A whole number, both ends included; the same in each run with the same seed. */
  between(least: number, most: number): number
}

/** A generator for each fault, so that one fault's luck is the same without the others. */
export function chanceOf(seed: number, fault: string, isLong: boolean): Chance {
  let state = seed >>> 0
  for (const letter of fault) state = (Math.imul(state, 31) + letter.charCodeAt(0)) >>> 0
  const draw = (): number => {
    // This is mulberry32.
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { isLong, between: (least, most) => least + Math.floor(draw() * (most - least + 1)) }
}

export function answeredOf(load: Pick<Load, 'answered'>): number {
  return [...load.answered.values()].reduce((total, { size }) => total + size, 0)
}

/** Waits until all is found, or for so long. */
export async function rowOf(
  fault: string,
  times: number,
  server: RunningServer,
  load: Load,
  says?: string
): Promise<Row> {
  const faults = await faultsOf(server, load, 120)
  const count = (what: RegExp): number => faults.filter((each) => what.test(each)).length
  const answered = answeredOf(load)
  return {
    fault,
    times,
    answered,
    found: answered - count(/is missing$/),
    twice: count(/is there \d+ times$/),
    unanswered: count(/was not answered$/),
    ...(says === undefined ? {} : { says })
  }
}

export function tableOf(rows: readonly Row[]): string {
  const heads = ['fault', 'times', 'answered', 'found', 'twice', 'unanswered', 'says'] as const
  const lines = [
    heads.map(String),
    ...rows.map((row) => heads.map((head) => String(row[head] ?? '')))
  ]
  const widths = heads.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}
