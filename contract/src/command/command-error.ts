/** What keeps a command from being done, with a code to act on. */

export type CommandErrorCode =
  | 'CODE_UNKNOWN'
  | 'CONTRACT_UNREADABLE'
  | 'GENERATED_STALE'
  | 'PARAMETER_INVALID'
  | 'PRODUCT_INVALID'

export class CommandError extends Error {
  readonly code: CommandErrorCode

  constructor(code: CommandErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'CommandError'
    this.code = code
  }
}

export function isCommandError(error: unknown): error is CommandError {
  return error instanceof CommandError
}
