/**
 * How is a statement put together, so that it reads as SQL and no value can be taken for a part of
 * it?
 */
import { strict as assert } from 'node:assert'
import { inLines } from './sql-lines.ts'
import { quoteName, quoteText } from './tables/column-types.ts'

/** A piece of a statement, laid out on lines; values are written when it is known where they go. */
export interface Sql {
  readonly write: (valueOf: (value: Bound) => string) => string
}

/** A text, with the type that ClickHouse is to read it as. */
interface Bound {
  readonly text: string
  readonly type: 'String' | 'Date'
}

/**
 * Texts and numbers are values; `null` is NULL. `undefined` is nothing at all, and a line that only
 * nothing stands on goes.
 */
type Interpolated = Sql | string | number | null | undefined

export interface BoundStatement {
  readonly sql: string
  readonly parameters: Readonly<Record<string, string>>
}

const widthMax = 96

/**
 * ``sql`SELECT ${id(name)} FROM ${table} WHERE day = ${day}` ``: keeps its lines, less what they
 * are
 * all indented by. A piece of several lines goes on where it begins a line, else on lines of its
 * own, two columns deeper.
 */
export function sql(strings: TemplateStringsArray, ...values: readonly Interpolated[]): Sql {
  const texts = withoutIndent(strings)
  const pieces = values.map(pieceOf)
  return {
    write: (valueOf) => {
      let written = texts[0] ?? ''
      for (const [index, piece] of pieces.entries()) {
        const after = texts[index + 1] ?? ''
        written = placed(written, piece?.write(valueOf) ?? '', after)
      }
      return written
        .split('\n')
        .map((line) => line.trimEnd())
        .filter((line) => line !== '')
        .join('\n')
    }
  }
}

/** SQL that is no value: a function's name, a table of ours, an expression from elsewhere. */
export function raw(text: string): Sql {
  return { write: () => text }
}

/** The name of a column or table, quoted. */
export function id(name: string): Sql {
  return raw(quoteName(name))
}

/** A day, `2026-11-20`, that is compared with columns of type Date. */
export function date(day: string): Sql {
  return bound({ text: day, type: 'Date' })
}

/** On one line as long as they fit there, else a line each; what is undefined is left out. */
export function join(pieces: readonly (Sql | undefined)[], separator = ', '): Sql {
  return {
    write: (valueOf) => {
      const written = pieces.flatMap((piece) => piece?.write(valueOf) ?? []).filter(Boolean)
      const line = written.join(separator)
      if (line.length <= widthMax && !line.includes('\n')) return line
      // A comma ends a line, a word begins the next one.
      return separator === ', ' ? written.join(',\n') : written.join(`\n${separator.trimStart()}`)
    }
  }
}

/** Conditions of which all must hold: `true` where there are none. */
export function all(conditions: readonly (Sql | undefined)[]): Sql {
  const given = conditions.filter((condition) => condition !== undefined)
  return given.length === 0 ? raw('true') : join(given, ' AND ')
}

/** Values or expressions behind each other, as many on a line as fit. */
export function list(values: readonly (string | number | Sql)[]): Sql {
  return {
    write: (valueOf) => {
      const lines: string[] = []
      for (const value of values) {
        const text = pieceOf(value)?.write(valueOf) ?? ''
        const last = lines.at(-1)
        if (last === undefined || last.length + text.length + 2 > widthMax) lines.push(text)
        else lines[lines.length - 1] = `${last}, ${text}`
      }
      return lines.join(',\n')
    }
  }
}

/** As it runs: each value apart from the statement, so that none can end it. */
export function toRun(statement: Sql): BoundStatement {
  const parameters: Record<string, string> = {}
  const names = new Map<string, string>()
  const written = statement.write(({ text, type }) => {
    const key = `${type} ${text}`
    const name = names.get(key) ?? `p${names.size}`
    names.set(key, name)
    parameters[name] = text
    return `{${name}:${type}}`
  })
  return { sql: written, parameters }
}

/** As it is shown to whoever wants to run it: each value in its place. */
export function toShow(statement: Sql): string {
  // A value's own line breaks must not be taken for the statement's.
  return inLines(statement.write(({ text }) => quoteText(text).replaceAll('\n', '\\n')))
}

function bound(value: Bound): Sql {
  return { write: (valueOf) => valueOf(value) }
}

function pieceOf(value: Interpolated): Sql | undefined {
  if (value === undefined) return undefined
  if (value === null) return raw('NULL')
  if (typeof value === 'string') return bound({ text: value, type: 'String' })
  if (typeof value !== 'number') return value
  assert(Number.isFinite(value), 'SQL has no such number')
  return raw(String(value))
}

/** What a template is indented by is the layout of the source, not of the statement. */
function withoutIndent(strings: TemplateStringsArray): readonly string[] {
  const marked = strings.join('\0')
  const indents = [...marked.matchAll(/\n( *)(?=[^ \n])/g)].map(([, spaces = '']) => spaces.length)
  const indent = indents.length === 0 ? 0 : Math.min(...indents)
  return marked
    .replaceAll(new RegExp(`\n {0,${indent}}`, 'g'), '\n')
    .trim()
    .split('\0')
}

/** What was written before, then the piece where it fits, then what follows it. */
function placed(before: string, piece: string, after: string): string {
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const indent = /^ */.exec(line)?.[0] ?? ''
  if (!piece.includes('\n')) return before + piece + after
  if (line.trim() === '') return before + indented(piece, indent) + after
  const inside = `\n${indent}  ${indented(piece, `${indent}  `)}`
  const rest = after.startsWith('\n') || after === '' ? after : `\n${indent}${after.trimStart()}`
  return before.trimEnd() + inside + rest
}

function indented(piece: string, indent: string): string {
  return piece.replaceAll('\n', `\n${indent}`)
}
