/**
 * When may the next attempt be made? Remembered between processes, so that a hundred of them make
 * one.
 */
import { DAY_MS } from '#values/days'
import type { Effects } from '../effects.ts'
import type { StateAccess } from '../state/state-folder.ts'
import { believableTimes, steeredShare } from './due.ts'

const file = 'delivery.json'
/** An hour of silence after the fourth failure, a day from the seventh on. */
const firstPauseMs = 60_000
const pauseFactor = 4
const pauseMsMax = DAY_MS
/**
 * What an answer may ask for at most: whoever asks for more means for ever, and that is what 410 is
 * for.
 */
const askedMsMax = 30 * DAY_MS

/** `delivery.json`. Times are milliseconds since 1970; 0: no such time. */
export interface DeliveryState {
  /** When this was written: by a clock that was wrong, if that is in the future. */
  readonly written: number
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
  /** The share of events that the collector asked for last; absent: all that the contract sends. */
  readonly sample?: number
  readonly last?: { readonly at: string; readonly answer: string }
}

export function loadDeliveryState({ state }: Pick<StateAccess<never>, 'state'>): DeliveryState {
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
    written: number('written'),
    failures: number('failures'),
    isOpen: read['isOpen'] === true,
    notBefore: number('notBefore'),
    next: number('next'),
    mutedUntil: number('mutedUntil'),
    lost,
    ...(steeredShare(text) < 1 ? { sample: steeredShare(text) } : {}),
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
  return believableTimes({ ...state }, now)
}

export function saveDeliveryState(
  { state, effects }: StateAccess<'now'>,
  changed: DeliveryState
): void {
  const { last, ...rest } = changed
  const written = { ...rest, written: effects.now(), ...(last === undefined ? {} : { last }) }
  state.write(file, JSON.stringify(written satisfies DeliveryState))
}

/**
 * Before an attempt: others wait as they would after one that failed. If its program ends before an
 * answer, that is all that comes of
 * it: nobody has failed, and the next pause is no longer.
 */
export function beginAttempt(
  place: StateAccess<'now' | 'randomBytes'>,
  before: DeliveryState
): DeliveryState {
  const pause = Math.min(pauseMsMax, firstPauseMs * pauseFactor ** Math.min(before.failures, 10))
  return {
    ...before,
    isOpen: true,
    notBefore: place.effects.now() + jittered(pause, place.effects)
  }
}

/** The collector has taken it: the next period begins, which an answer can only lengthen. */
export function attemptSucceeded(
  place: StateAccess<'now' | 'randomBytes'>,
  before: DeliveryState,
  {
    periodMs,
    afterSeconds = 0,
    sample
  }: {
    readonly periodMs: number
    readonly afterSeconds?: number | undefined
    readonly sample?: number | undefined
  }
): DeliveryState {
  const asked = Math.min(afterSeconds * 1_000, askedMsMax)
  const { sample: _, ...rest } = before
  return {
    ...rest,
    ...(sample === undefined ? {} : { sample }),
    failures: 0,
    isOpen: false,
    notBefore: 0,
    mutedUntil: 0,
    next: place.effects.now() + jittered(periodMs, place.effects, asked)
  }
}

/** Not now: 429, 503, no network. `retryAfterMs` can only lengthen the pause. */
export function attemptFailed(
  place: StateAccess<'now' | 'randomBytes'>,
  before: DeliveryState,
  retryAfterMs = 0
): DeliveryState {
  const asked = Math.min(retryAfterMs, askedMsMax)
  const until = asked === 0 ? 0 : place.effects.now() + jittered(asked, place.effects, asked)
  return {
    ...before,
    failures: before.failures + 1,
    isOpen: false,
    notBefore: Math.max(before.notBefore, until)
  }
}

/**
 * Between three and five quarters, and all of it later than `least`: machines that were started
 * together, failed together or were asked
 * to wait together come back apart. Each moment of the span is as likely as any other.
 */
export function jittered(
  milliseconds: number,
  { randomBytes }: Pick<Effects, 'randomBytes'>,
  least = 0
): number {
  const chance = Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32
  const from = Math.max(milliseconds * 0.75, least)
  return Math.round(from + (Math.max(milliseconds, least) * chance) / 2)
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
