/**
 * What becomes of each body that is sent? Removed where somebody has it or nobody ever will, kept
 * where another attempt may help.
 */
import { DAY_MS } from '#values/days'
import { recordsIn, removeBody, type WaitingBody } from '../bodies/outbox.ts'
import type { DeliveryParts } from '../bodies/plan-context.ts'
import type { Wire } from '../bodies/plan.ts'
import { sends } from '../consent/decision.ts'
import { limits } from '../limits.ts'
import type { Transport } from '../network/transport.ts'
import type { Delivery, DroppedRecord } from '../telemetry.ts'
import { sdkVersion } from '../version.ts'
import {
  attemptFailed,
  attemptSucceeded,
  beginAttempt,
  jittered,
  loadDeliveryState,
  saveDeliveryState,
  type DeliveryState
} from './delivery-state.ts'
import { judgeAnswer, type Verdict } from './judge-answer.ts'
import { writeLogEntry } from './sent-log.ts'

/** A day: what one installation does within an hour is nobody's business. */
export const periodMs = DAY_MS

/** How long an attempt may take, and whether its process lives for it alone. */
export interface Patience {
  readonly connectMs: number
  /** For all bodies of an attempt together. */
  readonly deliveryMs: number
  readonly stays: boolean
}

export interface Sending extends DeliveryParts {
  readonly transport: Transport
  readonly patience: Patience
}

interface Target {
  readonly url: string
  readonly wire: Wire
  /** Somebody waits for the answer. */
  readonly asked: boolean
}

/** What came of an attempt so far. */
interface Outcome {
  readonly sum: { reports: number; records: number; readonly dropped: DroppedRecord[] }
  afterSeconds: number | undefined
  /** Kept where nobody took anything: a refusal says nothing of how much is wanted. */
  sample: number | undefined
}

export async function sendBodies(
  sending: Sending,
  bodies: readonly WaitingBody[],
  target: Target
): Promise<Delivery> {
  const { form, consent, effects, patience } = sending
  const endsAt = effects.elapsed() + patience.deliveryMs
  const outcome: Outcome = {
    sum: { reports: 0, records: 0, dropped: [] },
    afterSeconds: undefined,
    sample: loadDeliveryState(sending).sample
  }
  remember(sending, (before) => beginAttempt(sending, before))
  for (const body of bodies) {
    const deadlineMs = Math.floor(endsAt - effects.elapsed())
    if (deadlineMs <= 0) break
    const answer = await sendBody(sending, body, { ...target, deadlineMs })
    if (!sends(consent.refresh())) return { is: 'silent', state: consent.decision().state }
    if (answer.is === 'answered') log(sending, body, { url: target.url, status: answer.status })
    const verdict = judgeAnswer(answer, {
      wire: body.wire,
      product: form.product,
      text: body.text,
      now: effects.now()
    })
    const end = settle(sending, body, { verdict, outcome })
    if (end !== undefined) return outcome.sum.reports > 0 ? { is: 'sent', ...outcome.sum } : end
  }
  return { is: 'sent', ...outcome.sum }
}

function sendBody(
  sending: Sending,
  body: WaitingBody,
  { url, wire, asked, deadlineMs }: Target & { readonly deadlineMs: number }
): ReturnType<Transport['send']> {
  const { options, consent, effects, patience, transport } = sending
  log(sending, body, { url, status: 0 })
  return transport.send({
    method: 'POST',
    url,
    headers: headersOf(wire, consent.endpoint().writeKey, effects.now()),
    body: body.text,
    connectMs: Math.min(patience.connectMs, deadlineMs),
    deadlineMs,
    answerBytesMax: limits.answerBytesMax,
    ca: options.ca,
    awaited: asked || patience.stays
  })
}

function log(
  { state, effects }: Sending,
  body: WaitingBody,
  { url, status }: { readonly url: string; readonly status: number }
): void {
  const at = new Date(effects.now()).toISOString()
  writeLogEntry(state, body, { at, url, status, body: body.text })
}

/** Undefined: the next body is sent. Else the attempt is over, and this is what it says. */
function settle(
  sending: Sending,
  body: WaitingBody,
  { verdict, outcome }: { readonly verdict: Verdict; readonly outcome: Outcome }
): Delivery | undefined {
  const { state, effects } = sending
  const { sum } = outcome
  const succeeded = (answer: string): void => {
    const { afterSeconds, sample } = outcome
    const next = { periodMs, afterSeconds, sample }
    remember(sending, (before) => attemptSucceeded(sending, before, next), answer)
  }
  switch (verdict.is) {
    case 'accepted':
      removeBody(state, body)
      sum.reports += 1
      sum.records += recordsIn(body)
      sum.dropped.push(...verdict.dropped)
      outcome.afterSeconds = Math.max(outcome.afterSeconds ?? 0, verdict.afterSeconds ?? 0)
      outcome.sample = verdict.sample
      succeeded('accepted')
      return undefined
    case 'refused': {
      // The log has what it was; nobody will ever take it.
      removeBody(state, body)
      lose(sending, { refused: recordsIn(body) })
      const code = `ANSWERED_${verdict.status}`
      sum.dropped.push(...namesIn(body).map((name) => ({ name, code })))
      succeeded(`refused with ${verdict.status}`)
      return undefined
    }
    case 'retired': {
      const mutedUntil = effects.now() + jittered(limits.mutedMs, effects, limits.mutedMs)
      const quiet = { failures: 0, isOpen: false, mutedUntil }
      remember(sending, (before) => ({ ...before, ...quiet }), 'the product no longer collects')
      return muted(mutedUntil)
    }
    case 'keep': {
      const { retryAfterMs, because, says } = verdict
      remember(sending, (before) => attemptFailed(sending, before, retryAfterMs), says)
      return { is: 'kept', because, says }
    }
  }
}

function remember(
  sending: Sending,
  change: (before: DeliveryState) => DeliveryState,
  answer?: string
): void {
  const changed = change(loadDeliveryState(sending))
  const at = new Date(sending.effects.now()).toISOString()
  saveDeliveryState(sending, {
    ...changed,
    ...(answer === undefined ? {} : { last: { at, answer } })
  })
}

/** Counts what is gone, so that the next report says so. */
export function lose(parts: DeliveryParts, counts: Readonly<Record<string, number>>): void {
  if (Object.keys(counts).length === 0) return
  const before = loadDeliveryState(parts)
  const lost = { ...before.lost }
  for (const [cause, count] of Object.entries(counts)) lost[cause] = (lost[cause] ?? 0) + count
  saveDeliveryState(parts, { ...before, lost })
}

/** As they would be now; the time of sending is theirs, so that the body can stay as it is. */
export function headersOf(
  wire: Wire,
  writeKey: string | undefined,
  now: number
): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'application/json',
    'User-Agent': `candor-ts/${sdkVersion}`,
    ...(wire.is === 'native'
      ? { 'Candor-Sent-At': new Date(now).toISOString() }
      : { Authorization: `Basic ${Buffer.from(`${writeKey ?? ''}:`).toString('base64')}` })
  }
}

export function muted(until: number): Delivery {
  return {
    is: 'kept',
    because: 'muted',
    says:
      'the collector says that this product no longer collects; it is asked again after ' +
      `${new Date(until).toISOString()}`
  }
}

function namesIn({ text, wire }: WaitingBody): readonly string[] {
  const body = JSON.parse(text) as {
    runs?: readonly { records: readonly { name: string }[] }[]
    batch?: readonly { event: string }[]
    event?: string
  }
  if (wire === 'native')
    return (body.runs ?? []).flatMap(({ records }) => records.map(({ name }) => name))
  return (body.batch ?? [{ event: body.event ?? '' }]).map(({ event }) => event)
}
