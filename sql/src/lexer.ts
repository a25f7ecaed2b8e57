/**
 * Cuts a text into tokens as the dialect's own scanner would: where a string, a comment, a name
 * begins and ends.
 */
import { nestingMax } from './limits.ts'
import { Refusal, type Dialect } from './shape.ts'

export interface Token {
  readonly is: 'word' | 'name' | 'string' | 'number' | 'parameter' | 'mark'
  readonly text: string
  /** Whether white space or a comment stands before it. */
  readonly isApart: boolean
}

const space = /[\s\uFEFF]+/y
const lineComment = { postgres: /--[^\n\r]*/y, mysql: /(?:#|--(?=\s|$))[^\n]*/y }
const string = {
  // E'…' knows back-slashes, all others only doubled quotes; between dollars nothing is special.
  postgres: /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y,
  mysql: /[bBxXnN]?'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"/y
}
const dollarTag = /\$(?:[A-Za-z_\u0080-\uFFFF][A-Za-z_0-9\u0080-\uFFFF]*)?\$/y
const name = { postgres: /(?:[uU]&)?"(?:[^"]|"")*"/y, mysql: /`(?:[^`]|``)*`/y }
const word = {
  postgres: /[A-Za-z_\u0080-\uFFFF][A-Za-z_0-9$\u0080-\uFFFF]*/y,
  mysql: /@{0,2}[A-Za-z_$\u0080-\uFFFF][A-Za-z_0-9$\u0080-\uFFFF]*/y
}
const number =
  /0[xX][0-9a-fA-F_]+|0[oObB][0-7_]+|(?:\d[\d_]*(?:\.(?!\.)[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y
/** ReadySet numbers its parameters as PostgreSQL does, whatever the database is. */
const numbered = /\$\d+(?![A-Za-z_0-9$\u0080-\uFFFF])/y
const parameter = { postgres: /\$\d+/y, mysql: /\?|:[A-Za-z_][A-Za-z_0-9]*/y }
/** An identifier of MySQL may begin with a digit. */
const digitsWord = /\d+[A-Za-z_$\u0080-\uFFFF][A-Za-z_0-9$\u0080-\uFFFF]*/y
const exponentOrHex = /^(?:\d+[eE]\d+|0[xX][0-9a-fA-F]+|0b[01]+)$/

export function tokensOf(sql: string, dialect: Dialect): Token[] {
  const tokens: Token[] = []
  let at = 0
  let depth = 0
  let isApart = false
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(sql)?.[0]
  }
  const add = (is: Token['is'], text: string): void => {
    tokens.push({ is, text, isApart })
    at += text.length
    isApart = false
  }
  while (at < sql.length) {
    const gap = take(space) ?? take(lineComment[dialect])
    if (gap !== undefined && gap !== '') {
      at += gap.length
      isApart = true
      continue
    }
    if (sql.startsWith('/*', at)) {
      at = endOfComment(sql, at, dialect === 'postgres')
      isApart = true
      continue
    }
    const text = take(string[dialect])
    if (text !== undefined) add('string', text)
    else if (dialect === 'postgres' && sql.charAt(at) === '$' && take(dollarTag) !== undefined)
      add('string', dollarQuoted(sql, at, take(dollarTag) ?? ''))
    else add(...otherToken(take, sql.charAt(at), dialect))
    const mark = tokens.at(-1)?.text
    if (mark === '(' || mark === '[') depth += 1
    else if (mark === ')' || mark === ']') depth -= 1
    if (depth > nestingMax) throw new Refusal('TOO_LARGE')
  }
  return tokens
}

function otherToken(
  take: (pattern: RegExp) => string | undefined,
  first: string,
  dialect: Dialect
): [is: Token['is'], text: string] {
  const quoted = take(name[dialect])
  if (quoted !== undefined) return ['name', quoted]
  const digits = dialect === 'mysql' ? take(digitsWord) : undefined
  if (digits !== undefined && !exponentOrHex.test(digits)) return ['name', digits]
  const place = take(numbered)
  if (place !== undefined) return ['parameter', place]
  const written = take(word[dialect])
  if (written !== undefined) return ['word', written]
  const value = take(number)
  if (value !== undefined) return ['number', value]
  const hole = take(parameter[dialect])
  if (hole !== undefined) return ['parameter', hole]
  // A quote that nothing closes begins no token.
  if (first === "'" || first === '"' || first === '`') throw new Refusal('NOT_PARSED')
  return ['mark', first]
}

/** PostgreSQL's comments nest. */
function endOfComment(sql: string, from: number, isNesting: boolean): number {
  let depth = 1
  let at = from + 2
  while (depth > 0) {
    const end = sql.indexOf('*/', at)
    if (end < 0) throw new Refusal('NOT_PARSED')
    const inner = isNesting ? sql.indexOf('/*', at) : -1
    if (inner >= 0 && inner < end) {
      depth += 1
      at = inner + 2
    } else {
      depth -= 1
      at = end + 2
    }
  }
  return at
}

function dollarQuoted(sql: string, from: number, tag: string): string {
  const end = sql.indexOf(tag, from + tag.length)
  if (end < 0) throw new Refusal('NOT_PARSED')
  return sql.slice(from, end + tag.length)
}
