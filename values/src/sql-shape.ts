/** Tells what class of SQL statement a text is, by its first words; nothing else of it is kept. */

export const sqlShapes = [
  'select',
  'insert',
  'update',
  'delete',
  'create_table',
  'create_view',
  'alter',
  'drop',
  'set',
  'show',
  'with',
  'explain',
  'other',
  'unparsed'
] as const
export type SqlShape = (typeof sqlShapes)[number]

/** Characters of a statement's whole shape, where that is kept; a longer one is only its kind. */
export const sqlShapeLengthMax = 8_192

/** The first words of a statement stand here; the rest is never looked at. */
const lookedAt = 1_024
const betweenCreateAndNoun =
  /^(?:or|replace|temp|temporary|unlogged|global|local|foreign|external|materialized|recursive)$/

/** A client that has already reduced its statement sends the class's own word, which stays. */
export function sqlShapeOf(text: string): SqlShape {
  if (isShape(text)) return text
  const start = afterComments(text.slice(0, lookedAt)).toLowerCase()
  if (start.startsWith('<redacted') || start.startsWith('<anonymized')) return 'unparsed'
  const words = start.match(/[a-z_]+|[^a-z_\s]/g)?.slice(0, 8) ?? []
  const first = words[0] ?? ''
  if (first !== 'create')
    return isShape(first) && !/^(?:create_|unparsed)/.test(first) ? first : 'other'
  const noun = words.slice(1).find((word) => !betweenCreateAndNoun.test(word))
  return noun === 'table' || noun === 'view' ? `create_${noun}` : 'other'
}

function isShape(word: string): word is SqlShape {
  return (sqlShapes as readonly string[]).includes(word)
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
