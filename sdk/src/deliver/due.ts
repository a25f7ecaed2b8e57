/**
 * Is it time to look whether something waits? Small, since every run of a program asks it before
 * anything of delivery is loaded.
 */
import { parseJson } from '../json.ts'
import { limits } from '../limits.ts'
import { DAY_MS } from '#values/days'

/** A time further away than anything could have set it was written by a clock that was wrong. */
const farthestMs = 46 * DAY_MS

/**
 * Whether a background attempt may be made now, by the text of `delivery.json`. What ends with its
 * run waits for no period.
 */
export function isDue(text: string | undefined, now: number, fleeting = false): boolean {
  const { notBefore, next, mutedUntil } = timesIn(text, now)
  return Math.max(notBefore, fleeting ? 0 : next, mutedUntil) <= now
}

/**
 * What is no believable time is none, 0: nothing that a wrong clock wrote may silence the runs
 * after it.
 */
export function believableTimes(
  read: Readonly<Record<string, unknown>>,
  now: number
): Record<'notBefore' | 'next' | 'mutedUntil', number> {
  const isWrong = Number(read['written'] ?? 0) > now + limits.aheadMsMax
  const time = (name: string): number => {
    const at = read[name]
    return !isWrong && Number.isSafeInteger(at) && Number(at) >= 0 && Number(at) <= now + farthestMs
      ? Number(at)
      : 0
  }
  return { notBefore: time('notBefore'), next: time('next'), mutedUntil: time('mutedUntil') }
}

function timesIn(text: string | undefined, now: number): ReturnType<typeof believableTimes> {
  try {
    return believableTimes(
      JSON.parse(text ?? '{}') as object | null as Record<string, unknown>,
      now
    )
  } catch {
    // A state that can't be read is as good as none: the worst of it is one attempt too many.
    return believableTimes({}, now)
  }
}

/**
 * The share of events that the collector asked for, by the text of `delivery.json`: 1 where it
 * asked for none, or where that can't be read. It can only lower what the contract says.
 */
export function steeredShare(text: string | undefined): number {
  const { sample } = (parseJson(text) ?? {}) as { readonly sample?: unknown }
  return typeof sample === 'number' && sample > 0 && sample < 1 ? sample : 1
}
