/**
 * When may the next attempt be made? Remembered between processes, so that a hundred of them make
 * one.
 */
import type { Effects } from '../effects.ts'
import type { StateFolder } from '../state/state-folder.ts'
import { farthestMs } from './due.ts'

const file = 'delivery.json'
/** An hour of silence after the fourth failure, a day from the seventh on. */
const firstPauseMs = 60_000
const pauseFactor = 4
const pauseMsMax = 86_400_000
/**
 * What an answer may ask for at most: whoever asks for more means for ever, and that is what 410 is
 * for.
 */
const askedMsMax = 30 * 86_400_000

/** `delivery.json`. Times are milliseconds since 1970; 0: no such time. */
export interface DeliveryState {
  /** In a row. */
  readonly failures: number
  /** An attempt began, and nobody has heard how it ended: its process may be gone. */
  readonly isOpen: boolean
  /** After a failure, or because the collector asked. */
  readonly notBefore: number
  /** When the next period begins. */
  readonly next: number
  /** The product's collector said that it no longer collects. */
  readonly mutedUntil: number
  /** Records that nothing has told of yet, by cause. */
  readonly lost: Readonly<Record<string, number>>
  readonly last?: { readonly at: string; readonly answer: string }
}

type Place = { readonly state: StateFolder; readonly effects: Pick<Effects, 'now' | 'randomBytes'> }

export function loadDeliveryState({ state }: Pick<Place, 'state'>): DeliveryState {
  return readDeliveryState(state.read(file))
}

/** Whatever the text holds. */
export function readDeliveryState(text: string | undefined): DeliveryState {
  let read: Record<string, unknown> = {}
  try {
    const parsed: unknown = JSON.parse(text ?? '{}')
    if (typeof parsed === 'object' && parsed !== null) read = parsed as Record<string, unknown>
  } catch {
    // A state that can't be read is as good as none: the worst of it is one attempt too many.
  }
  const number = (name: string): number => {
    const value = read[name]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
  }
  const lost: Record<string, number> = {}
  for (const [cause, count] of Object.entries(read['lost'] ?? {}))
    if (typeof count === 'number' && Number.isSafeInteger(count) && count > 0) lost[cause] = count
  const last = read['last'] as { at?: unknown; answer?: unknown } | undefined
  return {
    failures: number('failures'),
    isOpen: read['isOpen'] === true,
    notBefore: number('notBefore'),
    next: number('next'),
    mutedUntil: number('mutedUntil'),
    lost,
    ...(typeof last?.at === 'string' && typeof last.answer === 'string'
      ? { last: { at: last.at, answer: last.answer } }
      : {})
  }
}

/** What is no believable time is none, 0. */
export function dueAt(
  state: DeliveryState,
  now: number
): Pick<DeliveryState, 'notBefore' | 'next' | 'mutedUntil'> {
  const believable = (at: number): number => (at > now + farthestMs ? 0 : at)
  return {
    notBefore: believable(state.notBefore),
    next: believable(state.next),
    mutedUntil: believable(state.mutedUntil)
  }
}

export function saveDeliveryState({ state }: Pick<Place, 'state'>, changed: DeliveryState): void {
  state.write(file, JSON.stringify(changed))
}

/**
 * Before an attempt: it counts as failed until it has not. A program that ends while it waits for
 * an answer would otherwise try again
 * each time that it runs.
 */
export function beginAttempt(place: Place, before: DeliveryState): DeliveryState {
  const failures = before.failures + 1
  const pause = Math.min(pauseMsMax, firstPauseMs * pauseFactor ** Math.min(failures - 1, 10))
  return {
    ...before,
    failures,
    isOpen: true,
    notBefore: place.effects.now() + jittered(pause, place.effects)
  }
}

/** The collector has taken it: the next period begins, which an answer can only lengthen. */
export function attemptSucceeded(
  place: Place,
  before: DeliveryState,
  {
    periodMs,
    afterSeconds = 0
  }: { readonly periodMs: number; readonly afterSeconds?: number | undefined }
): DeliveryState {
  const now = place.effects.now()
  const period = Math.max(
    jittered(periodMs, place.effects),
    Math.min(afterSeconds * 1_000, askedMsMax)
  )
  return { ...before, failures: 0, isOpen: false, notBefore: 0, mutedUntil: 0, next: now + period }
}

/** Not now: 429, 503, no network. `retryAfterMs` can only lengthen the pause. */
export function attemptFailed(
  place: Place,
  before: DeliveryState,
  retryAfterMs = 0
): DeliveryState {
  return {
    ...before,
    isOpen: false,
    notBefore: Math.max(before.notBefore, place.effects.now() + Math.min(retryAfterMs, askedMsMax))
  }
}

/**
 * Between three and five quarters: machines that were started together, or failed together, come
 * back apart.
 */
export function jittered(
  milliseconds: number,
  { randomBytes }: Pick<Effects, 'randomBytes'>
): number {
  const [high = 0, low = 0] = randomBytes(2)
  return Math.round(milliseconds * (0.75 + ((high * 256 + low) / 65_535) * 0.5))
}

/** Retry-After in milliseconds: seconds, or a date. */
export function retryAfterMs(value: string | undefined, now: number): number {
  if (value === undefined) return 0
  if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1_000
  const at = Date.parse(value)
  return Number.isNaN(at) ? 0 : Math.max(0, at - now)
}

/**
 * Why there may be no attempt now, if so. An attempt that somebody asked for waits for no period,
 * and for no pause after one that was
 * merely cut off: a program that ended too early is no reason to tell the next one's user to come
 * back later.
 */
export function reasonToWait(
  deliveryState: DeliveryState,
  { now, asked }: { readonly now: number; readonly asked: boolean }
): { readonly because: 'muted' | 'later'; readonly until: number } | undefined {
  const { mutedUntil, notBefore, next } = dueAt(deliveryState, now)
  if (mutedUntil > now) return { because: 'muted', until: mutedUntil }
  const pause = asked && deliveryState.isOpen ? 0 : notBefore
  const until = asked ? pause : Math.max(pause, next)
  return until > now ? { because: 'later', until } : undefined
}
