/** Why the kit itself could not do its work: a code to act on, never a verdict on the program. */

export type RefusalCode =
  | 'USAGE'
  | 'PROFILE_INVALID'
  | 'COMMAND_UNKNOWN'
  | 'SETUP_FAILED'
  | 'TOOL_MISSING'
  | 'NAMESPACE_REFUSED'
  | 'TRACE_REFUSED'

export class Refusal extends Error {
  readonly code: RefusalCode

  constructor(code: RefusalCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
  }
}
