/**
 * How does what was recorded leave the machine? Frozen once, sent byte for byte until somebody has
 * it, and never at its host's cost.
 */
import { prepares, sends } from '../consent/decision.ts'
import { DAY_MS } from '#values/days'
import { limits } from '../limits.ts'
import type { Delivery, DroppedRecord } from '../telemetry.ts'
import { reportsUrl, wireOf } from '../bodies/addresses.ts'
import { freezeSpool, sweepSpent, type FrozenBody } from '../bodies/claim.ts'
import {
  attemptFailed,
  attemptSucceeded,
  beginAttempt,
  jittered,
  loadDeliveryState,
  reasonToWait,
  saveDeliveryState,
  type DeliveryState
} from './delivery-state.ts'
import { judgeAnswer } from './judge-answer.ts'
import {
  recordsIn,
  removeBody,
  trimOutbox,
  waitingBodies,
  type WaitingBody
} from '../bodies/outbox.ts'
import { planContext, type DeliveryParts } from '../bodies/plan-context.ts'
import { planReports } from '../bodies/plan-reports.ts'
import type { Wire } from '../bodies/plan.ts'
import { takeLock } from './sending-lock.ts'
import { trimLog, writeLogEntry } from './sent-log.ts'
import { openTransport, type Transport } from '../network/transport.ts'
import { isWithinConsent } from '../bodies/within-consent.ts'
import { sdkVersion } from '../version.ts'

/** Delivery asks more of consent than recording does; what answers comes with it. */
export { askConsent } from '../consent/asking/ask-consent.ts'

export interface DeliveryInput extends DeliveryParts {
  /** The network; for tests another. */
  readonly transport?: Transport
  /**
   * How long an attempt may take, and whether its process lives for it alone. Default: not long,
   * within a program that has other work.
   */
  readonly patience?: Patience
}

export interface Patience {
  readonly connectMs: number
  /** For all bodies of an attempt together. */
  readonly deliveryMs: number
  readonly stays: boolean
}

const lockLooksMs = 25

const ownPatience: Patience = {
  connectMs: limits.connectMs,
  deliveryMs: limits.deliveryMs,
  stays: false
}

export interface OpenDelivery {
  /**
   * One attempt. `asked`: somebody asked for it, so it does not wait for its period, and the
   * process stays for the answer. `fleeting`: what
   * waits ends with this run, so it does not wait for its period either. Never rejects.
   */
  deliver(attempt?: { readonly asked?: boolean; readonly fleeting?: boolean }): Promise<Delivery>
  /**
   * Moves what is spooled into the outbox, where its bytes stay as they are. False: not all could
   * be moved now.
   */
  freeze(): boolean
  readonly transport: Transport
  /** Ends what is under way. */
  close(): void
}

/** A day: what one installation does within an hour is nobody's business. */
export const periodMs = DAY_MS

export function openDelivery(input: DeliveryInput): OpenDelivery {
  const { form, options, state, consent, effects, patience = ownPatience } = input
  const transport = input.transport ?? openTransport(effects)
  // An opt-out is not for what comes after the answer that is being waited for.
  consent.onChange(() => {
    if (!sends(consent.decision())) transport.close()
  })

  function freeze(): boolean {
    const context = planContext(input)
    const lines = (spooled: readonly string[]): readonly FrozenBody[] => {
      const before = loadDeliveryState(input)
      const { bodies, lost } = planReports(spooled, before.lost, context)
      // Written before the bodies are: a crash in between forgets a count, but tells none twice.
      if (JSON.stringify(lost) !== JSON.stringify(before.lost))
        saveDeliveryState(input, { ...before, lost })
      return bodies
    }
    sweepSpent(input, lines)
    const isWhole = freezeSpool(input, lines)
    lose(trimOutbox(state, { now: effects.now(), bytesMax: limits.waitingBytesMax }))
    return isWhole
  }

  function lose(counts: Readonly<Record<string, number>>): void {
    if (Object.keys(counts).length === 0) return
    const before = loadDeliveryState(input)
    const lost = { ...before.lost }
    for (const [cause, count] of Object.entries(counts)) lost[cause] = (lost[cause] ?? 0) + count
    saveDeliveryState(input, { ...before, lost })
  }

  function remember(change: (before: DeliveryState) => DeliveryState, answer?: string): void {
    const changed = change(loadDeliveryState(input))
    saveDeliveryState(input, {
      ...changed,
      ...(answer === undefined
        ? {}
        : { last: { at: new Date(effects.now()).toISOString(), answer } })
    })
  }

  async function send(
    bodies: readonly WaitingBody[],
    url: string,
    wire: Wire,
    asked: boolean
  ): Promise<Delivery> {
    const endsAt = effects.elapsed() + patience.deliveryMs
    const sum = { reports: 0, records: 0, dropped: [] as DroppedRecord[] }
    let afterSeconds: number | undefined
    // Kept where nobody took anything: a refusal says nothing of how much is wanted.
    let { sample } = loadDeliveryState(input)
    const sent = (): Delivery => ({ is: 'sent', ...sum })
    remember((before) => beginAttempt(input, before))
    for (const body of bodies) {
      const deadlineMs = Math.floor(endsAt - effects.elapsed())
      if (deadlineMs <= 0) break
      const log = (status: number): void =>
        writeLogEntry(state, body, {
          at: new Date(effects.now()).toISOString(),
          url,
          status,
          body: body.text
        })
      log(0)
      const answer = await transport.send({
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
      if (!sends(consent.refresh())) return { is: 'silent', state: consent.decision().state }
      if (answer.is === 'answered') log(answer.status)
      const verdict = judgeAnswer(answer, {
        wire: body.wire,
        product: form.product,
        text: body.text,
        now: effects.now()
      })
      switch (verdict.is) {
        case 'accepted':
          removeBody(state, body)
          sum.reports += 1
          sum.records += recordsIn(body)
          sum.dropped.push(...verdict.dropped)
          afterSeconds = Math.max(afterSeconds ?? 0, verdict.afterSeconds ?? 0)
          sample = verdict.sample
          remember(
            (before) => attemptSucceeded(input, before, { periodMs, afterSeconds, sample }),
            'accepted'
          )
          break
        case 'refused':
          // The log has what it was; nobody will ever take it.
          removeBody(state, body)
          lose({ refused: recordsIn(body) })
          sum.dropped.push(
            ...namesIn(body).map((name) => ({ name, code: `ANSWERED_${verdict.status}` }))
          )
          remember(
            (before) => attemptSucceeded(input, before, { periodMs, afterSeconds, sample }),
            `refused with ${verdict.status}`
          )
          break
        case 'retired': {
          const mutedUntil = effects.now() + jittered(limits.mutedMs, effects, limits.mutedMs)
          remember(
            (before) => ({ ...before, failures: 0, isOpen: false, mutedUntil }),
            'the product no longer collects'
          )
          return sum.reports > 0 ? sent() : muted(mutedUntil)
        }
        case 'keep':
          remember((before) => attemptFailed(input, before, verdict.retryAfterMs), verdict.says)
          return sum.reports > 0
            ? sent()
            : { is: 'kept', because: verdict.because, says: verdict.says }
      }
    }
    return sent()
  }

  /** Whoever asked waits for whoever sends now, as long as that may take in a program. */
  async function lockFor(asked: boolean): Promise<(() => void) | undefined> {
    const until = effects.elapsed() + limits.deliveryMs
    for (;;) {
      const release = takeLock(input)
      if (release !== undefined || !asked || effects.elapsed() >= until) return release
      // Somebody waits for the answer, and a timer of ours keeps no process alive.
      const leave = effects.stay(2 * lockLooksMs)
      await new Promise<void>((resolve) => void effects.after(lockLooksMs, resolve))
      leave()
    }
  }

  async function attempt(asked: boolean, fleeting: boolean): Promise<Delivery> {
    const decision = consent.refresh()
    if (!prepares(decision)) return { is: 'silent', state: decision.state }
    const stops = consent.stops()
    if (stops !== undefined) return { is: 'kept', because: 'later', says: stops }
    const release = await lockFor(asked)
    if (release === undefined)
      return state.path === undefined
        ? { is: 'nothing' }
        : { is: 'kept', because: 'later', says: 'another process of this product is sending' }
    // A program that ends in the middle leaves nobody waiting for it.
    const stayUntilExit = effects.atExit(release)
    try {
      freeze()
      const waiting = waitingBodies(state)
      const allowed = { form, allowedOf: (record: string) => consent.allows(record) }
      for (const body of waiting) if (!isWithinConsent(body, allowed)) removeBody(state, body)
      const bodies = waitingBodies(state)
      if (bodies.length === 0) return { is: 'nothing' }
      const { url, warning, writeKey } = consent.endpoint()
      if (url === undefined)
        return { is: 'kept', because: 'endpoint', says: warning ?? 'no endpoint is set' }
      const wire = wireOf({ url, writeKey })
      const address = reportsUrl(url, wire)
      if (!sends(decision)) {
        for (const body of bodies) {
          writeLogEntry(state, body, {
            at: new Date(effects.now()).toISOString(),
            url: address,
            status: 'log',
            body: body.text
          })
          removeBody(state, body)
        }
        return { is: 'silent', state: decision.state }
      }
      const ofThisWire = bodies.filter((body) => body.wire === wire.is)
      if (ofThisWire.length === 0)
        return {
          is: 'kept',
          because: 'endpoint',
          says: `what waits was made for another wire than ${wire.is}`
        }
      const wait = reasonToWait(loadDeliveryState(input), {
        now: effects.now(),
        asked: asked || fleeting
      })
      if (wait?.because === 'muted') return muted(wait.until)
      if (wait !== undefined)
        return {
          is: 'kept',
          because: 'later',
          says: `the next attempt is not before ${new Date(wait.until).toISOString()}`
        }
      const result = await send(ofThisWire, address, wire, asked)
      // What nobody has taken leaves room for what comes.
      if (sends(consent.decision()))
        lose(trimOutbox(state, { now: effects.now(), bytesMax: limits.outboxBytesMax }))
      return result
    } finally {
      // After a refusal nothing is left that this could take away.
      trimLog(state, effects.now())
      stayUntilExit()
      release()
    }
  }

  return {
    freeze: () => {
      // Nothing is written from the moment that anybody, in any process, said no.
      if (consent.refresh().level === undefined || consent.stops() !== undefined) return false
      const release = takeLock(input)
      if (release === undefined) return false
      try {
        return freeze()
      } finally {
        release()
      }
    },
    async deliver({ asked = false, fleeting = false } = {}) {
      try {
        return await attempt(asked, fleeting)
      } catch (error) {
        return {
          is: 'kept',
          because: 'network',
          says: error instanceof Error ? error.message : String(error)
        }
      }
    },
    transport,
    close: () => transport.close()
  }
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

function muted(until: number): Delivery {
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
