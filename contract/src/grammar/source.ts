/**
 * Reads YAML text into plain values that remember their line and column, and refuses what a
 * contract must not use of YAML.
 */
import { isWellFormed } from '#values/plain-text'
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Scalar,
  type YAMLMap
} from 'yaml'
import { contractCharactersMax, documentDepthMax } from '../form/limits.ts'
import type { Problem, ProblemCode } from '../form/problem.ts'
import { extendPath } from '../form/wire-path.ts'

/** 1-based. */
export interface SourcePosition {
  readonly line: number
  readonly column: number
}

export type Source =
  | {
      readonly is: 'scalar'
      readonly value: string | number | boolean | null
      /**
       * As it stands in the file, where that may be more than the value: `1.10` is the number 1.1.
       */
      readonly written?: string
      readonly at: SourcePosition
    }
  | { readonly is: 'list'; readonly items: readonly Source[]; readonly at: SourcePosition }
  | {
      readonly is: 'map'
      readonly entries: ReadonlyMap<string, SourceEntry>
      readonly at: SourcePosition
    }

interface SourceEntry {
  readonly keyAt: SourcePosition
  readonly value: Source
}

/**
 * `source` is there whenever the rest can still be looked at, so that all problems are told at
 * once.
 */
export interface SourceReading {
  readonly source: Source | undefined
  readonly problems: readonly Problem[]
}

const start: SourcePosition = { line: 1, column: 1 }

/** Never throws, whatever the text is. */
export function readYaml(text: string): SourceReading {
  if (text.length > contractCharactersMax) {
    return invalid(
      'LIMIT_EXCEEDED',
      `The contract has ${text.length} characters: keep it within ${contractCharactersMax}.`
    )
  }
  if (!isWellFormed(text))
    return invalid(
      'YAML_UNSUPPORTED',
      'The contract holds half a surrogate pair: write the whole character, or leave it out.'
    )
  const problems: Problem[] = []
  try {
    const source = readDocuments(text, problems)
    const readable = problems.every(
      (problem) => problem.code !== 'YAML_SYNTAX' && problem.code !== 'LIMIT_EXCEEDED'
    )
    return { source: readable ? source : undefined, problems }
  } catch {
    // The YAML library recurses; text that nests thousands deep ends here.
    problems.push(
      problemAt(
        start,
        'YAML_SYNTAX',
        'The text nests too deep to be read: write a plain YAML mapping.'
      )
    )
  }
  return { source: undefined, problems }
}

/**
 * The same shapes from JSON, all at line 1: published documents are machine-written and need no
 * positions.
 */
export function readJson(text: string): SourceReading {
  if (text.length > contractCharactersMax) {
    return invalid(
      'LIMIT_EXCEEDED',
      `The document has ${text.length} characters: keep it within ${contractCharactersMax}.`
    )
  }
  try {
    const source = fromJson(JSON.parse(text) as unknown, 0)
    return source === undefined
      ? invalid('LIMIT_EXCEEDED', `The document nests deeper than ${documentDepthMax}: flatten it.`)
      : { source, problems: [] }
  } catch {
    return invalid(
      'YAML_SYNTAX',
      'The text is not JSON that could have been published: restore the published file.'
    )
  }
}

/**
 * The same shapes from a document that is in memory already, all at line 1; undefined for what no
 * contract could be.
 */
export function sourceOf(document: unknown): Source | undefined {
  return fromJson(document, 0)
}

/** The value as plain JSON. */
export function plainOf(source: Source): unknown {
  switch (source.is) {
    case 'scalar':
      return source.value
    case 'list':
      return source.items.map(plainOf)
    case 'map':
      return Object.fromEntries(
        [...source.entries].map(([key, entry]) => [key, plainOf(entry.value)])
      )
  }
}

/** One text being read: where an offset of it is, and what is wrong with it. */
interface YamlReading {
  readonly placeOf: (offset: number | undefined) => SourcePosition
  readonly problems: Problem[]
}

function readDocuments(text: string, problems: Problem[]): Source | undefined {
  const lines = new LineCounter()
  const placeOf = (offset: number | undefined): SourcePosition => {
    const { line, col } = lines.linePos(offset ?? 0)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    logLevel: 'silent',
    // It compares each key with all others, which takes minutes for a mapping of a megabyte.
    uniqueKeys: false
  })
  const [document, second] = Array.isArray(parsed) ? parsed : []
  if (document === undefined) {
    problems.push(problemAt(start, 'YAML_SYNTAX', 'The contract is empty: start with `candor: 1`.'))
    return undefined
  }
  const reading: YamlReading = { placeOf, problems }
  if (second !== undefined)
    refuse(
      reading,
      second.range[0],
      '',
      'A second document begins here: keep one contract in one file.'
    )
  for (const error of document.errors.slice(0, syntaxProblemsMax)) {
    problems.push(problemAt(placeOf(error.pos[0]), 'YAML_SYNTAX', sentenceOf(error.message)))
  }
  return convert(reading, document.contents, 0, '', 0)
}

/** One slip of syntax makes a hundred; the first few lead to it. */
const syntaxProblemsMax = 20

function convert(
  reading: YamlReading,
  node: unknown,
  offset: number | undefined,
  path: string,
  depth: number
): Source {
  const own = offsetOf(node) ?? offset
  const at = reading.placeOf(own)
  const nothing: Source = { is: 'scalar', value: null, at }
  if (depth > documentDepthMax) {
    const told = reading.problems.some((problem) => problem.code === 'LIMIT_EXCEEDED')
    if (!told)
      reading.problems.push(
        problemAt(
          at,
          'LIMIT_EXCEEDED',
          `The document nests deeper than ${documentDepthMax}: flatten it.`,
          path
        )
      )
    return nothing
  }
  if (isAlias(node)) {
    refuse(
      reading,
      own,
      path,
      `\`*${node.source}\` is a YAML alias: write the value out, or name it under \`types\` ` +
        'or `groups`.'
    )
    return nothing
  }
  if (!isScalar(node) && !isMap(node) && !isSeq(node)) return nothing
  if (node.anchor !== undefined)
    refuse(
      reading,
      own,
      path,
      `\`&${node.anchor}\` is a YAML anchor: name shared parts under \`types\` or \`groups\` ` +
        'instead.'
    )
  if (node.tag !== undefined)
    refuse(reading, own, path, `\`${node.tag}\` is a YAML tag: leave it out.`)
  if (isSeq(node)) {
    const items = node.items.map((item, index) =>
      convert(reading, isPair(item) ? null : item, own, `${path}[${index}]`, depth + 1)
    )
    return { is: 'list', items, at }
  }
  if (isMap(node)) return { is: 'map', entries: readEntries(reading, node, own, path, depth), at }
  const value = readScalar(reading, node, own, path)
  return { is: 'scalar', value, at, ...(node.source === undefined ? {} : { written: node.source }) }
}

function readEntries(
  reading: YamlReading,
  node: YAMLMap,
  offset: number | undefined,
  path: string,
  depth: number
): ReadonlyMap<string, SourceEntry> {
  const entries = new Map<string, SourceEntry>()
  for (const { key, value } of node.items) {
    const keyOffset = offsetOf(key) ?? offset
    if (
      !isScalar(key) ||
      typeof key.value !== 'string' ||
      key.anchor !== undefined ||
      key.tag !== undefined
    ) {
      refuse(reading, keyOffset, path, 'This key is not text: put it in quotes.')
    } else if (key.value === '__proto__' || key.value === '<<' || !isWellFormed(key.value)) {
      const advice =
        key.value === '<<'
          ? 'name shared fields under `groups` and list them in `uses`'
          : 'choose another name'
      refuse(reading, keyOffset, path, `This key cannot be used: ${advice}.`)
    } else if (node.flow === true && value === null) {
      const message =
        `\`${key.value.slice(0, 60)}\` stands alone between commas: if it belongs to the text ` +
        'before it, put that whole text in quotes.'
      reading.problems.push(problemAt(reading.placeOf(keyOffset), 'VALUE_INVALID', message, path))
    } else if (entries.has(key.value)) {
      const message = 'This key stands twice in one mapping: keep one of the two.'
      reading.problems.push(problemAt(reading.placeOf(keyOffset), 'NAME_DUPLICATE', message))
    } else {
      entries.set(key.value, {
        keyAt: reading.placeOf(keyOffset),
        value: convert(reading, value, keyOffset, extendPath(path, key.value), depth + 1)
      })
    }
  }
  return entries
}

function readScalar(
  reading: YamlReading,
  node: Scalar,
  offset: number | undefined,
  path: string
): string | number | boolean | null {
  const { value, source } = node
  if (typeof value === 'string') {
    if (!isWellFormed(value))
      refuse(
        reading,
        offset,
        path,
        'This text holds half a surrogate pair: write the whole character, or leave it out.'
      )
    return value
  }
  if (typeof value === 'number') {
    const exact = Number.isFinite(value) && isExact(value, source)
    if (!exact)
      refuse(
        reading,
        offset,
        path,
        'This number cannot be held exactly: use a smaller one, or put it in quotes.'
      )
    return exact ? value : 0
  }
  if (typeof value === 'boolean' || value === null) return value
  refuse(
    reading,
    offset,
    path,
    'This value is neither text, number, boolean, list nor mapping: put it in quotes.'
  )
  return null
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined
}

function refuse(
  reading: YamlReading,
  offset: number | undefined,
  path: string,
  message: string
): void {
  reading.problems.push(problemAt(reading.placeOf(offset), 'YAML_UNSUPPORTED', message, path))
}

/** Digits written out must come back as the same digits; fractions are JSON's own affair. */
function isExact(value: number, written: string | undefined): boolean {
  return (
    written === undefined ||
    !/^[-+]?[0-9]+$/.test(written) ||
    BigInt(written.replace('+', '')) === BigInt(value)
  )
}

function fromJson(value: unknown, depth: number): Source | undefined {
  if (depth > documentDepthMax) return undefined
  if (Array.isArray(value)) {
    const items = value.map((item) => fromJson(item, depth + 1))
    return items.every((item) => item !== undefined) ? { is: 'list', items, at: start } : undefined
  }
  if (typeof value === 'object' && value !== null) {
    const entries = new Map<string, SourceEntry>()
    for (const [key, member] of Object.entries(value)) {
      assertPublishable(key)
      const source = fromJson(member, depth + 1)
      if (source === undefined) return undefined
      entries.set(key, { keyAt: start, value: source })
    }
    return { is: 'map', entries, at: start }
  }
  assertPublishable(value)
  return { is: 'scalar', value: value as string | number | boolean | null, at: start }
}

/** Throws for what JSON.parse takes and canonical JSON cannot say; `readJson` catches it. */
function assertPublishable(value: unknown): void {
  if (typeof value === 'string' && !isWellFormed(value))
    throw new TypeError('half a surrogate pair')
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new TypeError('a number without end')
}

function sentenceOf(message: string): string {
  return (
    `This is not YAML (${message.replace(/\s+/g, ' ').slice(0, 200)}): correct it here, or ` +
    'shortly before.'
  )
}

function invalid(code: ProblemCode, message: string): SourceReading {
  return { source: undefined, problems: [problemAt(start, code, message)] }
}

function problemAt(at: SourcePosition, code: ProblemCode, message: string, path = ''): Problem {
  return { code, severity: 'error', message, line: at.line, column: at.column, path }
}
