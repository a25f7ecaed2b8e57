/** What PostgreSQL's shapes may be written with: its own words, from a running server. */
import { readList } from '../catalogue.ts'

const keywords = readList('postgres-keywords')
export const functions = readList('postgres-functions')
export const settings = readList('postgres-settings')
export const operators: ReadonlySet<string> = new Set([
  ...readList('postgres-operators'),
  ...readList('postgres-extension-operators'),
  // Operators by name in the syntax tree, and one that only the grammar knows.
  'BETWEEN',
  'NOT BETWEEN',
  'BETWEEN SYMMETRIC',
  'NOT BETWEEN SYMMETRIC',
  '!='
])
/** With the words that are types only where a column is made. */
export const types: ReadonlySet<string> = new Set([
  ...readList('postgres-types'),
  'serial',
  'serial2',
  'serial4',
  'serial8',
  'bigserial',
  'smallserial'
])
export const accessMethods: ReadonlySet<string> = new Set([
  'btree',
  'hash',
  'gist',
  'gin',
  'spgist',
  'brin'
])
/** The first argument of EXTRACT is a word or a text, never a value. */
export const extractable: ReadonlySet<string> = new Set(
  (
    'century day decade dow doy epoch hour isodow isoyear julian microseconds millennium ' +
    'milliseconds ' +
    'minute month quarter second timezone timezone_hour timezone_minute week year'
  ).split(' ')
)
/** Words of statements and options that the grammar reads as plain names. */
const otherWords: ReadonlySet<string> = new Set(
  (
    'permissive restrictive session_authorization list public modulus remainder usage ' +
    'json_object ' +
    'json_array absent keys scalar utf8 plain extended safe unsafe restricted source connect ' +
    'auto ' +
    'buffer_usage_limit only_database_stats skip_database_stats convert_selectively main ' +
    'pg_catalog plpgsql yaml json c format costs buffers timing summary wal settings verbose ' +
    'superuser nosuperuser createdb nocreatedb createrole nocreaterole login nologin replication ' +
    'noreplication bypassrls nobypassrls noinherit ' +
    'disable_page_skipping skip_locked index_cleanup process_toast process_main generic_plan ' +
    'memory ' +
    'serialize force_quote force_not_null force_null on_error log_verbosity reject_limit log'
  ).split(' ')
)

export function isListed(word: string): boolean {
  const lower = word.toLowerCase()
  return (
    keywords.has(lower) ||
    functions.has(word) ||
    types.has(lower) ||
    extractable.has(lower) ||
    otherWords.has(lower) ||
    accessMethods.has(word) ||
    settings.has(word)
  )
}
