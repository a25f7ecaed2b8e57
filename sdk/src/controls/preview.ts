/** Exactly which bytes will the next delivery send? The ones that are frozen now. */
import { isUndecided, sends } from '../consent/decision.ts'
import { reportsUrl, wireOf } from '../bodies/addresses.ts'
import { loadDeliveryState, reasonToWait } from '../deliver/delivery-state.ts'
import { headersOf } from '../deliver/send-bodies.ts'
import { waitingBodies } from '../bodies/outbox.ts'
import { previewContext } from '../bodies/plan-context.ts'
import { planReports } from '../bodies/plan-reports.ts'
import type { Preview } from '../telemetry.ts'
import type { ControlParts } from './control-parts.ts'
import { exampleLines } from './example.ts'

/**
 * Offline. Before anybody has decided, the bodies are what would be sent, with zeros where ids
 * would be, and are kept nowhere.
 */
export function previewDelivery(parts: ControlParts): Promise<Preview> {
  const { state, consent, effects, delivery, flush, held } = parts
  const decision = consent.refresh()
  const { url, writeKey } = consent.endpoint()
  const wire = wireOf({ url, writeKey })
  const made = (lines: readonly string[]): readonly string[] =>
    planReports(lines, {}, previewContext(parts)).bodies.map(({ text }) => text)
  let bodies: readonly string[]
  let example: readonly string[] = []
  if (decision.level === undefined) {
    bodies = made(held())
    if (bodies.length === 0) example = made(exampleLines(parts))
  } else {
    flush()
    delivery.freeze()
    bodies = waitingBodies(state)
      .filter((body) => body.wire === wire.is)
      .map(({ text }) => text)
  }
  return Promise.resolve({
    url: url === undefined ? undefined : reportsUrl(url, wire),
    headers: headersOf(wire, writeKey, effects.now()),
    bodies,
    silent: whySilent(parts),
    example
  })
}

function whySilent({ state, consent, effects }: ControlParts): string | undefined {
  const decision = consent.decision()
  if (isUndecided(decision)) return decision.missing ?? 'nothing is decided yet'
  if (!sends(decision)) return `telemetry is ${decision.state}, says ${decision.because.where}`
  const { url, warning } = consent.endpoint()
  const stops = consent.stops()
  if (stops !== undefined) return stops
  if (url === undefined) return warning ?? 'no endpoint is set'
  const wait = reasonToWait(loadDeliveryState({ state }), { now: effects.now(), asked: false })
  if (wait === undefined) return undefined
  const until = new Date(wait.until).toISOString()
  return wait.because === 'muted'
    ? `the collector says that this product no longer collects; it is asked again after ${until}`
    : `the next delivery is not before ${until}`
}
