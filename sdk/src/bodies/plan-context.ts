/** What of consent, identity and options do bodies need, and in which form? */
import type { AskedConsent } from '../consent/asking/ask-consent.ts'
import type { AllowedRecord } from '../consent/agreed-type.ts'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import type { Identity } from '../identity/identity.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { TelemetryOptions } from '../telemetry.ts'
import { sdkVersion } from '../version.ts'
import type { Fragment } from '../wire.ts'
import { wireOf } from './addresses.ts'
import type { PlanContext } from './plan.ts'
import { keepReceipt } from './receipts.ts'

export interface DeliveryParts {
  readonly form: ContractForm
  readonly options: Pick<TelemetryOptions, 'ca' | 'ids'>
  readonly state: StateFolder
  readonly consent: AskedConsent
  readonly identity: Identity
  readonly effects: Effects
}

/** For bodies that will be sent. */
export function planContext({
  form,
  options,
  state,
  consent,
  identity,
  effects
}: DeliveryParts): PlanContext {
  return {
    form,
    sdkVersion,
    effects,
    installationOf: (fragment) =>
      fragment.nameless
        ? undefined
        : fragment.window === undefined
          ? identity.installation(fragment.machine)
          : windowId(identity, fragment.window, fragment),
    lineage:
      form.identity.lineage === true && consent.identity().lineage === true
        ? options.ids?.lineage
        : undefined,
    deletionOf(report, { window, isNameless, machine }) {
      const { key, hash } = identity.deletionKey({ report, window, isNameless, machine })
      return keepReceipt({ state, effects, form }, key) ? hash : undefined
    },
    allowedOf: (record) => consent.allows(record),
    wire: wireOf(consent.endpoint())
  }
}

/**
 * For bodies that are only looked at, before anybody has agreed to anything: no id is made for
 * them.
 */
export function previewContext({ form, consent, effects }: DeliveryParts): PlanContext {
  const { kind } = form.identity
  return {
    form,
    sdkVersion,
    effects,
    installationOf: ({ nameless }) =>
      kind === 'none' || nameless ? undefined : '00000000-0000-4000-8000-000000000000',
    lineage: undefined,
    deletionOf: () => `sha256:${'0'.repeat(64)}`,
    allowedOf: (record) => consent.allows(record) ?? allOf(form, record),
    wire: wireOf(consent.endpoint())
  }
}

/** A window's id is made from its name alone, so that it can be told again later. */
function windowId(
  identity: Identity,
  window: string,
  { written, machine }: Fragment
): string | undefined {
  const found = identity.window(written, machine)
  return found?.window === window ? found.id : undefined
}

function allOf({ records }: ContractForm, record: string): AllowedRecord | undefined {
  const form = records[record]
  if (form === undefined) return undefined
  const paths = new Set<string>()
  const collect = (fields: (typeof form)['fields'], parent: string): void => {
    for (const [name, { type }] of Object.entries(fields)) {
      paths.add(parent + name)
      if (type.is === 'object') collect(type.fields, `${parent}${name}.`)
    }
  }
  collect(form.fields, '')
  return { fields: paths, telling: { isNameless: false, timeMs: 1, sample: 1 } }
}
