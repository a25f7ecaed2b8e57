/** What is left to do once a no holds? */
import type { ForgetResult, OffResult, Status } from '../telemetry.ts'

export interface RefusedParts {
  /** What erases what was sent, as it was known before the refusal. */
  readonly keys: readonly string[]
  /**
   * Removes all that is left but the refusal; done already where nothing is to be asked of the
   * collector.
   */
  readonly purge: () => void
  readonly status: () => Status
  /**
   * Asks the collector to erase what these keys stand for; within its deadline, and never rejects.
   */
  readonly forget: (keys: readonly string[]) => Promise<ForgetResult>
}

/**
 * The refusal holds and is on the disk before this is even loaded: see `controls.off`. Here
 * deletion is asked for, if somebody wants that.
 * The keys are in the answer unless the collector took them: they are nowhere else any more.
 */
export async function finishOff(
  { keys, purge, status, forget }: RefusedParts,
  isToForget: boolean
): Promise<OffResult> {
  let forgotten: ForgetResult | undefined
  if (isToForget) {
    try {
      forgotten = keys.length === 0 ? { is: 'nothing' } : await forget(keys)
    } catch (error) {
      forgotten = {
        is: 'failed',
        says: error instanceof Error ? error.message : String(error),
        keys
      }
    }
  }
  purge()
  return { status: status(), receipts: forgotten?.is === 'requested' ? [] : keys, forgotten }
}
