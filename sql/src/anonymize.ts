/** Reduces a SQL statement to its shape: what is in it of names and values stays behind. */
import { sqlShapeOf as kindByFirstWords, sqlShapes as kinds } from '#values/sql-shape'
import { mayLeave } from './gate.ts'
import { tokensOf } from './lexer.ts'
import {
  charactersMax,
  shapeCharactersMax,
  shortCharacters,
  stableShapesMax,
  tokensMax
} from './limits.ts'
import { withoutLongLists } from './long-lists.ts'
import { mysqlShape } from './mysql/mysql-shape.ts'
import { isOpen as isMysqlOpen, openParser as openMysql } from './mysql/parser.ts'
import { isListed as isMysqlWord } from './mysql/words.ts'
import { isOpen as isPostgresOpen, openParser as openPostgres } from './postgres/parser.ts'
import { postgresShape } from './postgres/postgres-shape.ts'
import { isListed as isPostgresWord } from './postgres/words.ts'
import { Refusal, type Dialect, type SqlShape, type StatementKind } from './shape.ts'
import { fingerprintOf, ofKind } from './of-kind.ts'
import type { Numbered } from './tokens.ts'

const dialects = {
  postgres: {
    isOpen: isPostgresOpen,
    open: openPostgres,
    shape: postgresShape,
    isListed: isPostgresWord
  },
  mysql: { isOpen: isMysqlOpen, open: openMysql, shape: mysqlShape, isListed: isMysqlWord }
}

/**
 * The shape of one statement, or of a few with semicolons between them. Never rejects, whatever
 * the text is:
 * what cannot be reduced to a shape is reduced to its kind, and `problems` says why.
 *
 * @example
 * const { shape } = await anonymize("SELECT * FROM users WHERE email = 'ann@example.org'", {
 *   dialect: 'postgres'
 * })
 * // SELECT * FROM t1 WHERE c1 = $1
 */
export async function anonymize(
  sql: string,
  options: { readonly dialect: Dialect }
): Promise<SqlShape> {
  // Programs without types give what they have: what is no text has no kind but `other`.
  const text = typeof sql === 'string' ? sql : ''
  // What a client has already reduced to its kind.
  if ((kinds as readonly string[]).includes(text)) return ofKind(text as StatementKind, [])
  // ReadySet's words for what it could not read itself: `<redacted: parsing failed>`.
  const byFirstWords = kindByFirstWords(text)
  if (byFirstWords === 'unparsed') return ofKind('unparsed', ['ALREADY_REDACTED'])
  if (text.length > charactersMax) return ofKind(byFirstWords, ['TOO_LARGE'])
  const { isOpen, open } = dialects[options.dialect]
  try {
    if (!isOpen()) await open()
    const first = reduce(text, options.dialect)
    // A long statement may have used up the parser.
    if (!isOpen()) await open()
    return checked(first, options.dialect)
  } catch (cause) {
    // Whatever else goes wrong may quote the statement, and is told by a code alone.
    const problem = cause instanceof Refusal ? cause.problem : 'PARSER_FAILED'
    return ofKind(byFirstWords, [problem])
  }
}

/** Loads a dialect's parser before a statement needs it. */
export async function load(dialect: Dialect): Promise<void> {
  await anonymize('SELECT 1', { dialect })
}

type Reduced = Numbered & { readonly kind: StatementKind }

function reduce(text: string, dialect: Dialect): Reduced {
  return dialects[dialect].shape(dialect === 'postgres' ? prepared(text) : text)
}

/**
 * ReadySet writes its statements in MySQL's quotes, whatever the database is. Long lists are cut
 * before they are parsed.
 */
function prepared(text: string): string {
  const plain = text.includes('`anon_id_') ? text.replace(/`(anon_id_\d+)`/g, '$1') : text
  if (plain.length <= shortCharacters) return plain
  const tokens = withoutLongLists(tokensOf(plain, 'postgres'))
  if (tokens.length > tokensMax) throw new Refusal('TOO_LARGE')
  return tokens.map(({ text: token, isApart }) => (isApart ? ` ${token}` : token)).join('')
}

/**
 * Shapes that have been found stable: a fleet has few of them, and many statements. The oldest goes
 * first.
 */
const stable: Readonly<Record<Dialect, Set<string>>> = { postgres: new Set(), mysql: new Set() }

/** What leaves is the shape of itself, and has no word that is not on a list. */
function checked({ text, kind, counts, holes }: Reduced, dialect: Dialect): SqlShape {
  if (text.length > shapeCharactersMax) throw new Refusal('TOO_LARGE')
  const known = stable[dialect]
  if (!known.has(text)) {
    if (!mayLeave(text, dialects[dialect].isListed)) throw new Refusal('UNKNOWN_WORD')
    if (reducedAgain(text, dialect) !== text) throw new Refusal('NOT_STABLE')
    if (known.size >= stableShapesMax)
      for (const oldest of known.keys()) if (known.delete(oldest)) break
    known.add(text)
  }
  return {
    shape: text,
    fingerprint: fingerprintOf(text),
    kind,
    tables: counts.t,
    columns: counts.c,
    functions: counts.f,
    types: counts.d,
    holes,
    problems: []
  }
}

function reducedAgain(text: string, dialect: Dialect): string | undefined {
  try {
    return reduce(text, dialect).text
  } catch {
    return undefined
  }
}
