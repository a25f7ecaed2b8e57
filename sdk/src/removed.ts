/**
 * What a program holds that was built without its telemetry: the same names, and no client behind
 * them. Chosen by the export condition `candor-removed`, without a change of the program.
 */
import { inertTelemetry } from './inert-telemetry.ts'
import type { Fields, RecordShapes, Telemetry, TelemetryOptions } from './telemetry.ts'

export { detectEnvironment } from './environment/environment.ts'
export { unlisted } from './unlisted.ts'

/** Records nothing, sends nothing, reads and writes nothing; `status` says that it was removed. */
export function createTelemetry<Records extends RecordShapes = Readonly<Record<string, Fields>>>({
  contract,
  version
}: TelemetryOptions): Telemetry<Records> {
  return inertTelemetry(contract, version, {
    where: 'this build',
    says: 'this build was made without telemetry: nothing is recorded or sent'
  }) as unknown as Telemetry<Records>
}

/** No ids are made for a client that is not there. */
export function openTwinIds(): Promise<undefined> {
  return Promise.resolve(undefined)
}
