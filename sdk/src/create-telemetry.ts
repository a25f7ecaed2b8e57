/** A program's four verbs, and what is made of them; whatever they do costs no more than the call. */
import { systemEffects } from './effects.ts'
import { inertTelemetry } from './inert-telemetry.ts'
import { Program } from './program/program.ts'
import { elapsedIn, measureOperation } from './record/measure.ts'
import type { Fields, RecordShapes, Telemetry, TelemetryOptions } from './telemetry.ts'

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
  const { contract, version, effects = systemEffects } = options
  const { system } = effects
  if (!system.isSupported)
    return inertTelemetry(contract, version, tooOld(system.nodeVersion)) as Telemetry<Records>
  const program = new Program(options)
  const telemetry: Telemetry = {
    record: (name, fields, how) => program.record(name, fields, how),
    measure(name, fields, operation) {
      if (program.isSilent) return operation()
      return measureOperation(effects, operation, (outcome) => {
        const given = typeof fields === 'function' ? fields(outcome) : fields
        const elapsed = elapsedIn(program.formOf(name), outcome.elapsedMs)
        telemetry.record(name, { ...given, elapsed, success: outcome.success })
      })
    },
    recordOnce: (name, key, fields) => program.recordOnce(name, key, fields),
    count: (name, amounts) => program.count(name, amounts),
    report: (name, gather, schedule) => program.report(name, gather, schedule),
    flush: () => program.flush(),
    close: () => program.close(),
    required: () => program.required(),
    get controls() {
      return program.controls
    }
  }
  return telemetry as unknown as Telemetry<Records>
}

function tooOld(node: string): { readonly where: string; readonly says: string } {
  return {
    where: `Node ${node}`,
    says:
      `Node ${node} is older than this SDK supports (20.19, or 22.3 and later): nothing ` +
      'is recorded or sent'
  }
}

function assertOptions(options: TelemetryOptions): void {
  const { contract, version, edition } = options ?? {}
  if (
    contract?.candor !== 1 ||
    typeof contract.product !== 'string' ||
    typeof contract.records !== 'object'
  )
    throw new TypeError(
      'createTelemetry needs `contract`: what `candor contract generate typescript` wrote.'
    )
  const own = contract.edition?.name
  // What an edition requires is sent by a program that says it is that edition, and by no other.
  if (edition !== own)
    throw new TypeError(
      `createTelemetry got \`edition\` ${edition ?? 'not at all'}, and its contract is that of ` +
        `${own === undefined ? 'the open edition' : `the edition ${own}`}: ` +
        'generate the client with `--edition`, and name that.'
    )
  if (
    typeof version !== 'string' ||
    !/^(?:v?\d[\w.+-]{0,63}|dev|edge|latest|nightly|stable|unknown)$/.test(version.toLowerCase())
  )
    throw new TypeError('createTelemetry needs `version`: your product’s own, as `1.26.0`.')
}
