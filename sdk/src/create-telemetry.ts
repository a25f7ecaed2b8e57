/**
 * The whole of it, put together for one program: consent first, then recording, and delivery only
 * when there is something to deliver.
 */
import { isRefused, isUndecided, prepares, records, sends } from './consent/decision.ts'
import { openConsent, type Consent, type ConsentInput } from './consent/consent.ts'
import { createControls } from './controls/controls.ts'
import { isDue, steeredShare } from './deliver/due.ts'
import type { OpenDelivery } from './deliver/open-delivery.ts'
import { mayLeaveToSender, startSender } from './deliver/start-sender.ts'
import { systemEffects } from './effects.ts'
import { detectEnvironment, type Surroundings } from './environment/environment.ts'
import { openIdentity, type Identity } from './identity/identity.ts'
import { inertTelemetry } from './inert-telemetry.ts'
import { countEveryMs, createCounts } from './record/count.ts'
import { elapsedIn, measureOperation } from './record/measure.ts'
import { createOnce } from './record/once.ts'
import { createPresence, presenceRecord } from './record/presence.ts'
import { createRecorder } from './record/recorder.ts'
import { fullSpoolFile, spoolFile } from './record/spool.ts'
import { withMemory } from './state/memory-folder.ts'
import { openStateFolder } from './state/state-folder.ts'
import type {
  Controls,
  Delivery,
  Fields,
  RecordShapes,
  Telemetry,
  TelemetryOptions
} from './telemetry.ts'

/** A program that ends at once is not even asked to load what sends. */
const programWaitsMs = 25
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
/** What the collector asked for is looked at as rarely as a policy is. */
const shareLooksMs = 60_000
/** Another attempt, another process's, and its own, with what has to be loaded. */
const flushMsMax = 10_000

/**
 * Nothing is written, sent or created before consent allows it, and nothing here costs its program
 * anything but the call itself.
 *
 * Throws only for a mistake of the program: no contract, or a version that is none.
 *
 * @example
 * const telemetry = createTelemetry({ contract, version: '1.26.0' })
 * telemetry.record('command_init', { destination_type: 'duckdb', elapsed: 0.2, success: true })
 */
export function createTelemetry<Records extends RecordShapes = Readonly<Record<string, Fields>>>(
  options: TelemetryOptions
): Telemetry<Records> {
  assertOptions(options)
  const { contract: form, version, runs = 'program', effects = systemEffects } = options
  const { system } = effects
  if (!system.isSupported)
    return inertTelemetry(form, version, system.nodeVersion) as Telemetry<Records>
  const folder = openStateFolder({ product: form.product, folder: options.folder, effects })
  // Consent and ids know only what is on the disk: an id that lives no longer than its process
  // would count as an installation of its own.
  const state = withMemory(folder)
  let surroundings: Surroundings | undefined
  const environment = (): Surroundings => (surroundings ??= detectEnvironment(effects, runs))
  // State is what is found: a volume keeps it where the kind of place suggests that nothing does.
  // Looked at before anything is written.
  const findsState = folder.list('').length > 0
  const consenting: ConsentInput = { form, options, state: folder, environment, effects }
  const consent: Consent = openConsent(consenting)
  let openedIdentity: Identity | undefined
  const identity = (): Identity =>
    (openedIdentity ??= openIdentity({
      form,
      options,
      state: folder,
      allowed: () => consent.identity(),
      effects
    }))

  let share = { value: 1, lookedAt: Number.NEGATIVE_INFINITY }
  /** Looked at again now and then: a service hears of it in the middle of its life. */
  const shareNow = (): number => {
    const now = effects.now()
    if (Math.abs(now - share.lookedAt) > shareLooksMs)
      share = { value: steeredShare(folder.read('delivery.json')), lookedAt: now }
    return share.value
  }

  const recorder = createRecorder({
    form,
    version,
    state,
    consent,
    identity,
    environment,
    effects,
    context: options.context,
    share: shareNow,
    onSpooled: deliverWhileItRuns
  })
  const counts = createCounts(form, recorder.lose)
  const once = createOnce()
  const presence =
    form.presence.length === 0
      ? undefined
      : createPresence({ form, version, state: folder, effects })
  const timers = new Set<() => void>()
  let isClosed = false
  let isEnding = false
  let opening: Promise<OpenDelivery> | undefined
  let underWay: Promise<Delivery> | undefined
  let countTimer: (() => void) | undefined

  const isRecording = (): boolean => !isClosed && records(consent.decision())
  const forgetPending = (): void => {
    state.clear()
    recorder.forget()
    counts.forget()
  }
  const delivery = (): Promise<OpenDelivery> =>
    (opening ??= import('./deliver/open-delivery.ts').then(({ askConsent, openDelivery }) =>
      openDelivery({
        form,
        options,
        state,
        consent: askConsent(consent, consenting),
        identity: identity(),
        effects
      })
    ))

  function spoolCounts(): void {
    countTimer?.()
    countTimer = undefined
    if (!isRecording()) return counts.forget()
    for (const { name, fields } of counts.take()) recorder.record(name, fields)
  }

  function spoolAll(): void {
    spoolCounts()
    recorder.flush()
    // What had to go to make room for these is told too, while there is somebody to tell it.
    if (recorder.lostCount() > 0) recorder.flush()
  }

  function later(delayMs: number, call: () => unknown): void {
    const cancel = effects.after(delayMs, () => {
      timers.delete(cancel)
      if (!isClosed) call()
    })
    timers.add(cancel)
  }

  /**
   * Loading a file keeps a process alive until it is read. So it must be seen to live by itself
   * twice: a timer that is late, because the
   * program was busy until its end, is followed by one that a program at its end never reaches.
   */
  const whileAlive = (delayMs: number, call: () => unknown): void =>
    later(delayMs / 2, () => later(delayMs / 2, call))

  const jittered = (ms: number): number => ms * (0.5 + (effects.randomBytes(1)[0] ?? 0) / 256)

  /** Starts what sends for a program, where that may be and something is due. */
  function leaveToSender(): void {
    try {
      if (!sends(consent.refresh()) || consent.stops() !== undefined) return
      // Asked first: where the program runs, and what can be started there, is looked at only if
      // something is due.
      if (!isDue(folder.read('delivery.json'), effects.now()) || !leaves()) return
      const { settings } = consent.facts()
      startSender({ form, options, state: folder, settings, environment, effects })
    } catch {
      // What is spooled stays for another run.
    }
  }

  /** Loads what sends only if there is something to send, and its time has come. */
  async function deliverIfDue(): Promise<void> {
    try {
      if (!prepares(consent.refresh()) || consent.stops() !== undefined) return
      const fleeting = isFleeting()
      if (!isDue(state.read('delivery.json'), effects.now(), fleeting)) return
      if (sends(consent.decision()) && leaves()) return
      const isEmpty =
        state.sizeOf(spoolFile) + state.sizeOf(fullSpoolFile) === 0 &&
        state.list('outbox').length === 0
      // A claim that somebody's end left behind is taken up with whatever is recorded next.
      if (!isEmpty && underWay === undefined) await attempt({ fleeting })
    } catch {
      // A bundle without its other files, a host that forbids to load: what is spooled stays for
      // another run.
    }
  }

  function attempt(how: {
    readonly asked?: boolean
    readonly fleeting?: boolean
  }): Promise<Delivery> {
    const one = delivery().then((open) => open.deliver(how))
    const ended = (): void => {
      if (underWay === one) underWay = undefined
    }
    underWay = one
    one.then(ended, ended)
    return one
  }

  /**
   * Two at once would hinder each other. One that is under way takes no longer than a second.
   */
  async function attemptAfterOthers(): Promise<Delivery> {
    let before: Delivery | undefined
    while (underWay !== undefined) before = await underWay
    const asked = await attempt({ asked: true })
    return asked.is === 'nothing' && before?.is === 'sent' ? before : asked
  }

  const isFleeting = (): boolean => runs === 'program' && !environment().kept && !findsState
  /** Whether a process of its own may send for this one, see `mayLeaveToSender`. */
  let isLeft: boolean | undefined
  const leaves = (): boolean =>
    (isLeft ??=
      runs === 'program' &&
      mayLeaveToSender({
        isInProcess: [form, options, consent.facts().policy].some(
          ({ delivery: how }) => how === 'in-process'
        ),
        environment: environment(),
        findsState,
        effects
      }))
  let isAwaited = false

  /**
   * In CI, a container or a function nobody comes back to the spool: what a consented run recorded
   * travels now, or never.
   */
  function deliverWhileItRuns(): void {
    if (isAwaited || isClosed || !isFleeting()) return
    isAwaited = true
    whileAlive(fleetingWaitsMs, async () => {
      await deliverIfDue()
      isAwaited = false
      if (state.sizeOf(spoolFile) > 0 && isDue(state.read('delivery.json'), effects.now(), true))
        deliverWhileItRuns()
    })
  }

  function lookAgain(): void {
    void deliverIfDue()
    if (runs === 'service') later(jittered(serviceLooksMs), lookAgain)
  }

  /**
   * Its words are loaded by the one run that shows them. What can't be loaded is shown by another
   * run.
   */
  async function showNotice(): Promise<void> {
    try {
      const { askConsent } = await import('./consent/asking/ask-consent.ts')
      const asked = askConsent(consent, consenting)
      asked.maybeShowNotice()
      await asked.answered()
    } catch {
      // A bundle without its other files: nothing is sent before somebody says yes.
    }
  }

  const leaveExit = effects.atExit(() => {
    // Listeners that were added later may still record, and no turn of the event loop follows.
    isEnding = true
    spoolAll()
    leaveToSender()
  })
  let showing: Promise<void> | undefined
  let controls: Controls | undefined
  // After this turn, so that the host's configuration has had its say.
  effects.endOfTurn(() => {
    if (!isClosed && consent.mayShowNotice()) showing = showNotice()
  })
  whileAlive(runs === 'service' ? jittered(serviceLooksMs / 10) : programWaitsMs, lookAgain)
  if (runs === 'program') whileAlive(programLivesMs, leaveToSender)

  const telemetry: Telemetry = {
    record(name, fields, how) {
      if (isClosed) return
      if (presence !== undefined && isRecording()) {
        const first = presence()
        if (first !== undefined) recorder.record(presenceRecord, first)
      }
      recorder.record(name, fields, isEnding ? { ...how, durable: true } : how)
    },
    measure(name, fields, operation) {
      if (isClosed || isRefused(consent.decision())) return operation()
      return measureOperation(effects, operation, (outcome) => {
        const given = typeof fields === 'function' ? fields(outcome) : fields
        const elapsed = elapsedIn(
          Object.hasOwn(form.records, name) ? form.records[name] : undefined,
          outcome.elapsedMs
        )
        telemetry.record(name, { ...given, elapsed, success: outcome.success })
      })
    },
    recordOnce(name, key, fields) {
      try {
        // Only what is kept is remembered: after a yes, it is told again.
        if (!isRecording() || once.isNew(name, key, fields)) telemetry.record(name, fields)
      } catch {
        recorder.lose('invalid_value')
      }
    },
    count(name, amounts) {
      try {
        if (!isRecording()) return
        counts.add(name, amounts)
        countTimer ??= effects.after(countEveryMs, spoolCounts)
      } catch {
        recorder.lose('invalid_value')
      }
    },
    report(name, gather, schedule) {
      let stop = (): void => {}
      let isStopped = false
      whileAlive(programWaitsMs, async () => {
        try {
          const { startSchedule } = await import('./record/schedule.ts')
          if (isClosed || isStopped) return
          const record = (fields: object): void => telemetry.record(name, fields as Fields)
          stop = startSchedule(
            { state, effects },
            { name, gather, schedule, mayRecord: isRecording, record }
          )
        } catch {
          // A bundle without its other files sends no snapshots.
        }
      })
      const stopIt = (): void => {
        timers.delete(stopIt)
        isStopped = true
        stop()
      }
      timers.add(stopIt)
      return stopIt
    },
    async flush() {
      // Nothing that it waits for keeps a process alive by itself: one that ends with its `await`
      // open has code 13.
      const leave = effects.stay(flushMsMax)
      try {
        spoolAll()
        const decision = consent.refresh()
        if (isClosed || !prepares(decision)) return { is: 'silent', state: decision.state }
        return await attemptAfterOthers()
      } catch (error) {
        return {
          is: 'kept',
          because: 'network',
          says: error instanceof Error ? error.message : String(error)
        }
      } finally {
        leave()
      }
    },
    async close() {
      if (isClosed) return
      spoolAll()
      leaveToSender()
      isClosed = true
      leaveExit()
      for (const stop of timers) stop()
      timers.clear()
      await showing
      const opened = await opening?.catch(() => undefined)
      opened?.close()
    },
    get controls() {
      return (controls ??= createControls({
        form,
        version,
        options,
        state,
        consent,
        consenting,
        identity,
        environment,
        effects,
        delivery,
        recorder,
        flush: spoolAll
      }))
    }
  }

  consent.decision()
  consent.onChange((before) => {
    const now = consent.decision()
    const wasSent = sends(before) && before.stops === undefined
    // Nothing that was counted before a yes is sent after it, and nothing stays after a no.
    if (isRefused(now) || isUndecided(before) || (sends(now) && !wasSent)) forgetPending()
    // The id is gone from the disk, or will be: whoever says yes later gets a new one.
    if (isRefused(now)) openedIdentity?.forget()
  })
  return telemetry as unknown as Telemetry<Records>
}

function assertOptions(options: TelemetryOptions): void {
  const { contract, version } = options ?? {}
  if (
    contract?.candor !== 1 ||
    typeof contract.product !== 'string' ||
    typeof contract.records !== 'object'
  )
    throw new TypeError(
      'createTelemetry needs `contract`: what `candor contract generate typescript` wrote.'
    )
  if (
    typeof version !== 'string' ||
    !/^(?:v?\d[\w.+-]{0,63}|dev|edge|latest|nightly|stable|unknown)$/.test(version.toLowerCase())
  )
    throw new TypeError('createTelemetry needs `version`: your product’s own, as `1.26.0`.')
}
