/**
 * Is a user's SQL one plain statement that no engine could read as two, or as a request to write?
 * Decided on its characters, before any engine sees it.
 */

export type StatementReading =
  | {
      readonly is: 'plain'
      readonly sql: string
      /** A text in it may hold a line break, written as one or as an escape. */
      readonly mayBreakLines: boolean
    }
  | { readonly is: 'refused'; readonly says: string }
  | { readonly is: 'invalid'; readonly says: string }

// A question that a person wrote, with room for one that a program wrote.
const sqlCharactersMax = 20_000

// What ClickHouse binds to the outermost statement, and so to the one that judges; a column of that
// name can be quoted.
const refusedWords = new Set([
  'into',
  'outfile',
  'infile',
  'format',
  'settings',
  'parallel',
  'explain',
  'recursive'
])
const space = /[ \t\r\n]+/y
const comment = /--[^\n]*|\/\*[\s\S]*?\*\//y
const text = /'(?:[^'\\\0]|\\[^\0]|'')*'/y
// Unescaped and on one line: the name must read in the syntax tree as it does here.
const quotedName = /`([\p{L}\p{N}_ .%-]{1,128})`|"([\p{L}\p{N}_ .%-]{1,128})"/uy
const word = /[A-Za-z_][A-Za-z0-9_]*/y
const number = /(?:0[xX][0-9A-Fa-f]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)(?![A-Za-z0-9_])/y
const sign = /->|::|\|\||<=>|<=|>=|<>|!=|==|[()[\],.*+\-/%=<>:?]/y

export function readSql(sql: string): StatementReading {
  if (sql.length > sqlCharactersMax)
    return { is: 'refused', says: `A query has at most ${sqlCharactersMax} characters.` }
  const tokens: string[] = []
  let plain = ''
  let mayBreakLines = false
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const found = pattern.exec(sql)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  while (at < sql.length) {
    // As long as the comment was, so that an error's place is the place in what was written.
    const gap = take(space) ?? take(comment)?.replaceAll(/[\s\S]/g, ' ')
    if (gap !== undefined) {
      plain += gap
      continue
    }
    const taken = take(text) ?? take(quotedName) ?? take(number) ?? take(word) ?? take(sign)
    if (taken === undefined) {
      if (/^;[\s;]*$/.test(sql.slice(at))) break
      return {
        is: 'refused',
        says:
          `The character at ${at + 1} cannot be part of a query: one SELECT, without ; { } $ # ` +
          'or unclosed quotes.'
      }
    }
    if (refusedWords.has(taken.toLowerCase())) {
      return {
        is: 'refused',
        says:
          `A query may not say ${taken.toUpperCase()}. If it names a column, put it in ` +
          'backquotes.'
      }
    }
    if (taken.startsWith("'") && /\\[^\\']|[\r\n]/.test(taken)) mayBreakLines = true
    tokens.push(taken)
    plain += taken
  }
  const first = tokens[0]?.toLowerCase()
  if (first === undefined) return { is: 'invalid', says: 'The query is empty.' }
  if (first !== 'select' && first !== 'with' && first !== '(')
    return { is: 'refused', says: 'A query begins with SELECT or WITH.' }
  return { is: 'plain', sql: plain.trimEnd(), mayBreakLines }
}
