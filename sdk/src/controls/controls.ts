/**
 * The user's side, put together: what must hold at once is here, what has to be told, looked up or
 * asked for is loaded by whoever asks.
 */
import type { Consent } from '../consent/consent.ts'
import type { ConsentInput } from '../consent/held-consent.ts'
import type { OpenDelivery } from '../deliver/open-delivery.ts'
import type { Effects } from '../effects.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { ContractForm } from '../form.ts'
import type { Identity } from '../identity/identity.ts'
import type { Recorder } from '../record/recorder.ts'
import { snapshotMembers, unreadable } from '../record/snapshot.ts'
import type { StateFolder } from '../state/state-folder.ts'
import type { Comparison, Controls, Settings, Status, TelemetryOptions } from '../telemetry.ts'
import type { OpenControls } from './open-controls.ts'

export interface ControlledParts {
  readonly form: ContractForm
  readonly version: string
  readonly options: TelemetryOptions
  readonly state: StateFolder
  readonly consent: Consent
  readonly consenting: ConsentInput
  readonly identity: () => Identity
  readonly environment: () => Surroundings
  readonly effects: Effects
  readonly delivery: () => Promise<OpenDelivery>
  readonly recorder: Pick<Recorder, 'held' | 'lostCount' | 'pendingCount'>
  /** Writes what waits in memory into the spool, where that is allowed. */
  readonly flush: () => void
}

export function createControls(parts: ControlledParts): Controls {
  const { state, consent, identity } = parts
  const ask = createAsker(parts)
  const bare = (says: string): Status => bareStatus(parts, says)
  const status = (): Promise<Status> => ask((controls) => controls.status(), bare)

  function changed(change: () => void): Promise<Status> {
    change()
    return status()
  }

  return {
    status,
    off(options) {
      // Before the refusal, because what is refused is swept away at once.
      const receipts = state.read('receipts.json')
      const file = identity().hasMadeFile()
      consent.refuse({ project: options?.project === true })
      const purge = (): void => {
        consent.purge()
        identity().forget({ file })
      }
      // Deletion is asked for before its keys go; everything else is gone when this returns.
      if (!options?.forget) purge()
      return ask(
        (controls) => controls.off({ receipts, purge, isToForget: options?.forget === true }),
        (says) => {
          purge()
          return { status: bare(says), receipts: [], forgotten: undefined }
        }
      )
    },
    on: (options) => changed(() => consent.on(options)),
    local: () => changed(() => consent.local()),
    configure(settings) {
      // What can't be read of a configuration must not hide the no that stands beside it.
      consent.configure(readable(settings))
    },
    noticeShown: () => consent.noticeShown(),
    notice: () =>
      ask(
        (controls) => controls.notice(),
        () => ''
      ),
    preview: () =>
      ask(
        (controls) => controls.preview(),
        (silent) => ({ url: undefined, headers: {}, bodies: [], silent, example: [] })
      ),
    log: () =>
      ask(
        (controls) => controls.log(),
        () => []
      ),
    diff: () =>
      ask(
        (controls) => controls.diff(),
        (says) => ({ accepted: false, asks: [says], stops: consent.stops() !== undefined })
      ),
    accept: () => changed(() => consent.accept()),
    reset: () =>
      ask((controls) => {
        const unkept = controls.reset()
        const now = controls.status()
        return unkept === undefined ? now : { ...now, unkept }
      }, bare),
    forget: () => ask((controls) => controls.forget(), failed),
    export: () =>
      ask(
        (controls) => controls.export(),
        () => ''
      ),
    import: (lines) =>
      ask(
        (controls) => controls.import(lines),
        (says) => ({ is: 'kept', because: 'endpoint', says })
      ),
    verify: () =>
      ask(
        (controls) => controls.verify(),
        (says) => ({ is: 'unknown', says })
      ),
    compare: (fleetFile) => ask((controls) => controls.compare(fleetFile), ignored),
    test: () => ask((controls) => controls.test(), failed),
    versions: (options) =>
      ask(
        (controls) => controls.versions(options?.platform),
        (says) => ({
          is: 'unknown',
          newest: undefined,
          outdated: undefined,
          advisories: [],
          support: undefined,
          says
        })
      )
  }
}

function ignored(says: string): Comparison {
  return { is: 'ignored', says: [says] }
}

/** What can't be loaded (a bundle without its other files) is tried again by the next call. */
function createAsker(parts: ControlledParts) {
  let opening: Promise<OpenControls> | undefined

  async function opened(): Promise<OpenControls> {
    const [{ askConsent, heldLines, openControls }, delivery] = await Promise.all([
      import('./open-controls.ts'),
      parts.delivery()
    ])
    const { recorder } = parts
    return openControls({
      ...parts,
      consent: askConsent(parts.consent, parts.consenting),
      identity: parts.identity(),
      delivery,
      held: () => heldLines(parts, recorder.held()),
      memory: () => ({ records: recorder.pendingCount(), lost: recorder.lostCount() })
    })
  }

  return async <Result>(
    call: (controls: OpenControls) => Result | Promise<Result>,
    otherwise: (says: string) => Result
  ): Promise<Result> => {
    try {
      opening ??= opened()
      return await call(await opening)
    } catch (error) {
      opening = undefined
      return otherwise(error instanceof Error ? error.message : String(error))
    }
  }
}

/** What is known without what tells the rest. */
function bareStatus({ form, version, state, consent }: ControlledParts, says: string): Status {
  return {
    ...consent.refresh(),
    product: form.product,
    version,
    endpoints: [],
    wire: 'native',
    identity: { kind: consent.identity().kind, id: undefined, account: undefined },
    levels: [],
    folder: state.path,
    waiting: { records: 0, bytes: 0, lost: 0 },
    lastDelivery: undefined,
    mutedUntil: undefined,
    versionCheck: consent.versionCheck(),
    stops: consent.stops(),
    required: [],
    unkept: consent.unkept(),
    warnings: [says]
  }
}

function failed(says: string): { is: 'failed'; says: string; keys: readonly string[] } {
  return { is: 'failed', says, keys: [] }
}

function readable(settings: Settings): Settings {
  const members = Object.entries(snapshotMembers(settings, () => {}))
  return Object.fromEntries(members.filter(([, member]) => member !== unreadable))
}
