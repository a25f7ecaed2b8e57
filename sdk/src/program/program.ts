/**
 * One program's telemetry, put together: consent first, then recording, and delivery only when
 * there is something to deliver.
 */
import { requiredNow } from '../consent/asking/required.ts'
import { openConsent, type Consent } from '../consent/consent.ts'
import type { ConsentInput } from '../consent/held-consent.ts'
import { isRefused, isUndecided, prepares, records, sends } from '../consent/decision.ts'
import { createControls } from '../controls/controls.ts'
import { steeredShare } from '../deliver/due.ts'
import { systemEffects, type Effects } from '../effects.ts'
import { detectEnvironment, type Surroundings } from '../environment/environment.ts'
import type { ContractForm, RecordForm } from '../form.ts'
import { openIdentity, type Identity } from '../identity/identity.ts'
import { countEveryMs, createCounts } from '../record/count.ts'
import { createOnce } from '../record/once.ts'
import { createPresence, presenceRecord } from '../record/presence.ts'
import { createRecorder, type Recorder } from '../record/recorder.ts'
import { withMemory, type MemoryFolder } from '../state/memory-folder.ts'
import { openStateFolder, type StateFolder } from '../state/state-folder.ts'
import type {
  Controls,
  Delivery,
  Fields,
  RecordOptions,
  ReportSchedule,
  TelemetryOptions,
  RequiredState
} from '../telemetry.ts'
import { ProgramDelivery, programWaitsMs } from './program-delivery.ts'
import { Timers } from './timers.ts'

/** What the collector asked for is looked at as rarely as a policy is. */
const shareLooksMs = 60_000
/** Another attempt, another process's, and its own, with what has to be loaded. */
const flushMsMax = 10_000

export class Program {
  readonly effects: Effects
  readonly form: ContractForm
  readonly #options: TelemetryOptions
  /**
   * Consent and ids know only what is on the disk: an id that lives no longer than its process
   * would count as an installation of its own.
   */
  readonly #folder: StateFolder
  readonly #state: MemoryFolder
  readonly #consenting: ConsentInput
  readonly #consent: Consent
  readonly #timers: Timers
  readonly #recorder: Recorder
  readonly #counts: ReturnType<typeof createCounts>
  readonly #once = createOnce()
  readonly #presence: ReturnType<typeof createPresence> | undefined
  readonly #delivery: ProgramDelivery
  readonly #leaveExit: () => void
  #surroundings: Surroundings | undefined
  #identity: Identity | undefined
  #controls: Controls | undefined
  #share = { value: 1, lookedAt: Number.NEGATIVE_INFINITY }
  #countTimer: (() => void) | undefined
  #showing: Promise<void> | undefined
  #isClosed = false
  #isEnding = false

  constructor(options: TelemetryOptions) {
    const { contract: form, version, effects = systemEffects } = options
    this.#options = options
    this.effects = effects
    this.form = form
    this.#folder = openStateFolder({ product: form.product, folder: options.folder, effects })
    this.#state = withMemory(this.#folder)
    this.#timers = new Timers(effects)
    const environment = (): Surroundings => this.#environment()
    const identity = (): Identity => this.#openedIdentity()
    // State is what is found: a volume keeps it where the kind of place suggests that nothing does.
    // Looked at before anything is written.
    const findsState = this.#folder.list('').length > 0
    this.#consenting = { form, options, state: this.#folder, environment, effects }
    this.#consent = openConsent(this.#consenting)
    const parts = { form, version, state: this.#state, consent: this.#consent, identity, effects }
    this.#recorder = createRecorder({
      ...parts,
      environment,
      context: options.context,
      share: () => this.#shareNow(),
      onSpooled: () => {
        if (!this.#isClosed) this.#delivery.deliverWhileItRuns()
      }
    })
    this.#counts = createCounts(form, this.#recorder.lose)
    this.#presence =
      form.presence.length === 0
        ? undefined
        : createPresence({ form, version, state: this.#folder, effects })
    this.#delivery = new ProgramDelivery({
      ...parts,
      options,
      folder: this.#folder,
      findsState,
      consenting: this.#consenting,
      environment,
      timers: this.#timers
    })
    this.#leaveExit = effects.atExit(() => {
      // Listeners that were added later may still record, and no turn of the event loop follows.
      this.#isEnding = true
      this.#spoolAll()
      this.#delivery.leaveToSender()
    })
    this.#start()
  }

  get isRecording(): boolean {
    return !this.#isClosed && records(this.#consent.decision())
  }

  /** Whoever measures need not. */
  get isSilent(): boolean {
    return this.#isClosed || isRefused(this.#consent.decision())
  }

  formOf(name: string): RecordForm | undefined {
    return Object.hasOwn(this.form.records, name) ? this.form.records[name] : undefined
  }

  record(name: string, fields: object, how: RecordOptions | undefined): void {
    if (this.#isClosed) return
    if (this.#presence !== undefined && this.isRecording) {
      const first = this.#presence()
      if (first !== undefined) this.#recorder.record(presenceRecord, first)
    }
    this.#recorder.record(name, fields, this.#isEnding ? { ...how, durable: true } : how)
  }

  recordOnce(name: string, key: string, fields: object): void {
    try {
      // Only what is kept is remembered: after a yes, it is told again.
      if (!this.isRecording || this.#once.isNew(name, key, fields))
        this.record(name, fields, undefined)
    } catch {
      this.#recorder.lose('invalid_value')
    }
  }

  count(name: string, amounts: Fields): void {
    try {
      if (!this.isRecording) return
      this.#counts.add(name, amounts)
      this.#countTimer ??= this.effects.after(countEveryMs, () => this.#spoolCounts())
    } catch {
      this.#recorder.lose('invalid_value')
    }
  }

  report(name: string, gather: () => unknown, schedule: ReportSchedule): () => void {
    let stop = (): void => {}
    let isStopped = false
    const parts = { state: this.#state, effects: this.effects }
    this.#timers.whileAlive(programWaitsMs, async () => {
      try {
        const { startSchedule } = await import('../record/schedule.ts')
        if (this.#isClosed || isStopped) return
        const record = (fields: object): void => this.record(name, fields, undefined)
        const mayRecord = (): boolean => this.isRecording
        stop = startSchedule(parts, { name, gather, schedule, mayRecord, record })
      } catch {
        // A bundle without its other files sends no snapshots.
      }
    })
    const stopIt = (): void => {
      forget()
      isStopped = true
      stop()
    }
    const forget = this.#timers.add(stopIt)
    return stopIt
  }

  async flush(): Promise<Delivery> {
    // Nothing that it waits for keeps a process alive by itself: one that ends with its `await`
    // open has code 13.
    const leave = this.effects.stay(flushMsMax)
    try {
      this.#spoolAll()
      const decision = this.#consent.refresh()
      if (this.#isClosed || !prepares(decision)) return { is: 'silent', state: decision.state }
      return await this.#delivery.flush()
    } catch (error) {
      return {
        is: 'kept',
        because: 'network',
        says: error instanceof Error ? error.message : String(error)
      }
    } finally {
      leave()
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#spoolAll()
    this.#delivery.leaveToSender()
    this.#isClosed = true
    this.#leaveExit()
    this.#timers.stopAll()
    await this.#showing
    await this.#delivery.close()
  }

  required(): RequiredState {
    const { settings } = this.#consent.facts()
    const toSegment = [this.#options, ...settings].some(({ writeKey }) => writeKey !== undefined)
    return requiredNow(this.form, this.#consent, toSegment)
  }

  get controls(): Controls {
    return (this.#controls ??= createControls({
      form: this.form,
      version: this.#options.version,
      options: this.#options,
      state: this.#state,
      consent: this.#consent,
      consenting: this.#consenting,
      identity: () => this.#openedIdentity(),
      environment: () => this.#environment(),
      effects: this.effects,
      delivery: () => this.#delivery.open(),
      recorder: this.#recorder,
      flush: () => this.#spoolAll()
    }))
  }

  #start(): void {
    // After this turn, so that the host's configuration has had its say.
    this.effects.endOfTurn(() => {
      if (!this.#isClosed && this.#consent.mayShowNotice()) this.#showing = this.#showNotice()
    })
    this.#delivery.start()
    this.#consent.decision()
    this.#consent.onChange((before) => {
      const now = this.#consent.decision()
      const wasSent = sends(before) && before.stops === undefined
      // Nothing that was counted before a yes is sent after it, and nothing stays after a no.
      if (isRefused(now) || isUndecided(before) || (sends(now) && !wasSent)) this.#forgetPending()
      // The id is gone from the disk, or will be: whoever says yes later gets a new one.
      if (isRefused(now)) this.#identity?.forget()
    })
  }

  #environment(): Surroundings {
    return (this.#surroundings ??= detectEnvironment(this.effects, this.#options.runs ?? 'program'))
  }

  #openedIdentity(): Identity {
    return (this.#identity ??= openIdentity({
      form: this.form,
      options: this.#options,
      state: this.#folder,
      allowed: () => this.#consent.identity(),
      effects: this.effects
    }))
  }

  /** Looked at again now and then: a service hears of it in the middle of its life. */
  #shareNow(): number {
    const now = this.effects.now()
    if (Math.abs(now - this.#share.lookedAt) > shareLooksMs)
      this.#share = { value: steeredShare(this.#folder.read('delivery.json')), lookedAt: now }
    return this.#share.value
  }

  #forgetPending(): void {
    this.#state.clear()
    this.#recorder.forget()
    this.#counts.forget()
  }

  #spoolCounts(): void {
    this.#countTimer?.()
    this.#countTimer = undefined
    if (!this.isRecording) return this.#counts.forget()
    for (const { name, fields } of this.#counts.take()) this.#recorder.record(name, fields)
  }

  #spoolAll(): void {
    this.#spoolCounts()
    this.#recorder.flush()
    // What had to go to make room for these is told too, while there is somebody to tell it.
    if (this.#recorder.lostCount() > 0) this.#recorder.flush()
  }

  /**
   * Its words are loaded by the one run that shows them. What can't be loaded is shown by another
   * run.
   */
  async #showNotice(): Promise<void> {
    try {
      const { askConsent } = await import('../consent/asking/ask-consent.ts')
      const asked = askConsent(this.#consent, this.#consenting)
      asked.maybeShowNotice()
      await asked.answered()
    } catch {
      // A bundle without its other files: nothing is sent before somebody says yes.
    }
  }
}
