/**
 * How are texts of known shapes read: versions, points in time, SQL? Word for word what the
 * collector makes of the same text.
 */

/** Whole characters, none of them a control character, which could rewrite a reader's terminal. */
export function isPlainText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return !/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u.test(text)
}

const stage =
  '(?:alpha|beta|rc|dev|preview|pre|post|snapshot|nightly|canary|next|final|ga|release|stable|lts|edge|patch|hotfix|build|dirty|rev|[abcmpr])[0-9]{0,9}'
let version: RegExp | undefined
/** Made when the first version is read: most records have none. */
const versionShape = (): RegExp =>
  (version ??= new RegExp(
    `^v?[0-9]{1,9}(?:\\.[0-9]{1,9}){0,7}(?:${stage})?(?:[-._+](?:${stage}|[0-9]{1,9}|g[0-9a-f]{7,12})(?=[-._+]|$))*(?=[-._+]|$)`,
    'i'
  ))

/**
 * The text up to where it stops being a version: of `1.26.0-acme.internal` only `1.26.0`. Undefined
 * when it does not begin as one.
 */
export function readVersion(text: string): string | undefined {
  if (text.length > 64 || !/^[A-Za-z0-9._+-]*$/.test(text)) return undefined
  return /^(?:-|dev|edge|latest|nightly|stable|unknown)$/i.test(text)
    ? text
    : versionShape().exec(text)?.[0]
}

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/**
 * Milliseconds since 1970 of an RFC 3339 text between 1900 and 2299, what a store's column can
 * hold.
 */
export function readInstant(text: string): number | undefined {
  const found = text.length > 40 ? null : rfc3339.exec(text)
  if (found === null) return undefined
  const part = (index: number): number => Number(found[index] ?? 0)
  const [year, month, day] = [part(1), part(2) - 1, part(3)]
  const date = new Date(Date.UTC(year, month, day))
  if (year < 1900 || date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined
  if (part(4) > 24 || part(5) > 59 || part(6) > 60 || part(9) > 16 || part(10) > 59)
    return undefined
  const milliseconds = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3))
  const offset = (part(9) * 60 + part(10)) * 60_000 * (found[8] === '-' ? -1 : 1)
  const instant = Date.UTC(year, month, day, part(4), part(5), part(6), milliseconds) - offset
  return instant >= -2_208_988_800_000 && instant <= 10_413_705_600_000 ? instant : undefined
}

const firstWords = /^(?:select|insert|update|delete|alter|drop|set|show|with|explain)$/
const betweenCreateAndNoun =
  /^(?:or|replace|temp|temporary|unlogged|global|local|foreign|external|materialized|recursive)$/

/**
 * Which class of statement a SQL text is, by its first words. Nothing else of it ever leaves the
 * process.
 */
export function sqlShapeOf(text: string): string {
  if (/^(?:create_table|create_view|unparsed)$/.test(text)) return text
  const start = afterComments(text.slice(0, 1_024)).toLowerCase()
  if (start.startsWith('<redacted') || start.startsWith('<anonymized')) return 'unparsed'
  const words = start.match(/[a-z_]+|[^a-z_\s]/g)?.slice(0, 8) ?? []
  const first = words[0] ?? ''
  if (first !== 'create') return firstWords.test(first) ? first : 'other'
  const noun = words.slice(1).find((word) => !betweenCreateAndNoun.test(word))
  return noun === 'table' || noun === 'view' ? `create_${noun}` : 'other'
}

/** Past white space, opening parentheses and comments. */
function afterComments(text: string): string {
  let at = 0
  for (;;) {
    while (at < text.length && ' \t\r\n(;'.includes(text.charAt(at))) at += 1
    const comment = text.startsWith('/*', at)
      ? '*/'
      : text.startsWith('--', at) || text.startsWith('#', at)
        ? '\n'
        : undefined
    if (comment === undefined) return text.slice(at)
    const end = text.indexOf(comment, at + 1)
    if (end < 0) return ''
    at = end + comment.length
  }
}
