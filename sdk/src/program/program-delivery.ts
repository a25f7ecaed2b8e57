/**
 * When does what a program recorded leave? While it runs, if it lives so long; else by a process
 * that is started at its end.
 */
import type { Consent } from '../consent/consent.ts'
import type { ConsentInput } from '../consent/held-consent.ts'
import { prepares, sends } from '../consent/decision.ts'
import { isDue } from '../deliver/due.ts'
import type { Attempt, OpenDelivery } from '../deliver/open-delivery.ts'
import { mayLeaveToSender, startSender } from '../deliver/start-sender.ts'
import type { Effects } from '../effects.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { ContractForm } from '../form.ts'
import type { Identity } from '../identity/identity.ts'
import { fullSpoolFile, spoolFile } from '../record/spool.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { Delivery, TelemetryOptions } from '../telemetry.ts'
import type { Timers } from './timers.ts'

/** A program that ends at once is not even asked to load what sends. */
export const programWaitsMs = 25
/**
 * What sends for a program is started at its end; by one that lives so long, or is ended by a
 * signal later, before.
 */
const programLivesMs = 5_000
/**
 * A run that keeps nothing sends what it recorded while it runs; so long it gathers what comes
 * together.
 */
const fleetingWaitsMs = 50
/**
 * A service looks so often whether something is due; mostly it is not. Jittered, like its start.
 */
const serviceLooksMs = 600_000

export interface DeliveringParts {
  readonly form: ContractForm
  readonly options: TelemetryOptions
  /** What is on the disk. */
  readonly folder: StateFolder
  /** The same, and in memory what could not be written. */
  readonly state: StateFolder
  /** Looked at before anything was written. */
  readonly findsState: boolean
  readonly consent: Consent
  readonly consenting: ConsentInput
  readonly identity: () => Identity
  readonly environment: () => Surroundings
  readonly timers: Timers
  readonly effects: Effects
}

export class ProgramDelivery {
  readonly #parts: DeliveringParts
  readonly #isService: boolean
  #opening: Promise<OpenDelivery> | undefined
  #underWay: Promise<Delivery> | undefined
  #leaves: boolean | undefined
  #isAwaited = false

  constructor(parts: DeliveringParts) {
    this.#parts = parts
    this.#isService = parts.options.runs === 'service'
  }

  /** Looks from now on whether something is due. */
  start(): void {
    const { timers } = this.#parts
    const firstMs = this.#isService ? this.#jittered(serviceLooksMs / 10) : programWaitsMs
    timers.whileAlive(firstMs, () => this.#lookAgain())
    if (!this.#isService) timers.whileAlive(programLivesMs, () => this.leaveToSender())
  }

  open(): Promise<OpenDelivery> {
    const { form, options, state, consent, consenting, identity, effects } = this.#parts
    return (this.#opening ??= import('../deliver/open-delivery.ts').then(
      ({ askConsent, openDelivery }) =>
        openDelivery({
          form,
          options,
          state,
          consent: askConsent(consent, consenting),
          identity: identity(),
          effects
        })
    ))
  }

  /** Starts what sends for a program, where that may be and something is due. */
  leaveToSender(): void {
    const { form, options, folder, consent, environment, effects } = this.#parts
    try {
      if (!sends(consent.refresh()) || consent.stops() !== undefined) return
      // Asked first: where the program runs, and what can be started there, is looked at only if
      // something is due.
      const isNow = isDue(folder.read('delivery.json'), effects.now())
      if (!isNow || !this.#leavesToSender()) return
      const { settings } = consent.facts()
      startSender({ form, options, state: folder, settings, environment, effects })
    } catch {
      // What is spooled stays for another run.
    }
  }

  /**
   * In CI, a container or a function nobody comes back to the spool: what a consented run recorded
   * travels now, or never.
   */
  deliverWhileItRuns(): void {
    if (this.#isAwaited || !this.#isFleeting()) return
    const { state, timers, effects } = this.#parts
    this.#isAwaited = true
    timers.whileAlive(fleetingWaitsMs, async () => {
      await this.#deliverIfDue()
      this.#isAwaited = false
      const isNow = isDue(state.read('delivery.json'), effects.now(), true)
      if (state.sizeOf(spoolFile) > 0 && isNow) this.deliverWhileItRuns()
    })
  }

  /**
   * Because somebody asked. Two attempts at once would hinder each other; one that is under way
   * takes no longer than a second.
   */
  async flush(): Promise<Delivery> {
    let before: Delivery | undefined
    while (this.#underWay !== undefined) before = await this.#underWay
    const asked = await this.#attempt({ asked: true })
    return asked.is === 'nothing' && before?.is === 'sent' ? before : asked
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined)
    opened?.close()
  }

  #lookAgain(): void {
    void this.#deliverIfDue()
    const againMs = this.#jittered(serviceLooksMs)
    if (this.#isService) this.#parts.timers.later(againMs, () => this.#lookAgain())
  }

  /** Loads what sends only if there is something to send, and its time has come. */
  async #deliverIfDue(): Promise<void> {
    const { state, consent, effects } = this.#parts
    try {
      if (!prepares(consent.refresh()) || consent.stops() !== undefined) return
      const fleeting = this.#isFleeting()
      if (!isDue(state.read('delivery.json'), effects.now(), fleeting)) return
      if (sends(consent.decision()) && this.#leavesToSender()) return
      const isEmpty =
        state.sizeOf(spoolFile) + state.sizeOf(fullSpoolFile) === 0 &&
        state.list('outbox').length === 0
      // A claim that somebody's end left behind is taken up with whatever is recorded next.
      if (!isEmpty && this.#underWay === undefined) await this.#attempt({ fleeting })
    } catch {
      // A bundle without its other files, a host that forbids to load: what is spooled stays for
      // another run.
    }
  }

  #attempt(how: Attempt): Promise<Delivery> {
    const one = this.open().then((open) => open.deliver(how))
    const ended = (): void => {
      if (this.#underWay === one) this.#underWay = undefined
    }
    this.#underWay = one
    one.then(ended, ended)
    return one
  }

  #isFleeting(): boolean {
    const { environment, findsState } = this.#parts
    return !this.#isService && !environment().kept && !findsState
  }

  /** Whether a process of its own may send for this one, see `mayLeaveToSender`. */
  #leavesToSender(): boolean {
    const { form, options, consent, environment, findsState, effects } = this.#parts
    return (this.#leaves ??=
      !this.#isService &&
      mayLeaveToSender({
        isInProcess: [form, options, consent.facts().policy].some(
          ({ delivery }) => delivery === 'in-process'
        ),
        environment: environment(),
        findsState,
        effects
      }))
  }

  #jittered(ms: number): number {
    return ms * (0.5 + (this.#parts.effects.randomBytes(1)[0] ?? 0) / 256)
  }
}
