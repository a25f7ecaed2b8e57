/** What does each of the user's questions need to be answered? */
import type { OpenDelivery } from '../deliver/open-delivery.ts'
import type { DeliveryParts } from '../bodies/plan-context.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { TelemetryOptions } from '../telemetry.ts'

export interface ControlParts extends DeliveryParts {
  readonly delivery: OpenDelivery
  readonly options: DeliveryParts['options'] & Pick<TelemetryOptions, 'feedKeys'>
  /** Of the product, as a record says it. */
  readonly version: string
  readonly environment: () => Surroundings
  /** Spools what is in memory, where that is allowed. */
  readonly flush: () => void
  /** What is in memory while nothing is decided, as a line of the spool. */
  readonly held: () => readonly string[]
  /** Records in memory, and those that could not be kept. */
  readonly memory: () => { readonly records: number; readonly lost: number }
}
