/**
 * May this program record and send, what, and where to? Holds the answer, and changes it the moment
 * that anybody says no.
 */
import { dayOf, HOUR_MS } from '#values/days'
import type { Effects } from '../effects.ts'
import type { ContractForm, Digest, EnvironmentPart, PresencePeriod } from '../form.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { Settings, TelemetryOptions } from '../telemetry.ts'
import { isAgreedBy, isOptOut, noticeOf, type Standing } from './agreement.ts'
import {
  consentFileName,
  consentStamp,
  noticeFileName,
  readAgreed,
  readConsentFile,
  termsOf,
  writeAgreed,
  writeConsentFile,
  type Agreed,
  type ConsentFile,
  type Terms
} from './consent-file.ts'
import type { AllowedRecord } from './agreed-type.ts'
import { isForGood, isRefused, isUndecided, sends, type Decision } from './decision.ts'
import { knownFrom, type Known } from './known.ts'
import { allowedIdentity, allowedRecord } from './narrow.ts'
import { objectOf, readPolicy, type MachinePolicy } from './policy.ts'
import { refuseInProject } from './refuse-in-project.ts'
import { readSayings, variablePrefix, type SourcesRead } from './sources.ts'
import { forgetWaiting, isNotToBeSent } from './waiting.ts'
import { readWord } from './words.ts'

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
  versionCheck(): { readonly is: 'on' | 'off' | 'not offered'; readonly because: string }
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
  /** What was said and could not be kept, and why; it holds for this process only. */
  unkept(): string | undefined
  /** `before`: what held until then. */
  onChange(
    call: (before: Pick<Decision, 'state'> & { readonly stops: string | undefined }) => void
  ): void
}

interface ConsentFacts {
  readonly terms: Terms | 'damaged'
  readonly policy: MachinePolicy
  readonly settings: readonly Settings[]
  readonly projectEndpoint: SourcesRead['projectEndpoint']
  /** Of projects, as far as the user said yes to them. */
  readonly endpoints: readonly string[]
  /** Neither is state found nor will this run outlive a grace. */
  readonly keepsNothing: boolean
}

export interface ConsentInput {
  readonly form: ContractForm
  readonly options: Omit<TelemetryOptions, 'contract' | 'version'>
  readonly state: StateFolder
  /** Looked at once, and only where it matters. */
  readonly environment: () => { readonly kept: boolean; readonly automation: string }
  readonly effects: Pick<
    Effects,
    'elapsed' | 'files' | 'now' | 'randomBytes' | 'system' | 'variables'
  >
}

/**
 * A machine's policy and a project's file are looked at again after so long: a service runs for
 * months.
 */
const lookAgainMs = 60_000

export function openConsent({ form, options, state, environment, effects }: ConsentInput): Consent {
  const runs = options.runs ?? 'program'
  const names = form.consent.levels.map(({ name }) => name)
  const listeners: Parameters<Consent['onChange']>[0][] = []
  const settings: { user?: Settings; project?: Settings } = {}
  let isVouched = false
  // Before it is read, so that what is written meanwhile is noticed.
  let stamp = consentStamp(state)
  let file = readConsentFile(state, effects.now())
  // A program's own run, and one that began before somebody else saw the notice, stay undecided to
  // their end.
  const noticeAtOpen = noticeOf(file)?.at
  let noticeHere: string | undefined
  let unsaved: string | undefined
  let hasShown = false
  let isSwept = false
  let lookedUpOn = ''
  let policy = readPolicyNow()
  let lookedAt = effects.now()
  let known: Known | undefined
  let surroundings: { readonly kept: boolean; readonly automation: string } | undefined

  function readPolicyNow(): ReturnType<typeof readPolicy> {
    return options.compiledOut
      ? { sayings: [] }
      : readPolicy({ product: form.product, levels: names, effects })
  }

  const around = (): NonNullable<typeof surroundings> => (surroundings ??= environment())
  const isEphemeral = (): boolean => !around().kept || state.path === undefined
  /**
   * A service lives on, so that a notice in its log has its time; another run that keeps nothing is
   * over before anybody reads it.
   */
  const keepsNothing = (): boolean =>
    runs === 'program' && isEphemeral() && noticeOf(file) === undefined

  function standing(): Standing {
    const noticeBefore = noticeHere === undefined ? noticeAtOpen : undefined
    return {
      form,
      file,
      runs,
      ephemeral: isEphemeral(),
      vouched: isVouched,
      noticeBefore,
      now: effects.now()
    }
  }

  const settingsNow = (): readonly Settings[] =>
    [settings.user, settings.project].filter((each) => each !== undefined)

  function workOut(): Known {
    const fileWhere =
      state.path === undefined ? consentFileName : `${state.path}/${consentFileName}`
    const settings = settingsNow()
    return knownFrom(
      readSayings({ form, options, policy, settings, file, fileWhere, effects }),
      form,
      standing
    )
  }

  function now(): Known {
    if (known?.until !== undefined && effects.now() >= known.until) known = undefined
    if (known !== undefined) return known
    known = workOut()
    pin(known)
    sweep(known)
    // Nothing that was recorded only to be looked at is sent, whoever says yes and wherever.
    if (sends(known.decision) && isNotToBeSent(state)) forgetWaiting(state)
    return known
  }

  /**
   * Off leaves one thing. What another process, or a run before the refusal, has left goes with the
   * first look at it.
   */
  function sweep({ decision }: Known): void {
    const { because } = decision
    const isOver = isRefused(decision) && isForGood(because)
    // A refusal that is only suspected silences and deletes nothing: the file may be readable again
    // in a moment. One that lies in a
    // configuration or policy may be taken back there, and nobody was there to be shown the keys
    // that erase what was sent.
    const kept = [
      consentFileName,
      ...(because.source === 'user-file' ? [] : [noticeFileName, 'receipts.json']),
      // Kept by the version check, which has a switch of its own, so that it asks once a day and
      // not at each start.
      ...(versionCheck().is === 'on' ? ['versions.json'] : [])
    ]
    if (isOver && !isSwept && because.suspected !== true) state.removeAll(kept)
    isSwept = isOver
  }

  /**
   * A yes that names no terms is a yes to what stood in the contract then: what is new later is
   * asked.
   */
  function pin({ decision }: Known): void {
    if (!sends(decision) || decision.because.source === 'default' || isEphemeral()) return
    if (file.is === 'unreadable' || (file.is === 'read' && file.file.terms)) return
    update((held) => ({ ...held, terms: termsOf(form), by: 'outside' }))
  }

  function changed(before: Known): void {
    known = undefined
    const { decision, stops } = before
    for (const call of listeners) quietly(undefined, () => call({ state: decision.state, stops }))
  }

  /**
   * Notes what was agreed to without the user's own word: never beside a refusal, which another
   * process may have written meanwhile.
   */
  function update(change: (held: Agreed) => Agreed): boolean {
    if (
      [file, readConsentFile(state, effects.now())].some(
        (seen) => seen.is === 'unreadable' || (seen.is === 'read' && seen.file.says === 'off')
      )
    )
      return false
    if (!writeAgreed(state, change(readAgreed(state) ?? {}))) return false
    file = readConsentFile(state, effects.now())
    stamp = consentStamp(state)
    return true
  }

  /** The user's own word: holds in this process whatever the disk says. */
  function say(word: Omit<ConsentFile, 'candor'>): void {
    const before = now()
    const wasSent = sends(before.decision) && before.stops === undefined
    file = { is: 'read', file: { candor: 1, ...word } }
    known = undefined
    unsaved = writeConsentFile(state, word)
      ? undefined
      : word.says === 'off' && state.overwrite(consentFileName, '{"candor":1,"says":"off"}\n')
        ? undefined
        : `this could not be written to ${state.path ?? 'a state folder'}, so it holds for ` +
          'this process only'
    // Said for the contract as it is: what a notice brought about before is in it, or no longer
    // asked for.
    if (word.says !== 'off') state.remove(noticeFileName)
    // What was recorded before a yes is never sent: not to those to whom it is said now either.
    if (word.says !== 'off' && !wasSent) forgetWaiting(state)
    stamp = consentStamp(state)
    changed(before)
  }

  function agreeTo(says: 'on' | 'local', level: string | undefined): void {
    const endpoints = endpointsAgreed()
    say({
      says,
      at: isoOf(effects.now()),
      terms: termsOf(form),
      ...(level === undefined ? {} : { level }),
      ...(endpoints.length === 0 ? {} : { endpoints })
    })
  }

  const endpointsAgreed = (): readonly string[] =>
    file.is === 'read' ? (file.file.endpoints ?? []) : []

  /** The host showed it: as if it were ours, but for runs that keep nothing. */
  function rememberNotice(): void {
    hasShown = true
    if (!keepsNothing() && noticeOf(file)?.terms.terms !== form.terms) markNotice()
  }

  function markNotice(): void {
    const before = now()
    const at = isoOf(effects.now())
    const until = effects.now() + (runs === 'service' ? form.consent.graceHours * HOUR_MS : 0)
    const marked = ({ notice, ...held }: Agreed): Agreed => {
      // What an earlier notice named has had its time, and stays agreed to while the new one runs.
      const promoted =
        notice !== undefined && isAgreedBy(notice, standing())
          ? { terms: notice.terms, by: 'notice' as const }
          : {}
      return { ...held, ...promoted, notice: { at, until, terms: termsOf(form) } }
    }
    if (update(marked)) noticeHere = at
    // Nowhere to keep it: the grace runs out in this very process, if it lives longer.
    else if (runs === 'service' && file.is === 'absent')
      file = { is: 'read', file: { candor: 1, ...marked({}) } }
    changed(before)
  }

  function mayShowNotice(): boolean {
    if (hasShown || options.notice === 'host') return false
    const { decision, terms } = now()
    const isFirst = isUndecided(decision) && decision.because.source === 'default'
    if (!isFirst && (!sends(decision) || terms === form || terms === 'damaged')) return false
    if (keepsNothing()) return isFirst && isOptOut(form)
    const shown = noticeOf(file)
    // How to say yes, or the question, is told once; what an opt-out product would send is told
    // anew.
    return isFirst && !isOptOut(form) ? shown === undefined : shown?.terms.terms !== form.terms
  }

  function versionCheck(): ReturnType<Consent['versionCheck']> {
    if (form.versionCheck === undefined)
      return { is: 'not offered', because: 'the contract has none' }
    const name = `${variablePrefix(form)}_VERSION_CHECK`
    if (options.compiledOut) return { is: 'off', because: 'this build' }
    if (policy.versionCheck === 'off') return { is: 'off', because: 'the machine’s policy' }
    return readWord(effects.variables[name]).says === 'off'
      ? { is: 'off', because: name }
      : { is: 'on', because: 'the contract' }
  }

  return {
    decision: () => now().decision,
    refresh() {
      const before = now()
      const found = consentStamp(state)
      if (found !== stamp) {
        stamp = found
        const seen = readConsentFile(state, effects.now())
        // What this process could not write stands, unless the disk says no.
        if (
          unsaved === undefined ||
          seen.is === 'unreadable' ||
          (seen.is === 'read' && seen.file.says === 'off')
        ) {
          file = seen
          changed(before)
        }
      }
      if (Math.abs(effects.now() - lookedAt) >= lookAgainMs) {
        lookedAt = effects.now()
        policy = readPolicyNow()
        changed(before)
      }
      return now().decision
    },
    allows(record) {
      const { decision, terms, stops, records } = now()
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
      const { terms } = now()
      const none: ContractForm['identity'] = { kind: 'none', says: form.identity.says }
      return terms === 'damaged' ? none : quietly(none, () => allowedIdentity(form, terms))
    },
    acceptedTerms() {
      const { decision, terms } = now()
      return decision.level === undefined || terms === 'damaged' ? undefined : terms.terms
    },
    level: () => now().decision.level,
    stops: () => now().stops,
    facts: () => ({
      terms: now().terms,
      policy,
      settings: settingsNow(),
      projectEndpoint: now().projectEndpoint,
      endpoints: endpointsAgreed(),
      keepsNothing: keepsNothing()
    }),
    versionCheck,
    refuse(refusal) {
      // Whoever refuses deletes when they are ready to, and whoever finds it refused at once.
      isSwept = true
      say({ says: 'off', at: isoOf(effects.now()) })
      if (
        refusal?.project &&
        options.projectFile !== undefined &&
        !refuseInProject(options.projectFile, effects)
      )
        unsaved = `${options.projectFile} could not be changed`
    },
    purge() {
      state.removeAll([consentFileName])
      // There is room on a full disk now.
      if (unsaved !== undefined && file.is === 'read' && file.file.says === 'off') say(file.file)
    },
    on: (choice) => agreeTo('on', choice?.level),
    local: () => agreeTo('local', undefined),
    configure(given) {
      const before = now()
      // Off first: whatever else of these settings is wrong, a no in them holds.
      const { enabled, scope, noticeShown, ...rest } = objectOf(given) ? given : {}
      const kind = scope === 'project' ? 'project' : 'user'
      settings[kind] = { ...rest, scope: kind, ...(enabled === undefined ? {} : { enabled }) }
      isVouched ||= noticeShown === true
      changed(before)
      if (!isRefused(now().decision) && noticeShown === true) rememberNotice()
    },
    accept() {
      const { decision, projectEndpoint } = now()
      if (isRefused(decision)) return
      const { says, level, by } = file.is === 'read' ? file.file : {}
      // Whoever said yes elsewhere is not made to say it here as well.
      const word = isUndecided(decision)
        ? ({ says: 'on' } as const)
        : says === undefined
          ? { by: by ?? 'outside' }
          : { says }
      const endpoints = [
        ...new Set([
          ...endpointsAgreed(),
          ...(projectEndpoint === undefined ? [] : [projectEndpoint.url])
        ])
      ]
      say({
        ...word,
        ...(level === undefined ? {} : { level }),
        at: isoOf(effects.now()),
        terms: termsOf(form),
        ...(endpoints.length === 0 ? {} : { endpoints })
      })
    },
    noticeShown() {
      if (!isRefused(now().decision)) rememberNotice()
    },
    mayShowNotice,
    noticed() {
      hasShown = true
    },
    mayMarkNotice: () =>
      update((held) => held) ||
      (runs === 'service' && file.is === 'absent' && state.path === undefined),
    markNotice,
    unkept: () => unsaved,
    onChange(call) {
      listeners.push(call)
    }
  }

  function within<Part>(
    parts: readonly Part[],
    pick: (terms: Terms) => readonly Part[]
  ): ReadonlySet<Part> {
    const { terms } = now()
    if (terms === 'damaged') return new Set()
    return quietly(new Set(), () => new Set(parts.filter((part) => pick(terms).includes(part))))
  }
}

function isoOf(at: number): string {
  return new Date(at).toISOString()
}

function quietly<Result>(otherwise: Result, call: () => Result): Result {
  try {
    return call()
  } catch {
    return otherwise
  }
}
