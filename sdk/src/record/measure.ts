/**
 * How long did an operation take, and did it end well? Watches it from outside: its result or error
 * is passed on as it is.
 */
import type { Effects } from '../effects.ts'
import type { RecordForm, TypeForm } from '../form.ts'
import type { Outcome } from '../telemetry.ts'

type Ended = (outcome: Outcome) => void

/**
 * `ended` is called once. A promise is followed by one of the same kind, so that an error that
 * nobody handles is still told.
 */
export function measureOperation<Result>(
  effects: Pick<Effects, 'elapsed'>,
  operation: () => Result,
  ended: Ended
): Result {
  const began = effects.elapsed()
  const end = (success: boolean, error?: unknown): void => {
    try {
      ended({ elapsedMs: effects.elapsed() - began, success, error })
    } catch {
      // The program's own words about the outcome failed; its operation did not.
    }
  }
  let result: Result
  try {
    result = operation()
  } catch (error) {
    end(false, error)
    throw error
  }
  // Only real promises: what merely has a `then` (a query that runs when it is awaited) must not be
  // started by us.
  if (!(result instanceof Promise)) {
    end(true)
    return result
  }
  return result.then(
    (value: unknown) => {
      end(true)
      return value
    },
    (error: unknown) => {
      end(false, error)
      throw error
    }
  ) as Result
}

const perSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

/** In the unit that the record's own `elapsed` declares; milliseconds if it declares none. */
export function elapsedIn(record: RecordForm | undefined, elapsedMs: number): number {
  const type: TypeForm | undefined = record?.fields['elapsed']?.type
  const unit =
    type?.is === 'duration' || type?.is === 'integer' || type?.is === 'number'
      ? type.unit
      : undefined
  const per =
    unit === 's' || unit === 'ms' || unit === 'us' || unit === 'ns' ? perSecond[unit] : 1e3
  const elapsed = (elapsedMs / 1e3) * per
  return type?.is === 'integer' ? Math.round(elapsed) : elapsed
}
