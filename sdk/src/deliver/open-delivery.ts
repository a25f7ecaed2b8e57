/**
 * How does what was recorded leave the machine? Frozen once, sent byte for byte until somebody has
 * it, and never at its host's cost.
 */
import { freezeSpool, sweepSpent, type FrozenBody } from '../bodies/claim.ts'
import { reportsUrl, wireOf } from '../bodies/addresses.ts'
import { recordsIn, removeBody, rewriteBody, trimOutbox, waitingBodies } from '../bodies/outbox.ts'
import { planContext, type DeliveryParts } from '../bodies/plan-context.ts'
import { planReports } from '../bodies/plan-reports.ts'
import { bodyWithinConsent } from '../bodies/within-consent.ts'
import { prepares, sends, type Decision } from '../consent/decision.ts'
import { limits } from '../limits.ts'
import { openTransport, type Transport } from '../network/transport.ts'
import type { Delivery } from '../telemetry.ts'
import { loadDeliveryState, reasonToWait, saveDeliveryState } from './delivery-state.ts'
import { lose, muted, sendBodies, type Patience, type Sending } from './send-bodies.ts'
import { takeLock } from './sending-lock.ts'
import { keepEarlierEntry, trimLog, writeLogEntry } from './sent-log.ts'

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

const lockLooksMs = 25

const ownPatience: Patience = {
  connectMs: limits.connectMs,
  deliveryMs: limits.deliveryMs,
  stays: false
}

export interface Attempt {
  /** Somebody asked: it does not wait for its period, and the process stays for the answer. */
  readonly asked?: boolean
  /** What waits ends with this run: it does not wait for its period either. */
  readonly fleeting?: boolean
}

export interface OpenDelivery {
  /** One attempt. Never rejects. */
  deliver(how?: Attempt): Promise<Delivery>
  /**
   * Moves what is spooled into the outbox, where its bytes stay as they are. False: not all could
   * be moved now.
   */
  freeze(): boolean
  readonly transport: Transport
  /** Ends what is under way. */
  close(): void
}

export function openDelivery(input: DeliveryInput): OpenDelivery {
  const { consent, effects, patience = ownPatience } = input
  const transport = input.transport ?? openTransport(effects)
  const sending: Sending = { ...input, transport, patience }
  // An opt-out is not for what comes after the answer that is being waited for.
  consent.onChange(() => {
    if (!sends(consent.decision())) transport.close()
  })
  return {
    freeze: () => {
      // Nothing is written from the moment that anybody, in any process, said no.
      if (consent.refresh().level === undefined || consent.stops() !== undefined) return false
      const release = takeLock(input)
      if (release === undefined) return false
      try {
        return freeze(input)
      } finally {
        release()
      }
    },
    async deliver(how = {}) {
      try {
        return await attempt(sending, how)
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

function freeze(input: DeliveryInput): boolean {
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
  narrowBodies(input)
  trim(input, limits.waitingBytesMax)
  return isWhole
}

/** Drops the oldest bodies above so many bytes, and counts what was in them. */
function trim(input: DeliveryInput, bytesMax: number): void {
  lose(input, trimOutbox(input.state, { now: input.effects.now(), bytesMax }))
}

async function attempt(
  sending: Sending,
  { asked = false, fleeting = false }: Attempt
): Promise<Delivery> {
  const { state, consent, effects } = sending
  const decision = consent.refresh()
  if (!prepares(decision)) return { is: 'silent', state: decision.state }
  const stops = consent.stops()
  if (stops !== undefined) return { is: 'kept', because: 'later', says: stops }
  const release = await lockFor(sending, { asked })
  if (release === undefined)
    return state.path === undefined
      ? { is: 'nothing' }
      : { is: 'kept', because: 'later', says: 'another process of this product is sending' }
  // A program that ends in the middle leaves nobody waiting for it.
  const stayUntilExit = effects.atExit(release)
  try {
    return await attemptLocked(sending, decision, { asked, fleeting })
  } finally {
    // After a refusal nothing is left that this could take away.
    trimLog(state, effects.now())
    stayUntilExit()
    release()
  }
}

/** Whoever asked waits for whoever sends now, as long as that may take in a program. */
async function lockFor(
  input: DeliveryInput,
  { asked }: { readonly asked: boolean }
): Promise<(() => void) | undefined> {
  const { effects } = input
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

async function attemptLocked(
  sending: Sending,
  decision: Decision,
  { asked, fleeting }: Required<Attempt>
): Promise<Delivery> {
  const { state, consent, effects } = sending
  freeze(sending)
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
  const before = loadDeliveryState(sending)
  const wait = reasonToWait(before, {
    now: effects.now(),
    asked: asked || fleeting
  })
  if (wait?.because === 'muted') return muted(wait.until)
  if (wait !== undefined)
    return {
      is: 'kept',
      because: 'later',
      says:
        `the next attempt is not before ${new Date(wait.until).toISOString()}` +
        (before.failures > 0 && before.last ? `; the last one: ${before.last.answer}` : '')
    }
  const result = await sendBodies(sending, ofThisWire, { url: address, wire, asked })
  // What nobody has taken leaves room for what comes.
  if (sends(consent.decision())) trim(sending, limits.outboxBytesMax)
  return result
}

/**
 * Takes out of what waits what its user agreed to no longer, by a word or by the terms of a newer
 * build. The rest stays under its report's id: a collector that had it whole knows it again.
 */
function narrowBodies(input: DeliveryInput): void {
  const { form, state, consent } = input
  const allowed = { form, allowedOf: (record: string) => consent.allows(record) }
  for (const body of waitingBodies(state)) {
    const text = bodyWithinConsent(body, allowed)
    if (text === body.text) continue
    // A word that is gone may be read as a longer one.
    const isTooLarge = text !== undefined && Buffer.byteLength(text) > limits.reportBytesMax
    keepEarlierEntry(state, body)
    if (text === undefined || isTooLarge || !rewriteBody(state, body, text)) removeBody(state, body)
    if (isTooLarge) lose(input, { size: recordsIn({ ...body, text }) })
  }
}
