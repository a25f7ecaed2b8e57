/** Reduces a text of MySQL's dialect to the text of its shape. */
import { sqlShapeOf as kindByFirstWords } from '#values/sql-shape'
import { tokensOf } from '../lexer.ts'
import { statementsMax, tokensMax } from '../limits.ts'
import { withoutLongLists } from '../long-lists.ts'
import { Refusal, type HoleType, type StatementKind } from '../shape.ts'
import { Names, numberByAppearance, type Numbered } from '../tokens.ts'
import { editsOf, type Edit } from './edits.ts'
import { format, parse } from './parser.ts'
import { plainText, type PlainText } from './plain-text.ts'

export function mysqlShape(sql: string): Numbered & { readonly kind: StatementKind } {
  const tokens = withoutLongLists(tokensOf(sql, 'mysql'))
  if (tokens.length > tokensMax) throw new Refusal('TOO_LARGE')
  const plain = plainText(tokens)
  const trees = parse(plain.text)
  if (!Array.isArray(trees) || trees.length === 0) throw new Refusal('NOT_PARSED')
  if (trees.length > statementsMax) throw new Refusal('TOO_LARGE')
  const names = new Names()
  const edits = editsOf(trees, plain.text, names)
  const kind = kindByFirstWords(plain.text)
  const { text, holes } = printed(plain, edits)
  const numbered = numberByAppearance(text, [])
  return { ...numbered, holes, kind }
}

/**
 * A hole where the grammar takes one; a statement that has a literal where it takes none keeps
 * neutral constants.
 */
function printed(
  plain: PlainText,
  edits: readonly Edit[]
): { readonly text: string; readonly holes: readonly HoleType[] } {
  const all = edited(plain, edits)
  try {
    return { text: formatted(all.text), holes: all.holes }
  } catch (cause) {
    if (cause instanceof Refusal && cause.problem === 'PARSER_FAILED') throw cause
    const named = edited(
      plain,
      edits.filter(({ is }) => is === 'name')
    )
    return { text: formatted(named.text), holes: [] }
  }
}

function edited(
  plain: PlainText,
  edits: readonly Edit[]
): { readonly text: string; readonly holes: readonly HoleType[] } {
  const holes: HoleType[] = []
  let text = ''
  let from = 0
  for (const { start, end, is, text: written } of edits) {
    if (start < from) throw new Refusal('UNKNOWN_PART')
    text += plain.text.slice(from, start) + written
    from = end
    if (is === 'hole') holes.push(plain.types.get(start) ?? 'parameter')
  }
  return { text: text + plain.text.slice(from), holes }
}

/** A shape that is reduced once more mostly has the text that was just printed. */
let latest: { readonly text: string; readonly printed: string } | undefined

function formatted(text: string): string {
  if (latest?.text !== text) {
    // A text that is not accepted leaves the one before it.
    latest = { text, printed: format(text).replace(/\s+/g, ' ').trim() }
  }
  return latest.printed
}
