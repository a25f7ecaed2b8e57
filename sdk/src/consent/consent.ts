/**
 * May this program record and send, what, and where to? Holds the answer, and changes it the moment
 * that anybody says no.
 */
import { dayOf } from '#values/days'
import type { ContractForm, Digest, EnvironmentPart, PresencePeriod } from '../form.ts'
import type { Settings, Unkept } from '../telemetry.ts'
import type { AllowedRecord } from './agreed-type.ts'
import type { Terms } from './consent-file.ts'
import { isRefused, isUndecided, type Decision } from './decision.ts'
import {
  HeldConsent,
  type ConsentFacts,
  type ConsentInput,
  type ConsentListener,
  type VersionSwitch
} from './held-consent.ts'
import { allowedIdentity, allowedRecord } from './narrow.ts'
import { objectOf } from './policy.ts'
import { refuseInProject } from './refuse-in-project.ts'
import { quietly } from '../quietly.ts'

export interface Consent {
  /** Cheap: worked out again only after something changed. */
  decision(): Decision
  /**
   * Looks whether another process, or the machine's owner, has said something since. Before each
   * write and each send.
   */
  refresh(): Decision
  /** What may travel of a record now: agreed to, and within the level. Undefined: nothing of it. */
  allows(record: string): AllowedRecord | undefined
  environmentParts(): ReadonlySet<EnvironmentPart>
  presence(): ReadonlySet<PresencePeriod>
  /** The contract's, unless it ties more together than was agreed to. */
  identity(): ContractForm['identity']
  /** Names the terms that the user agreed to: `consent.accepted` on the wire. */
  acceptedTerms(): Digest | undefined
  /** The highest level that travels: `consent.level` on the wire. */
  level(): string | undefined
  /** Why everything waits although the state is on. */
  stops(): string | undefined
  /** What everything else about consent is told from: see `askConsent`. */
  facts(): ConsentFacts
  /** The version check has a switch of its own; it is on unless somebody says no. */
  versionCheck(): VersionSwitch
  /**
   * The refusal: in force before anything is written, then on the disk. With `project` in the
   * project's file too, if there is one.
   */
  refuse(options?: { readonly project?: boolean }): void
  /** Deletes everything but the refusal. */
  purge(): void
  on(options?: { readonly level?: string }): void
  local(): void
  configure(settings: Settings): void
  /** Yes to the contract as it is now, and to the project's endpoint. It takes back no refusal. */
  accept(): void
  noticeShown(): void
  /** The notice is due, or what a changed contract asks may make it so. */
  mayShowNotice(): boolean
  /** No second notice of this run. */
  noticed(): void
  /** Whether it could be kept that a notice was shown. */
  mayMarkNotice(): boolean
  /**
   * It was shown: an opt-out product's user has had the chance to say no, from the next run or the
   * end of its grace on.
   */
  markNotice(): void
  unkept(): Unkept | undefined
  /** `before`: what held until then. */
  onChange(call: ConsentListener): void
}

export function openConsent(input: ConsentInput): Consent {
  const { form, options, effects } = input
  const held = new HeldConsent(input)
  let lookedUpOn = ''

  function within<Part>(
    parts: readonly Part[],
    pick: (terms: Terms) => readonly Part[]
  ): ReadonlySet<Part> {
    const { terms } = held.now()
    if (terms === 'damaged') return new Set()
    return quietly(new Set(), () => new Set(parts.filter((part) => pick(terms).includes(part))))
  }

  return {
    decision: () => held.now().decision,
    refresh: () => held.refresh(),
    allows(record) {
      const { decision, terms, stops, records } = held.now()
      const { level } = decision
      if (level === undefined || stops !== undefined || terms === 'damaged') return undefined
      const instant = effects.now()
      const day = dayOf(instant)
      // What ends, ends with a day.
      if (day !== lookedUpOn) records.clear()
      lookedUpOn = day
      if (!records.has(record)) {
        const found = quietly(undefined, () =>
          allowedRecord(form, { terms, level, instant }, record)
        )
        records.set(record, found)
      }
      return records.get(record)
    },
    environmentParts: () => within(form.environment, (terms) => terms.environment),
    presence: () => within(form.presence, (terms) => terms.presence),
    identity() {
      const { terms } = held.now()
      const none: ContractForm['identity'] = { kind: 'none', says: form.identity.says }
      return terms === 'damaged' ? none : quietly(none, () => allowedIdentity(form, terms))
    },
    acceptedTerms() {
      const { decision, terms } = held.now()
      return decision.level === undefined || terms === 'damaged' ? undefined : terms.terms
    },
    level: () => held.now().decision.level,
    stops: () => held.now().stops,
    facts: () => held.facts(),
    versionCheck: () => held.versionCheck(),
    refuse(refusal) {
      held.refuse()
      const { projectFile } = options
      if (refusal?.project && projectFile !== undefined && !refuseInProject(projectFile, effects))
        held.couldNotKeepInProject(`${projectFile} could not be changed`)
    },
    purge: () => held.purge(),
    on: (choice) => {
      const level = choice?.level
      held.agree({ says: 'on', ...(level === undefined ? {} : { level }) }, held.endpointsAgreed())
    },
    local: () => held.agree({ says: 'local' }, held.endpointsAgreed()),
    configure(given) {
      // Off first: whatever else of these settings is wrong, a no in them holds.
      const { enabled, scope, noticeShown, ...rest } = objectOf(given) ? given : {}
      const kind = scope === 'project' ? scope : 'user'
      const said = enabled === undefined ? {} : { enabled }
      held.configure({ ...rest, ...said, scope: kind }, { isVouched: noticeShown === true })
      if (!isRefused(held.now().decision) && noticeShown === true) held.rememberNotice()
    },
    accept: () => accept(held),
    noticeShown() {
      if (!isRefused(held.now().decision)) held.rememberNotice()
    },
    mayShowNotice: () => held.mayShowNotice(),
    noticed: () => held.noticed(),
    mayMarkNotice: () => held.mayMarkNotice(),
    markNotice: () => held.markNotice(),
    unkept: () => held.unkept(),
    onChange: (call) => held.onChange(call)
  }
}

function accept(held: HeldConsent): void {
  const { decision, projectEndpoint } = held.now()
  if (isRefused(decision)) return
  const { says, level, by } = held.word() ?? {}
  // Whoever said yes elsewhere is not made to say it here as well. Where a notice was that yes, it
  // goes with this word, which has to stand for it.
  const elsewhere = decision.because.source === 'default' ? 'notice' : (by ?? 'outside')
  const word = isUndecided(decision)
    ? ({ says: 'on' } as const)
    : says === undefined
      ? ({ by: elsewhere } as const)
      : { says }
  const project = projectEndpoint === undefined ? [] : [projectEndpoint.url]
  held.agree({ ...word, ...(level === undefined ? {} : { level }) }, [
    ...new Set([...held.endpointsAgreed(), ...project])
  ])
}
