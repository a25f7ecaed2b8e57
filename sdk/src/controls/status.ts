/** What holds now, who said so, and what would be contacted? */
import { sends } from '../consent/decision.ts'
import type { AskedConsent } from '../consent/asking/ask-consent.ts'
import { variablePrefix } from '../consent/sources.ts'
import { deletionsUrl, reportsUrl, wireOf } from '../bodies/addresses.ts'
import { dueAt, readDeliveryState } from '../deliver/delivery-state.ts'
import { recordsIn, waitingBodies } from '../bodies/outbox.ts'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import type { Identity } from '../identity/identity.ts'
import { readSpool } from '../record/spool.ts'
import type { StateFolder } from '../state/state-folder.ts'
import { requiredNow, requiredWords } from '../consent/asking/required.ts'
import type { RequiredState, Status, TelemetryOptions } from '../telemetry.ts'
import { feedUrl } from '../versions/feed-url.ts'

export interface StatusParts {
  readonly form: ContractForm
  readonly version: string
  readonly options: Pick<TelemetryOptions, 'feedKeys'>
  readonly state: StateFolder
  readonly consent: AskedConsent
  readonly identity: Pick<Identity, 'known' | 'account'>
  readonly effects: Pick<Effects, 'now' | 'variables'>
  /** Records in memory, and those that could not be kept. */
  readonly memory: { readonly records: number; readonly lost: number }
}

/** Reads, and makes nothing: no file, no id. */
export function statusOf({
  form,
  version,
  options,
  state,
  consent,
  identity,
  effects,
  memory
}: StatusParts): Status {
  const decision = consent.refresh()
  const delivery = readDeliveryState(state.read('delivery.json'))
  const mutedUntil = dueAt(delivery, effects.now()).mutedUntil
  const spool = readSpool(state)
  const bodies = waitingBodies(state)
  const { kind } = consent.identity()
  const lostBefore = Object.values(delivery.lost).reduce((sum, count) => sum + count, 0)
  const required = requiredNow(form, consent, consent.endpoint().writeKey !== undefined)
  const level = form.consent.levels.findIndex(({ name }) => name === decision.level)
  return {
    ...decision,
    product: form.product,
    version,
    endpoints: endpointsOf(form, options, consent),
    wire: wireOf(consent.endpoint()).is,
    identity: { kind, id: identity.known(), account: identity.account() },
    levels: form.consent.levels.map(({ name, says }, at) => ({
      name,
      says,
      accepted: at <= level
    })),
    folder: state.path,
    waiting: {
      records:
        memory.records + spool.records + bodies.reduce((sum, body) => sum + recordsIn(body), 0),
      bytes: spool.bytes + bodies.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
      lost: memory.lost + spool.lost + lostBefore
    },
    lastDelivery: delivery.last,
    mutedUntil: mutedUntil > effects.now() ? new Date(mutedUntil).toISOString() : undefined,
    versionCheck: consent.versionCheck(),
    stops: consent.stops(),
    required: requiredWords(form).map((one) => ({
      ...one,
      state: isOff(required, one.stream) ? 'off' : 'on'
    })),
    unkept: consent.unkept(),
    warnings: warningsOf(form, consent, effects)
  }
}

function isOff(required: RequiredState, stream: string): boolean {
  return required.is === 'off' && required.streams.includes(stream)
}

function endpointsOf(
  form: ContractForm,
  { feedKeys = [] }: StatusParts['options'],
  consent: AskedConsent
): Status['endpoints'] {
  const endpoint = consent.endpoint()
  const { url, from } = endpoint
  const versions = consent.versionCheck()
  const isSent = sends(consent.decision()) && consent.stops() === undefined
  const list: Status['endpoints'][number][] = []
  if (url !== undefined) {
    const wire = wireOf(endpoint)
    list.push({ what: 'reports', url: reportsUrl(url, wire), from, contacted: isSent })
    // Only when somebody asks for it.
    if (wire.is === 'native')
      list.push({ what: 'deletions', url: deletionsUrl(url), from, contacted: false })
  }
  const feed = feedUrl(form, endpoint)
  if (feed !== undefined && versions.is !== 'not offered')
    list.push({
      what: 'versions',
      url: feed,
      from: form.versionCheck?.url === undefined ? from : 'the contract',
      // A list that nothing proves to be the maintainers' is not even fetched.
      contacted:
        versions.is === 'on' && [...(form.versionCheck?.keys ?? []), ...feedKeys].length > 0
    })
  return list
}

function warningsOf(
  form: ContractForm,
  consent: AskedConsent,
  { variables }: Pick<Effects, 'variables'>
): readonly string[] {
  const { sayings } = consent.decision()
  const { warning, from } = consent.endpoint()
  const stops = consent.stops()
  const unkept = consent.unkept()
  return [
    ...(unkept === undefined ? [] : [unkept.why]),
    ...sayings.flatMap(({ where, warning: about }) =>
      about === undefined ? [] : [`${where}: ${about}`]
    ),
    ...(warning === undefined ? [] : [`${from}: ${warning}`]),
    ...(stops === undefined ? [] : [stops]),
    ...unknownVariables(form, variables).map(
      (name) => `${name}: no such variable is known here, so it says nothing`
    )
  ]
}

/** Whoever sets `DLT_TELEMETRY_DISABLED` believes that it does something. */
function unknownVariables(form: ContractForm, variables: Effects['variables']): readonly string[] {
  const prefix = `${variablePrefix(form)}_TELEMETRY`
  const known = new Set<unknown>(
    ['', '_ENDPOINT', '_WRITE_KEY', '_DEBUG'].map((end) => prefix + end)
  )
  for (const { variable, was } of form.controls) known.add(variable).add(was)
  for (const name of Object.values(form.endpoint ?? {})) known.add(name)
  known.add(form.identity.account?.from)
  return Object.keys(variables).filter((name) => name.startsWith(prefix) && !known.has(name))
}
