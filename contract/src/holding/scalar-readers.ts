/**
 * Compiles a scalar type into the function that reads one raw value, once, so that each value is
 * quick.
 */
import { coarsened, roundedInstant } from '#values/coarsening'
import { readClientInstant, readInstant } from '#values/instants'
import { readInterval } from '#values/intervals'
import { isPlainText, plainTextOf } from '#values/plain-text'
import { withoutTraces } from '#values/second-net'
import { sqlShapeOf } from '#values/sql-shape'
import { firstParts, versionIn } from '#values/version-text'
import type { FieldType } from '../form/contract.ts'
import * as limits from '../form/limits.ts'
import type { ColumnValue, JsonKind, ShapeOf, ViolationCode } from '../form/validated.ts'

/** An HMAC in hexadecimal digits. */
const tokenLength = 64

/** What one run of `validate` shares between its readers. */
export interface Run {
  rekey: (request: {
    readonly field: string
    readonly value: string
    readonly scope: 'installation' | 'product'
  }) => string
  shapeOf: ShapeOf
  /**
   * Why the last read value was not kept; undefined after each success, and for what is merely
   * absent.
   */
  failed: ViolationCode | undefined
  /** Undeclared keys that were only counted, since the field's reading began. */
  others: number
  /** When it is held against what ends. */
  readonly at: number
  note(
    code: ViolationCode,
    field: string,
    raw: unknown,
    is: { readonly declared: boolean; readonly insideCollection: boolean }
  ): void
}

/**
 * Returns what may be kept; else undefined, with `run.failed` set if something was wrong. `raw` is
 * never null or undefined.
 */
export type Reader = (raw: unknown, run: Run) => ColumnValue | undefined

export type Wire = 'native' | 'client' | 'kept'
export type ScalarType = Exclude<FieldType, { readonly is: 'list' | 'map' | 'object' }>

/** `field` names the column, for tokens: equal texts in different columns get different ones. */
export function scalarReader(type: ScalarType, wire: Wire, field: string): Reader {
  switch (type.is) {
    case 'boolean':
      return (raw, run) => {
        if (typeof raw === 'boolean') return raw
        if (wire === 'client' && raw === 'true') return true
        if (wire === 'client' && raw === 'false') return false
        return fail(run, 'FIELD_WRONG_TYPE')
      }
    case 'integer':
    case 'number':
      return numericReader(type, wire)
    case 'duration':
      return durationReader(type, wire)
    case 'timestamp':
      return timestampReader(type, wire)
    case 'version':
      return (raw, run) => {
        const text = textOf(raw, wire)
        if (text === undefined) return fail(run, 'FIELD_WRONG_TYPE')
        if (text.length > limits.versionLengthMax) return fail(run, 'FIELD_OUT_OF_BOUNDS')
        const version = versionIn(text)
        if (version === undefined) return fail(run, 'VALUE_NOT_IN_CONTRACT')
        return type.parts === undefined ? version : firstParts(version, type.parts)
      }
    case 'enum':
      return enumReader(type, wire)
    case 'pattern': {
      const expression = new RegExp(type.pattern, 'u')
      return (raw, run) => {
        const text = textOf(raw, wire)
        if (text === undefined) return fail(run, 'FIELD_WRONG_TYPE')
        if (text.length <= type.lengthMax && isPlainText(text) && expression.test(text)) return text
        return type.other === 'collapse' ? 'other' : fail(run, 'VALUE_NOT_IN_CONTRACT')
      }
    }
    case 'uuid': {
      const expression =
        type.form === 'uuid'
          ? /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
          : /^[0-9a-f]{32}$/i
      return (raw, run) => {
        if (typeof raw !== 'string') return fail(run, 'FIELD_WRONG_TYPE')
        return raw.length <= 36 && expression.test(raw)
          ? raw.toLowerCase()
          : fail(run, 'VALUE_NOT_IN_CONTRACT')
      }
    }
    case 'keyed-hash': {
      const { scope } = type
      // Our own client has made a token of it already, which is as long as tokens are.
      const lengthMax = wire === 'client' ? type.lengthMax : Math.max(type.lengthMax, tokenLength)
      return (raw, run) => {
        const value = textOf(raw, wire)
        if (value === undefined) return fail(run, 'FIELD_WRONG_TYPE')
        if (value === '') return undefined
        return value.length > lengthMax
          ? fail(run, 'FIELD_OUT_OF_BOUNDS')
          : run.rekey({ field, value, scope })
      }
    }
    case 'sql-shape': {
      const { dialect } = type
      return (raw, run) => {
        if (typeof raw !== 'string') return fail(run, 'FIELD_WRONG_TYPE')
        return dialect === undefined ? sqlShapeOf(raw) : run.shapeOf({ text: raw, dialect })
      }
    }
    case 'string': {
      const { lengthMax } = type
      return (raw, run) => {
        if (typeof raw !== 'string') return fail(run, 'FIELD_WRONG_TYPE')
        if (raw.length > lengthMax) return fail(run, 'FIELD_OUT_OF_BOUNDS')
        const text = plainTextOf(raw)
        if (text === undefined) return fail(run, 'VALUE_NOT_IN_CONTRACT')
        const left = withoutTraces(text, lengthMax)
        if (left !== text)
          run.note('TEXT_REMOVED', field, raw, { declared: true, insideCollection: false })
        return left
      }
    }
  }
}

/**
 * The raw text without what the type takes off its front, in lower case: what `only_when` compares.
 */
export function comparedText(raw: unknown, type: FieldType): string | undefined {
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean')
    return undefined
  const text = String(raw)
  return (type.is === 'enum' ? stripped(text, type.strip) : text).toLowerCase()
}

export function kindOf(raw: unknown): JsonKind {
  if (raw === null || raw === undefined) return 'null'
  if (Array.isArray(raw)) return 'array'
  const kind = typeof raw
  return kind === 'string' || kind === 'number' || kind === 'boolean' ? kind : 'object'
}

export function fail(run: Run, code: ViolationCode): undefined {
  run.failed = code
  return undefined
}

/**
 * Clients that can't be changed send numbers where texts belong, and the reverse; our own SDK
 * doesn't.
 */
function textOf(raw: unknown, wire: Wire): string | undefined {
  if (typeof raw === 'string') return raw
  return wire === 'client' &&
    (typeof raw === 'boolean' || (typeof raw === 'number' && Number.isFinite(raw)))
    ? String(raw)
    : undefined
}

const numericText = /^-?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,4})?$/

function numberOf(raw: unknown, wire: Wire): number | undefined {
  if (typeof raw === 'number') return raw
  return wire === 'client' && typeof raw === 'string' && numericText.test(raw)
    ? Number(raw)
    : undefined
}

function numericReader(
  type: FieldType & { readonly is: 'integer' | 'number' },
  wire: Wire
): Reader {
  const { coarsen } = type
  const isRounded = wire === 'kept' && coarsen !== undefined
  // The bound itself may have been rounded beyond itself.
  const min = isRounded ? Math.min(type.min, coarsened(type.min, coarsen)) : type.min
  const max = isRounded ? Math.max(type.max, coarsened(type.max, coarsen)) : type.max
  const whole = type.is === 'integer' && !isRounded
  return (raw, run) => {
    const value = typeof raw === 'number' ? raw : numberOf(raw, wire)
    if (value === undefined || Number.isNaN(value)) return fail(run, 'FIELD_WRONG_TYPE')
    if (whole && !Number.isInteger(value))
      return fail(run, Number.isFinite(value) ? 'FIELD_WRONG_TYPE' : 'FIELD_OUT_OF_BOUNDS')
    if (!(value >= min && value <= max)) return fail(run, 'FIELD_OUT_OF_BOUNDS')
    // Adding 0 makes -0 a plain 0.
    return coarsen === undefined ? value + 0 : coarsened(value, coarsen)
  }
}

const unitsPerSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

function durationReader(type: FieldType & { readonly is: 'duration' }, wire: Wire): Reader {
  const { coarsen } = type
  // What is kept is in seconds.
  const perSecond = wire === 'kept' ? 1 : unitsPerSecond[type.unit]
  const max =
    wire === 'kept' && coarsen !== undefined
      ? Math.max(type.max, coarsened(type.max, coarsen))
      : type.max
  return (raw, run) => {
    const units = numberOf(raw, wire)
    const seconds =
      units === undefined
        ? wire === 'client' && typeof raw === 'string'
          ? readInterval(raw)
          : undefined
        : units / perSecond
    if (seconds === undefined || Number.isNaN(seconds)) return fail(run, 'FIELD_WRONG_TYPE')
    // Time does not run backwards: a clock was set meanwhile.
    if (!(seconds >= 0 && seconds <= max)) return fail(run, 'FIELD_OUT_OF_BOUNDS')
    return coarsen === undefined ? seconds + 0 : coarsened(seconds, coarsen)
  }
}

function timestampReader(type: FieldType & { readonly is: 'timestamp' }, wire: Wire): Reader {
  const read = wire === 'client' ? readClientInstant : readInstant
  return (raw, run) => {
    if (typeof raw !== 'string') return fail(run, 'FIELD_WRONG_TYPE')
    const instant = read(raw)
    return instant === undefined
      ? fail(run, 'VALUE_NOT_IN_CONTRACT')
      : new Date(roundedInstant(instant, type.round)).toISOString()
  }
}

function enumReader(type: FieldType & { readonly is: 'enum' }, wire: Wire): Reader {
  const { strip, ignoreCase, other } = type
  const words = new Map<string, string>()
  const key = (text: string): string => (ignoreCase ? text.toLowerCase() : text)
  for (const [raw, value] of type.aliases) words.set(key(raw), value)
  for (const value of [...type.values, ...(other === 'collapse' ? ['other'] : [])])
    words.set(key(value), value)
  const matches = [...type.matches].map(([value, pattern]) => ({
    value,
    expression: new RegExp(pattern, 'u')
  }))
  const prefixes = strip.map(key)
  return (raw, run) => {
    const text = textOf(raw, wire)
    if (text === undefined) return fail(run, 'FIELD_WRONG_TYPE')
    const word = ignoreCase ? text.toLowerCase() : text
    const known =
      words.get(word) ?? (prefixes.length === 0 ? undefined : words.get(stripped(word, prefixes)))
    if (known !== undefined) return known
    if (matches.length > 0) {
      const beginning =
        text.length > limits.matchedCharactersMax
          ? text.slice(0, limits.matchedCharactersMax)
          : text
      for (const { value, expression } of matches) if (expression.test(beginning)) return value
    }
    return other === 'collapse' ? 'other' : fail(run, 'VALUE_NOT_IN_CONTRACT')
  }
}

function stripped(text: string, prefixes: readonly string[]): string {
  for (const prefix of prefixes) if (text.startsWith(prefix)) return text.slice(prefix.length)
  return text
}
