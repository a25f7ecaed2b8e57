/**
 * Errors of the world outside: each with a stable code that `docs/reference/errors.md` explains.
 */

export type StorageErrorCode =
  | 'STORAGE_UNAVAILABLE'
  | 'STORAGE_TIMEOUT'
  | 'STORAGE_REFUSED'
  | 'STORAGE_FULL'
  | 'SCHEMA_NOT_APPLIED'
type InboxErrorCode =
  | 'INBOX_FULL'
  | 'INBOX_DISK_LOW'
  | 'INBOX_COMMIT_FAILED'
  | 'INBOX_LOCKED'
  | 'INBOX_CLOSED'
  | 'INBOX_DAMAGED'
type ConfigErrorCode =
  | 'CONFIG_INVALID'
  | 'SECRET_UNREADABLE'
  | 'PRODUCT_INVALID'
  | 'LISTEN_UNSAFE'
  | 'LISTEN_FAILED'
  | 'TLS_UNREADABLE'
export type QueryErrorCode =
  | 'QUERY_REFUSED'
  | 'QUERY_INVALID'
  | 'QUERY_TIMEOUT'
  | 'QUESTION_UNKNOWN'
  | 'PARAMETER_INVALID'
  | 'PRODUCT_UNKNOWN'
type ApiErrorCode =
  | 'TOKEN_MISSING'
  | 'TOKEN_WRONG'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_UNKNOWN'
  | 'TOKEN_EXISTS'
  | 'TOKENS_UNREADABLE'
  | 'WRITE_KEY_UNKNOWN'
  | 'WRITE_KEY_EXISTS'
  | 'ACCOUNTS_INVALID'
  | 'ACCOUNTS_NOT_KEPT'
  | 'ACCOUNT_UNKNOWN'
  | 'SCOPE_MISSING'
  | 'SIGN_IN_FAILED'
  | 'OIDC_UNAVAILABLE'
  | 'SESSION_UNKNOWN'
  | 'CSRF_WRONG'
  | 'ORIGIN_REFUSED'
  | 'HOST_REFUSED'
  | 'RATE_LIMITED'
  | 'SERVER_UNREACHABLE'
  | 'ROUTE_UNKNOWN'
  | 'BOARDS_UNREADABLE'
  | 'BOARD_UNKNOWN'
type PublicationErrorCode =
  | 'PUBLICATION_NONE'
  | 'PUBLICATION_UNKNOWN'
  | 'PUBLICATION_CHANGED'
  | 'PUBLICATION_DAMAGED'
  | 'PUBLICATION_LEAKS'
/** EXISTS: something lies where it should go. CUT_OFF: a piece of it did not come whole. */
type ExportErrorCode = 'EXPORT_EXISTS' | 'EXPORT_CUT_OFF' | 'BACKUP_INVALID' | 'IMPORT_OUT_OF_ORDER'
/** UNDECLARED: the published contract does not name this recipient. */
type ForwardErrorCode = 'FORWARD_UNDECLARED'
type ContractErrorCode = 'CONTRACT_UNREADABLE' | 'CODE_UNKNOWN' | 'GENERATED_STALE'
type ReleaseErrorCode = 'RELEASES_INVALID' | 'KEYS_MISSING' | 'KEYS_INVALID'
export type CandorErrorCode =
  | StorageErrorCode
  | InboxErrorCode
  | ConfigErrorCode
  | QueryErrorCode
  | ApiErrorCode
  | ReleaseErrorCode
  | ContractErrorCode
  | PublicationErrorCode
  | ExportErrorCode
  | ForwardErrorCode

/**
 * A problem of the world, with a code to act on. `message` never holds anything that a client sent.
 */
export class CandorError<Code extends CandorErrorCode = CandorErrorCode> extends Error {
  readonly code: Code
  readonly details: Readonly<Record<string, string | number>>

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; details?: Readonly<Record<string, string | number>> } = {}
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'CandorError'
    this.code = code
    this.details = options.details ?? {}
  }
}

export function isCandorError(error: unknown): error is CandorError {
  return error instanceof CandorError
}

/** What a log line names an error by: its code, or that it is our own mistake. */
export function codeOf(error: unknown): string {
  return isCandorError(error) ? error.code : 'INTERNAL'
}

/** Of our own mistakes, without the message: it might quote what a client sent. */
export function stackOf(error: unknown): string | undefined {
  return error instanceof Error
    ? error.stack
        ?.split('\n')
        .filter((line) => /^\s+at /.test(line))
        .join('\n')
    : undefined
}
