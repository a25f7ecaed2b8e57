/**
 * What can a user see and do beyond the switch? Loaded when somebody asks; each question has its
 * file.
 */
import { keysIn } from '../bodies/receipts.ts'
import { readLog } from '../deliver/sent-log.ts'
import type {
  Answer,
  Comparison,
  Delivery,
  ForgetResult,
  LogEntry,
  OffResult,
  Preview,
  Status,
  TermsDiff,
  Verification,
  VersionStatus,
  Unkept
} from '../telemetry.ts'
import { forgetSent, requestErasure } from './forget.ts'
import type { ControlParts } from './control-parts.ts'
import { exportWaiting, importWaiting } from './carry.ts'
import { previewDelivery } from './preview.ts'
import { sendTestEvent } from './test-event.ts'
import { finishOff } from './settings.ts'
import { statusOf } from './status.ts'
import { termsDiffOf } from './terms-diff.ts'
import { verifyContract } from './verify.ts'

/** The user's questions ask more of consent than recording does; what answers comes with them. */
export { askConsent } from '../consent/asking/ask-consent.ts'
export { heldLines } from './held-line.ts'

export interface OpenControls {
  status(): Status
  notice(): string
  diff(): TermsDiff
  /** The refusal holds already. */
  off(refused: {
    readonly receipts: string | undefined
    readonly purge: () => void
    readonly isToForget: boolean
  }): Promise<OffResult>
  preview(): Promise<Preview>
  log(): Promise<readonly LogEntry[]>
  forget(): Promise<ForgetResult>
  export(): Promise<string>
  import(lines: string): Promise<Delivery>
  verify(): Promise<Verification>
  compare(fleetFile: string): Promise<Comparison>
  test(): Promise<Answer>
  versions(platform: Readonly<Record<string, string>> | undefined): Promise<VersionStatus>
  /** A new id; returns why the old one is still there. What was recorded under it keeps it. */
  reset(): Unkept | undefined
}

export function openControls(parts: ControlParts): OpenControls {
  const { state, consent, identity, delivery, effects, flush, memory } = parts
  const status = (): Status => statusOf({ ...parts, memory: memory() })
  return {
    status,
    notice: () => consent.notice(),
    diff: () => termsDiffOf(consent),
    off: ({ receipts, purge, isToForget }) =>
      finishOff(
        { keys: keysIn(receipts), purge, status, forget: (keys) => requestErasure(parts, keys) },
        isToForget
      ),
    preview: () => previewDelivery(parts),
    log: () => Promise.resolve(readLog(state, effects.now())),
    forget: () => forgetSent(parts),
    export: () => exportWaiting(parts),
    import: (lines) => importWaiting(parts, lines),
    verify: () => verifyContract(parts),
    async compare(fleetFile) {
      const { compareWithFleet } = await import('../versions/compare.ts')
      const { form, version, options } = parts
      return compareWithFleet(fleetFile, { form, version, feedKeys: options.feedKeys })
    },
    test: () => sendTestEvent(parts),
    async versions(platform) {
      const { checkVersions } = await import('../versions/check.ts')
      return checkVersions({ ...parts, platform, transport: delivery.transport })
    },
    reset() {
      flush()
      // Frozen under the old id first: a session that is reported under both would tie the two
      // together.
      delivery.freeze()
      const before = identity.known()
      identity.reset()
      return before !== undefined && identity.known() === before
        ? { is: 'id', why: `it could not be replaced in ${state.path ?? 'a state folder'}` }
        : undefined
    }
  }
}
