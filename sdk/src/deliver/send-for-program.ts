/**
 * What does the process do that a program left behind? It reads every switch again, sends what
 * waits, and writes what came of it.
 */
import { isRefused } from '../consent/decision.ts'
import { askConsent } from '../consent/asking/ask-consent.ts'
import { openConsent } from '../consent/consent.ts'
import type { Effects } from '../effects.ts'
import { openIdentity } from '../identity/identity.ts'
import { folderAt } from '../state/state-folder.ts'
import type { Delivery } from '../telemetry.ts'
import { jittered, loadDeliveryState, saveDeliveryState } from './delivery-state.ts'
import { isDue } from './due.ts'
import { openDelivery, type DeliveryInput } from './open-delivery.ts'
import { periodMs } from './send-bodies.ts'
import { briefFile, readBrief } from './start-sender.ts'

/**
 * Nobody waits for it: a satellite's three round trips fit, and it has ended before ten seconds are
 * over.
 */
const patience = { connectMs: 4_000, deliveryMs: 8_000, stays: true } as const

/** `path` is the state folder. Undefined: nothing says what is to be done, as after a refusal. */
export async function sendForProgram({
  path,
  effects,
  transport
}: {
  readonly path: string
  readonly effects: Effects
  readonly transport?: DeliveryInput['transport']
}): Promise<Delivery | undefined> {
  const state = folderAt(path, effects)
  const brief = readBrief(state.read(briefFile, Number.POSITIVE_INFINITY))
  if (brief === undefined) return undefined
  const { form, settings, kept } = brief
  // The notice is its program's to show, and what a program keeps is found there.
  const options = { ...brief.options, contract: form, version: '', notice: 'host' } as const
  const environment = (): { kept: boolean; automation: string } => ({
    kept,
    automation: 'none'
  })
  const consenting = { form, options, state, environment, effects }
  const opened = openConsent(consenting)
  for (const each of settings) opened.configure(each)
  const consent = askConsent(opened, consenting)
  const identity = openIdentity({
    form,
    options,
    state,
    allowed: () => consent.identity(),
    effects
  })
  const parts = { form, options, state, consent, identity, effects, patience }
  const delivery = openDelivery(transport === undefined ? parts : { ...parts, transport })
  const result = await delivery.deliver()
  delivery.close()
  const isStillDue = isDue(state.read('delivery.json'), effects.now())
  // Whoever else sends says what came of it; what is left here makes the next program wait a
  // minute.
  if (isStillDue && result.is === 'kept' && result.because === 'later') return result
  // Nothing could be tried (no address, nothing that may travel): one process a period all the
  // same.
  if (isStillDue && !isRefused(consent.refresh()))
    saveDeliveryState(parts, {
      ...loadDeliveryState(parts),
      next: effects.now() + jittered(periodMs, effects)
    })
  state.remove(briefFile)
  return result
}
