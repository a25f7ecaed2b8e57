/**
 * A delivery for tests: real consent, identity and files in a world of the test's own, and a
 * collector that the test plays.
 */
import { askConsent } from '../consent/asking/ask-consent.ts'
import { openConsent } from '../consent/consent.ts'
import { formWith } from '../consent/form.test-support.ts'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import { detectEnvironment } from '../environment/environment.ts'
import { openIdentity } from '../identity/identity.ts'
import { appendToSpool } from '../record/spool.ts'
import { openStateFolder } from '../state/state-folder.ts'
import type { World } from '../state/world.test-support.ts'
import type { TelemetryOptions } from '../telemetry.ts'
import type { Fragment, WireRecord, WireReport } from '../wire.ts'
import type { ControlParts } from '../controls/control-parts.ts'
import { openDelivery } from './open-delivery.ts'
import type { NetworkAnswer, NetworkRequest, Transport } from '../network/transport.ts'

export interface PlayedCollector extends Transport {
  readonly requests: NetworkRequest[]
  /** For the next request; undefined: kept, as a collector does. */
  answers: (NetworkAnswer | 'lost' | undefined)[]
  /** Texts that were kept, by report id: a report that is sent again is the same one. */
  readonly kept: Map<string, string>
  closed: number
}

export function playCollector(): PlayedCollector {
  const collector: PlayedCollector = {
    requests: [],
    answers: [],
    kept: new Map(),
    closed: 0,
    send(request) {
      collector.requests.push(request)
      const answer = collector.answers.shift()
      if (typeof answer === 'object') return Promise.resolve(answer)
      const report = JSON.parse(request.body ?? '{}') as Partial<WireReport>
      collector.kept.set(report.report ?? String(collector.kept.size), request.body ?? '')
      if (answer === 'lost') return Promise.resolve({ is: 'failed', says: 'the answer was lost' })
      return Promise.resolve(
        answered(200, { accepted: 1, dropped: [], next: { afterSeconds: 86_400 } })
      )
    },
    close() {
      collector.closed += 1
    }
  }
  return collector
}

export function answered(
  status: number,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {}
): NetworkAnswer {
  return {
    is: 'answered',
    status,
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body)
  }
}

export interface PartsOptions {
  readonly form?: Partial<ContractForm>
  readonly options?: Partial<TelemetryOptions>
  readonly transport?: Transport
  readonly effects?: Effects
  readonly held?: () => readonly string[]
}

export function openParts(world: World, given: PartsOptions = {}): ControlParts {
  world.variables['DLT_TELEMETRY'] ??= 'on'
  const form = formWith(given.form)
  const effects = given.effects ?? world.effects
  const options = {
    contract: form,
    version: '1.26.0',
    endpoint: 'https://collector.example',
    ...given.options
  }
  const state = openStateFolder({ product: form.product, effects })
  const input = {
    form,
    options,
    state,
    environment: () => ({ kept: true, automation: 'none' }),
    effects
  }
  const consent = askConsent(openConsent(input), input)
  const identity = openIdentity({
    form,
    options,
    state,
    allowed: () => consent.identity(),
    effects
  })
  const parts = { form, options, state, consent, identity, effects }
  const delivery = openDelivery({
    ...parts,
    ...(given.transport === undefined ? {} : { transport: given.transport })
  })
  return {
    ...parts,
    delivery,
    version: '1.26.0',
    environment: () => detectEnvironment(effects),
    flush: () => {},
    held: given.held ?? (() => []),
    memory: () => ({ records: 0, lost: 0 })
  }
}

/** Puts records into the spool as a process would; each has its number as `elapsed`. */
export function spool(
  { state, effects, form, identity, consent }: ControlParts,
  numbers: readonly number[],
  change: Partial<Omit<Fragment, 'run'>> & { readonly run?: Partial<Fragment['run']> } = {}
): void {
  const now = effects.now()
  const window = identity.window(now)?.window
  const records: WireRecord[] = numbers.map((number) => ({
    seq: number,
    name: 'command_init',
    at: new Date(now).toISOString(),
    fields: { elapsed: number }
  }))
  const fragment: Fragment = {
    written: now,
    ...(window === undefined ? {} : { window }),
    ...change,
    run: {
      session: 'b7e23ec2-9af2-4c1b-8a40-1b1d6b3c5f10',
      version: '1.26.0',
      contract: form.digest,
      consent: { level: consent.level() ?? '', accepted: form.terms },
      environment: { class: 'interactive', os: 'linux' },
      records,
      ...change.run
    }
  }
  appendToSpool({ state, effects }, [JSON.stringify(fragment)])
}

/** Which numbers a collector keeps; one that came in two reports is there twice. */
export function numbersIn(texts: Iterable<string>): readonly number[] {
  return [...texts].flatMap((text) =>
    (JSON.parse(text) as WireReport).runs.flatMap(({ records }) =>
      records.map(({ fields }) => Number(fields['elapsed']))
    )
  )
}
