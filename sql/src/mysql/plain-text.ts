/**
 * Writes a MySQL statement again with nothing in it but words: no values, no comments, one line of
 * ASCII.
 */
import type { Token } from '../lexer.ts'
import type { HoleType } from '../shape.ts'

export interface PlainText {
  readonly text: string
  /** What stood at each neutral constant or hole, by its place in the text. */
  readonly types: ReadonlyMap<number, HoleType>
}

/** A name that is no plain word gets one: keywords are never written like it. */
const stand = 'zz__name_'
const plainWord = /^@{0,2}[a-z_][a-z0-9_]*$/

export function plainText(tokens: readonly Token[]): PlainText {
  const names = new Map<string, string>()
  const types = new Map<number, HoleType>()
  let text = ''
  const plainName = (name: string): string => {
    let plain = names.get(name)
    if (plain === undefined) {
      plain = `${stand}${String(names.size + 1)}`
      names.set(name, plain)
    }
    return plain
  }
  for (const [index, token] of tokens.entries()) {
    const before = tokens[index - 1]
    const written = writtenAs(token, before, tokens[index + 1], plainName)
    if (written === undefined) continue
    if (text !== '' && (token.isApart || needsSpace(text, written))) text += ' '
    const type = typeOf(token)
    if (type !== undefined) types.set(text.length, type)
    text += written
  }
  return { text, types }
}

function writtenAs(
  token: Token,
  before: Token | undefined,
  after: Token | undefined,
  plainName: (name: string) => string
): string | undefined {
  switch (token.is) {
    case 'string':
      // AS 'total' names a column; strings side by side are one.
      if (before?.is === 'word' && before.text.toLowerCase() === 'as') {
        const inside = token.text.slice(1, -1).toLowerCase()
        return `\`${plainWord.test(inside) ? inside : plainName(inside)}\``
      }
      if (before?.is === 'string') return undefined
      return /^[bBxX]/.test(token.text) ? '0' : "''"
    case 'number':
      return '0'
    case 'parameter':
      return '?'
    case 'name': {
      const name = token.text.replace(/^`|`$/g, '').replaceAll('``', '`').toLowerCase()
      return `\`${plainWord.test(name) ? name : plainName(name)}\``
    }
    case 'word': {
      const word = token.text.toLowerCase()
      // _utf8mb4'text' is a text.
      if (word.startsWith('_') && after?.is === 'string') return undefined
      return plainWord.test(word) ? word : `${/^@*/.exec(word)?.[0] ?? ''}${plainName(word)}`
    }
    case 'mark':
      // The sign of a number is a part of it, where no value stands before it.
      if ((token.text === '-' || token.text === '+') && after?.is === 'number' && isOpen(before))
        return undefined
      return token.text
  }
}

/** True where a value may begin. */
function isOpen(before: Token | undefined): boolean {
  if (before === undefined) return true
  if (before.is === 'mark') return before.text !== ')' && before.text !== ']'
  return before.is === 'word' && openingWords.has(before.text.toLowerCase())
}

const openingWords: ReadonlySet<string> = new Set(
  (
    'select in and or not between limit offset then else when return returning values like by ' +
    'on where having set default'
  ).split(' ')
)

function typeOf(token: Token): HoleType | undefined {
  if (token.is === 'string') return /^[bBxX]/.test(token.text) ? 'bits' : 'string'
  if (token.is === 'number' || token.is === 'parameter') return token.is
  if (token.is !== 'word') return undefined
  const word = token.text.toLowerCase()
  if (word === 'null') return 'null'
  return word === 'true' || word === 'false' ? 'boolean' : undefined
}

/** Two words must not grow together when what stood between them is gone. */
function needsSpace(text: string, written: string): boolean {
  return /[A-Za-z0-9_@'`?]$/.test(text) && /^[A-Za-z0-9_@'`?]/.test(written)
}
