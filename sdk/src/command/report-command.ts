/**
 * Which record tells that a command ran, and which of its options may travel? Only what the
 * contract declares.
 */
import type { ContractForm, RecordForm } from '../form.ts'
import type { Fields, Telemetry } from '../telemetry.ts'

export interface CommandRun {
  /** The words that name it, without the program: `['pipeline', 'list']`. */
  readonly path: readonly string[]
  /** What the parser made of its options and arguments. */
  readonly options: { readonly [name: string]: unknown }
}

/**
 * Measures a command: `command_<name>` gets its elapsed time, success, and those options that its
 * record declares by name. A program
 * with one record `command_run` that has a field `command` gets the name there instead. A command
 * that no record declares is silent.
 */
export function measureCommand<Result>(
  telemetry: Telemetry,
  contract: ContractForm,
  { path, options }: CommandRun,
  operation: () => Result
): Result {
  const found = recordOf(contract, path)
  if (found === undefined) return operation()
  const { name, record, fields } = found
  for (const field of Object.keys(record.fields)) {
    const value = options[field] ?? options[camel(field)]
    if (!Object.hasOwn(fields, field) && isPlain(value)) fields[field] = value
  }
  return telemetry.measure(name, fields, operation)
}

function recordOf(
  { records }: ContractForm,
  path: readonly string[]
):
  | {
      readonly name: string
      readonly record: RecordForm
      readonly fields: { [name: string]: Fields[string] }
    }
  | undefined {
  for (let length = path.length; length > 0; length -= 1) {
    const name = `command_${path.slice(0, length).join('_').replaceAll('-', '_')}`
    const record = Object.hasOwn(records, name) ? records[name] : undefined
    const operation = path[length]
    if (record !== undefined)
      return {
        name,
        record,
        fields: operation !== undefined && 'operation' in record.fields ? { operation } : {}
      }
  }
  const record = Object.hasOwn(records, 'command_run') ? records['command_run'] : undefined
  if (record === undefined || path.length === 0) return undefined
  return { name: 'command_run', record, fields: { command: path.join(' ') } }
}

function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function camel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase())
}
