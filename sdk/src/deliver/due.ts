/**
 * Is it time to look whether something waits? Small, since every run of a program asks it before
 * anything of delivery is loaded.
 */

/** A time further away than anything could have set it was written by a clock that was wrong. */
export const farthestMs = 32 * 86_400_000

/**
 * Whether a background attempt may be made now, by the text of `delivery.json`. What ends with its
 * run waits for no period.
 */
export function isDue(text: string | undefined, now: number, fleeting = false): boolean {
  const { notBefore, next, mutedUntil } = timesIn(text, now)
  return Math.max(notBefore, fleeting ? 0 : next, mutedUntil) <= now
}

/** Whatever the text holds: what is no believable time is none, 0. */
function timesIn(
  text: string | undefined,
  now: number
): Record<'notBefore' | 'next' | 'mutedUntil', number> {
  let read: Readonly<Record<string, unknown>> = {}
  try {
    read = (JSON.parse(text ?? '{}') as typeof read | null) ?? {}
  } catch {
    // A state that can't be read is as good as none: the worst of it is one attempt too many.
  }
  const time = (name: string): number => {
    const at = read[name]
    return Number.isSafeInteger(at) && Number(at) >= 0 && Number(at) <= now + farthestMs
      ? Number(at)
      : 0
  }
  return { notBefore: time('notBefore'), next: time('next'), mutedUntil: time('mutedUntil') }
}
