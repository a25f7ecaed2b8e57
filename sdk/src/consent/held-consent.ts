/**
 * What holds of consent in this process: what was read, said and worked out, and what must be done
 * as soon as it changes.
 */
import { HOUR_MS } from '#values/days'
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import { baseFolder, type StateFolder } from '../state/state-folder.ts'
import type { Settings, TelemetryOptions, Unkept } from '../telemetry.ts'
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
import { isForGood, isRefused, isUndecided, sends, type Decision } from './decision.ts'
import { knownFrom, type Known } from './known.ts'
import { readPolicy, type MachinePolicy } from './policy.ts'
import { readSayings, variablePrefix, type SourcesRead } from './sources.ts'
import { forgetWaiting, isNotToBeSent } from './waiting.ts'
import { readWord } from './words.ts'
import { quietly } from '../quietly.ts'

/** `before`: what held until then. */
export type ConsentListener = (
  before: Pick<Decision, 'state'> & { readonly stops: string | undefined }
) => void

export interface VersionSwitch {
  readonly is: 'on' | 'off' | 'not offered'
  readonly because: string
}

export interface ConsentFacts {
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

export class HeldConsent {
  readonly #input: ConsentInput
  readonly #runs: 'program' | 'service'
  readonly #listeners: ConsentListener[] = []
  readonly #settings: { user?: Settings; project?: Settings } = {}
  /**
   * A program's own run, and one that began before somebody else saw the notice, stay undecided to
   * their end.
   */
  readonly #noticeAtOpen: string | undefined
  #noticeHere: string | undefined
  #isVouched = false
  #stamp: string | undefined
  #file: ReturnType<typeof readConsentFile>
  #unsaved: Unkept | undefined
  #hasShown = false
  #isSwept = false
  #policy: MachinePolicy
  #lookedAt: number
  #known: Known | undefined
  #surroundings: { readonly kept: boolean; readonly automation: string } | undefined

  constructor(input: ConsentInput) {
    const { options, state, effects } = input
    this.#input = input
    this.#runs = options.runs ?? 'program'
    // Before it is read, so that what is written meanwhile is noticed.
    this.#stamp = consentStamp(state)
    this.#file = readConsentFile(state, effects.now())
    this.#noticeAtOpen = noticeOf(this.#file)?.at
    this.#policy = this.#readPolicy()
    this.#lookedAt = effects.now()
  }

  facts(): ConsentFacts {
    const { terms, projectEndpoint } = this.now()
    return {
      terms,
      policy: this.#policy,
      settings: this.#settingsNow(),
      projectEndpoint,
      endpoints: this.endpointsAgreed(),
      keepsNothing: this.#keepsNothing()
    }
  }

  /** Cheap: worked out again only after something changed. */
  now(): Known {
    const { state, effects } = this.#input
    if (this.#known?.until !== undefined && effects.now() >= this.#known.until)
      this.#known = undefined
    if (this.#known !== undefined) return this.#known
    const known = (this.#known = this.#workOut())
    this.#pin(known)
    this.#sweep(known)
    // Nothing that was recorded only to be looked at is sent, whoever says yes and wherever.
    if (sends(known.decision) && isNotToBeSent(state)) forgetWaiting(state)
    return known
  }

  refresh(): Known['decision'] {
    const { state, effects } = this.#input
    const before = this.now()
    const found = consentStamp(state)
    if (found !== this.#stamp) {
      this.#stamp = found
      const seen = readConsentFile(state, effects.now())
      // What this process could not write stands, unless the disk says no.
      if (
        this.#unsaved === undefined ||
        seen.is === 'unreadable' ||
        (seen.is === 'read' && seen.file.says === 'off')
      ) {
        this.#file = seen
        this.#changed(before)
      }
    }
    if (Math.abs(effects.now() - this.#lookedAt) >= lookAgainMs) {
      this.#lookedAt = effects.now()
      this.#policy = this.#readPolicy()
      this.#changed(before)
    }
    return this.now().decision
  }

  /** The user's own word: holds in this process whatever the disk says. */
  say(word: Omit<ConsentFile, 'candor'>): void {
    const { state } = this.#input
    const before = this.now()
    const wasSent = sends(before.decision) && before.stops === undefined
    this.#file = { is: 'read', file: { candor: 1, ...word } }
    this.#known = undefined
    const isKept =
      writeConsentFile(state, word) ||
      (word.says === 'off' && state.overwrite(consentFileName, '{"candor":1,"says":"off"}\n'))
    this.#unsaved = isKept ? undefined : { is: 'word', why: this.#whyUnkept() }
    // Said for the contract as it is: what a notice brought about before is in it, or no longer
    // asked for.
    if (word.says !== 'off') state.remove(noticeFileName)
    // What was recorded before a yes is never sent: not to those to whom it is said now either.
    if (word.says !== 'off' && !wasSent) forgetWaiting(state)
    this.#stamp = consentStamp(state)
    this.#changed(before)
  }

  /** Says so for the contract as it is now. */
  agree(word: Pick<ConsentFile, 'says' | 'by' | 'level'>, endpoints: readonly string[]): void {
    const { form, effects } = this.#input
    this.say({
      ...word,
      at: isoOf(effects.now()),
      terms: termsOf(form),
      ...(endpoints.length === 0 ? {} : { endpoints })
    })
  }

  refuse(): void {
    // Whoever refuses deletes when they are ready to, and whoever finds it refused at once.
    this.#isSwept = true
    this.say({ says: 'off', at: isoOf(this.#input.effects.now()) })
  }

  purge(): void {
    this.#input.state.removeAll([consentFileName])
    const word = this.word()
    // There is room on a full disk now.
    if (this.#unsaved !== undefined && word?.says === 'off') this.say(word)
  }

  configure(
    settings: Settings & { readonly scope: 'user' | 'project' },
    { isVouched }: { readonly isVouched: boolean }
  ): void {
    const before = this.now()
    this.#settings[settings.scope] = settings
    this.#isVouched ||= isVouched
    this.#changed(before)
  }

  unkept(): Unkept | undefined {
    return this.#unsaved
  }

  /** What was said holds for its user, and not for whoever else works there. */
  couldNotKeepInProject(why: string): void {
    this.#unsaved ??= { is: 'project', why }
  }

  /** A folder that failed just now has no path any more. */
  #whyUnkept(): string {
    const { form, options, effects } = this.#input
    const base = baseFolder({ product: form.product, folder: options.folder, effects })
    return base === undefined
      ? 'this run has no folder to keep it in'
      : `nothing can be written to ${base}/telemetry`
  }

  /** The user's own, as far as there is one that can be read. */
  word(): ConsentFile | undefined {
    return this.#file.is === 'read' ? this.#file.file : undefined
  }

  endpointsAgreed(): readonly string[] {
    return this.word()?.endpoints ?? []
  }

  onChange(call: ConsentListener): void {
    this.#listeners.push(call)
  }

  /** No second notice of this run. */
  noticed(): void {
    this.#hasShown = true
  }

  /** The host showed it: as if it were ours, but for runs that keep nothing. */
  rememberNotice(): void {
    this.noticed()
    const { form } = this.#input
    if (!this.#keepsNothing() && noticeOf(this.#file)?.terms.terms !== form.terms) this.markNotice()
  }

  mayShowNotice(): boolean {
    const { form, options } = this.#input
    if (this.#hasShown || options.notice === 'host') return false
    const { decision, terms } = this.now()
    const isFirst = isUndecided(decision) && decision.because.source === 'default'
    if (!isFirst && (!sends(decision) || terms === form || terms === 'damaged')) return false
    if (this.#keepsNothing()) return isFirst && isOptOut(form)
    const shown = noticeOf(this.#file)
    // How to say yes, or the question, is told once; what an opt-out product would send is told
    // anew.
    return isFirst && !isOptOut(form) ? shown === undefined : shown?.terms.terms !== form.terms
  }

  mayMarkNotice(): boolean {
    if (this.#update((held) => held)) return true
    const isNowhere = this.#file.is === 'absent' && this.#input.state.path === undefined
    return this.#runs === 'service' && isNowhere
  }

  markNotice(): void {
    const { form, effects } = this.#input
    const before = this.now()
    const at = isoOf(effects.now())
    const until = effects.now() + (this.#runs === 'service' ? form.consent.graceHours * HOUR_MS : 0)
    const marked = ({ notice, ...held }: Agreed): Agreed => {
      // What an earlier notice named has had its time, and stays agreed to while the new one runs.
      const promoted =
        notice !== undefined && isAgreedBy(notice, this.#standing())
          ? { terms: notice.terms, by: 'notice' as const }
          : {}
      return { ...held, ...promoted, notice: { at, until, terms: termsOf(form) } }
    }
    if (this.#update(marked)) this.#noticeHere = at
    // Nowhere to keep it: the grace runs out in this very process, if it lives longer.
    else if (this.#runs === 'service' && this.#file.is === 'absent')
      this.#file = { is: 'read', file: { candor: 1, ...marked({}) } }
    this.#changed(before)
  }

  versionCheck(): VersionSwitch {
    const { form, options, effects } = this.#input
    if (form.versionCheck === undefined)
      return { is: 'not offered', because: 'the contract has none' }
    const name = `${variablePrefix(form)}_VERSION_CHECK`
    if (options.compiledOut) return { is: 'off', because: 'this build' }
    if (this.#policy.versionCheck === 'off') return { is: 'off', because: 'the machine’s policy' }
    return readWord(effects.variables[name]).says === 'off'
      ? { is: 'off', because: name }
      : { is: 'on', because: 'the contract' }
  }

  #readPolicy(): MachinePolicy {
    const { form, options, effects } = this.#input
    return options.compiledOut
      ? { sayings: [] }
      : readPolicy({
          product: form.product,
          levels: form.consent.levels.map(({ name }) => name),
          effects
        })
  }

  #isEphemeral(): boolean {
    this.#surroundings ??= this.#input.environment()
    return !this.#surroundings.kept || this.#input.state.path === undefined
  }

  /**
   * A service lives on, so that a notice in its log has its time; another run that keeps nothing is
   * over before anybody reads it.
   */
  #keepsNothing(): boolean {
    return this.#runs === 'program' && this.#isEphemeral() && noticeOf(this.#file) === undefined
  }

  #standing(): Standing {
    return {
      form: this.#input.form,
      file: this.#file,
      runs: this.#runs,
      ephemeral: this.#isEphemeral(),
      vouched: this.#isVouched,
      noticeBefore: this.#noticeHere === undefined ? this.#noticeAtOpen : undefined,
      now: this.#input.effects.now()
    }
  }

  #settingsNow(): readonly Settings[] {
    return [this.#settings.user, this.#settings.project].filter((each) => each !== undefined)
  }

  #workOut(): Known {
    const { form, options, state, effects } = this.#input
    const fileWhere =
      this.#unsaved?.is === 'word'
        ? 'said to this process, and kept nowhere'
        : state.path === undefined
          ? consentFileName
          : `${state.path}/${consentFileName}`
    const said = {
      policy: this.#policy,
      settings: this.#settingsNow(),
      file: this.#file,
      fileWhere
    }
    const sayings = readSayings({ form, options, ...said, effects })
    return knownFrom(sayings, form, () => this.#standing())
  }

  /**
   * Off leaves one thing. What another process, or a run before the refusal, has left goes with the
   * first look at it.
   */
  #sweep({ decision }: Known): void {
    const { because } = decision
    const isOver = isRefused(decision) && isForGood(because)
    // A refusal that is only suspected silences and deletes nothing: the file may be readable again
    // in a moment. One that lies in a configuration or policy may be taken back there, and nobody
    // was there to be shown the keys that erase what was sent.
    const kept = [
      consentFileName,
      ...(because.source === 'user-file' ? [] : [noticeFileName, 'receipts.json']),
      // Kept by the version check, which has a switch of its own, so that it asks once a day and
      // not at each start.
      ...(this.versionCheck().is === 'on' ? ['versions.json'] : [])
    ]
    if (isOver && !this.#isSwept && because.suspected !== true) this.#input.state.removeAll(kept)
    this.#isSwept = isOver
  }

  /**
   * A yes that names no terms is a yes to what stood in the contract then: what is new later is
   * asked.
   */
  #pin({ decision }: Known): void {
    if (!sends(decision) || decision.because.source === 'default' || this.#isEphemeral()) return
    if (this.#file.is === 'unreadable' || this.word()?.terms) return
    this.#update((held) => ({ ...held, terms: termsOf(this.#input.form), by: 'outside' }))
  }

  #changed({ decision, stops }: Known): void {
    this.#known = undefined
    const { state } = decision
    for (const call of this.#listeners) quietly(undefined, () => call({ state, stops }))
  }

  /**
   * Notes what was agreed to without the user's own word: never beside a refusal, which another
   * process may have written meanwhile.
   */
  #update(change: (held: Agreed) => Agreed): boolean {
    const { state, effects } = this.#input
    const isRefusal = [this.#file, readConsentFile(state, effects.now())].some(
      (seen) => seen.is === 'unreadable' || (seen.is === 'read' && seen.file.says === 'off')
    )
    if (isRefusal || !writeAgreed(state, change(readAgreed(state) ?? {}))) return false
    this.#file = readConsentFile(state, effects.now())
    this.#stamp = consentStamp(state)
    return true
  }
}

function isoOf(at: number): string {
  return new Date(at).toISOString()
}
