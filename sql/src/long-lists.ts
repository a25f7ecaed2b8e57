/**
 * Takes repetition out of lists of literals before a parser sees them: 50,000 values in IN are one
 * hole in the end.
 */
import type { Token } from './lexer.ts'

/** Words that stand in a list as a value does. */
const valueWords: ReadonlySet<string> = new Set(['null', 'true', 'false', 'default'])

/**
 * `IN (1, 2, 3)` becomes `IN (1)`, `VALUES (1, 'a'), (2, 'b')` becomes `VALUES (1, 'a')`, `ARRAY[1,
 * 2]` becomes `ARRAY[1]`.
 */
export function withoutLongLists(tokens: readonly Token[]): Token[] {
  const kept: Token[] = []
  let at = 0
  while (at < tokens.length) {
    const token = tokens[at]
    if (token === undefined) break
    kept.push(token)
    at += 1
    if (token.is !== 'word') continue
    const next = tokens[at]
    switch (token.text.toLowerCase()) {
      case 'in':
        if (next?.text === '(' && tokens[at + 1]?.text === '(') {
          kept.push(next)
          at = keepGroups(tokens, at + 1, kept)
        } else if (next?.text === '(') at = keepValues(tokens, at, ')', kept)
        break
      case 'enum':
      case 'set':
        if (next?.text === '(') at = keepValues(tokens, at, ')', kept)
        break
      case 'array':
        if (next?.text === '[') at = keepValues(tokens, at, ']', kept)
        break
      case 'value':
      case 'values':
        at = keepGroups(tokens, at, kept)
    }
  }
  return kept
}

/** Keeps the first of a bracket's values if it has nothing else; returns where to go on. */
function keepValues(
  tokens: readonly Token[],
  open: number,
  closing: ')' | ']',
  kept: Token[]
): number {
  let at = open + 1
  for (;;) {
    const end = endOfValue(tokens, at)
    if (end === undefined) return open
    const mark = tokens[end]
    if (mark?.text === closing) {
      const firstEnd = endOfValue(tokens, open + 1) ?? end
      for (const token of tokens.slice(open, firstEnd)) kept.push(token)
      kept.push(mark)
      return end + 1
    }
    if (mark?.text !== ',') return open
    at = end + 1
  }
}

/** Where the token after a single value stands. A sign belongs to its number. */
function endOfValue(tokens: readonly Token[], at: number): number | undefined {
  const token = tokens[at]
  if (token === undefined) return undefined
  if ((token.text === '-' || token.text === '+') && tokens[at + 1]?.is === 'number') return at + 2
  return isValue(token) ? at + 1 : undefined
}

/** Keeps of the groups `(…), (…)` from `start` those that are built like none before them. */
function keepGroups(tokens: readonly Token[], start: number, kept: Token[]): number {
  const seen = new Set<string>()
  let at = start
  for (;;) {
    const group = groupAt(tokens, at)
    if (group === undefined) return at
    if (!seen.has(group.signature)) {
      // The comma before the group goes with it.
      if (seen.size > 0) kept.push({ is: 'mark', text: ',', isApart: false })
      for (const token of tokens.slice(at, group.end)) kept.push(token)
      seen.add(group.signature)
    }
    if (tokens[group.end]?.text !== ',' || groupAt(tokens, group.end + 1) === undefined)
      return group.end
    at = group.end + 1
  }
}

/** A bracket of values alone, perhaps after ROW. */
function groupAt(
  tokens: readonly Token[],
  start: number
): { readonly end: number; readonly signature: string } | undefined {
  const isRow = tokens[start]?.text.toLowerCase() === 'row'
  let at = isRow ? start + 1 : start
  if (tokens[at]?.text !== '(') return undefined
  at += 1
  let signature = isRow ? 'row' : ''
  for (;;) {
    const end = endOfValue(tokens, at)
    if (end === undefined) return undefined
    // DEFAULT is no value that a hole could stand for.
    signature += tokens[at]?.text.toLowerCase() === 'default' ? 'd' : 'v'
    const mark = tokens[end]?.text
    if (mark === ')') return { end: end + 1, signature }
    if (mark !== ',') return undefined
    at = end + 1
  }
}

function isValue(token: Token): boolean {
  return (
    token.is === 'string' ||
    token.is === 'number' ||
    token.is === 'parameter' ||
    (token.is === 'word' && valueWords.has(token.text.toLowerCase()))
  )
}
