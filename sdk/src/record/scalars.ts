/**
 * What may be sent of one plain value? The contract's types, compiled once each, with the same
 * results as the collector's.
 */
import { coarsened, roundedInstant } from '#values/coarsening'
import { readInstant } from '#values/instants'
import { isPlainText, plainTextOf } from '#values/plain-text'
import { withoutTraces } from '#values/second-net'
import { sqlShapeLengthMax, sqlShapeOf } from '#values/sql-shape'
import { firstParts, versionIn } from '#values/version-text'
import type { CoarsenForm, TypeForm } from '../form.ts'
import type { WireValue } from '../wire.ts'

/** Why something stays home. What is lost is counted under these names, and travels as `lost`. */
export type Loss =
  | 'undeclared'
  | 'invalid_value'
  | 'out_of_bounds'
  | 'overflow'
  | 'removed'
  | 'spool'
export type Lose = (cause: Loss) => void

/**
 * Returns what may be sent; else undefined, and says why if that is somebody's mistake. `raw` is
 * never null or undefined.
 */
export type Read = (raw: unknown, lose: Lose) => WireValue | undefined
/** Turns a name into a token with the installation's own salt. */
export type HashName = (field: string, value: string) => string

export type ScalarForm = Exclude<TypeForm, { readonly is: 'list' | 'map' | 'object' }>

export function scalarReader(type: ScalarForm, field: string, hashName: HashName): Read {
  switch (type.is) {
    case 'boolean':
      return (raw, lose) => (typeof raw === 'boolean' ? raw : lost(lose, 'invalid_value'))
    case 'integer':
    case 'number':
      return numberReader(type.is === 'integer', type.min, type.max, 1, type.coarsen)
    case 'duration':
      return numberReader(false, 0, type.max, unitsPerSecond[type.unit], type.coarsen)
    case 'timestamp': {
      return textReader((text) => {
        const instant = readInstant(text)
        return instant === undefined
          ? undefined
          : new Date(roundedInstant(instant, type.round)).toISOString()
      })
    }
    case 'version':
      return textReader((text) => {
        const version = versionIn(text)
        return type.parts === undefined ? version : version && firstParts(version, type.parts)
      })
    case 'enum':
      return enumReader(type)
    case 'pattern': {
      const expression = new RegExp(type.pattern, 'u')
      return textReader((text) =>
        text.length <= type.lengthMax && isPlainText(text) && expression.test(text)
          ? text
          : type.collapse && 'other'
      )
    }
    case 'uuid': {
      const expression =
        type.form === 'uuid' ? /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ : /^[0-9a-f]{32}$/
      return textReader((text) => {
        const lower = text.length > 36 ? '' : text.toLowerCase()
        return expression.test(lower) ? lower : undefined
      })
    }
    case 'keyed-hash':
      return (raw, lose) => {
        if (raw === '') return undefined
        if (typeof raw !== 'string') return lost(lose, 'invalid_value')
        return raw.length > type.lengthMax ? lost(lose, 'out_of_bounds') : hashName(field, raw)
      }
    case 'sql-shape':
      return (raw, lose) => {
        const shape = shapeIn(raw)
        if (shape !== undefined && type.dialect !== undefined && isShape(shape)) return shape
        const text = shape ?? raw
        return typeof text === 'string' ? sqlShapeOf(text) : lost(lose, 'invalid_value')
      }
    case 'string':
      return (raw, lose) => {
        const text =
          typeof raw === 'string' && raw.length <= type.lengthMax ? plainTextOf(raw) : undefined
        if (text === undefined) return lost(lose, 'invalid_value')
        const left = withoutTraces(text, type.lengthMax)
        if (left !== text) lose('removed')
        return left
      }
  }
}

/**
 * The raw text without what the type takes off its front, in lower case: what `onlyWhen` compares.
 */
export function comparedText(raw: unknown, type: TypeForm): string | undefined {
  if (typeof raw !== 'string' && typeof raw !== 'number' && typeof raw !== 'boolean')
    return undefined
  return (type.is === 'enum' ? stripped(String(raw), type.strip ?? []) : String(raw)).toLowerCase()
}

export function lost(lose: Lose, cause: Loss): undefined {
  lose(cause)
  return undefined
}

/** What `anonymize` of `@candor/sql` returns, as far as it is looked at. */
function shapeIn(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  const { shape } = raw as { readonly shape?: unknown }
  return typeof shape === 'string' ? shape : undefined
}

/**
 * A shape has no literal and no name but tokens: digits stand in tokens and holes, quotes are
 * empty.
 * What is more than that is only as good as its kind.
 */
function isShape(text: string): boolean {
  if (text.length > sqlShapeLengthMax || /[^ -~]|[`\\"]/.test(text)) return false
  return !/['\d]/.test(text.replace(/''|\$\d+|\b[tcsfdx]\d+\b|\b[01]\b/g, ''))
}

function textReader(read: (text: string) => string | undefined): Read {
  return (raw, lose) =>
    (typeof raw === 'string' ? read(raw) : undefined) ?? lost(lose, 'invalid_value')
}

export const unitsPerSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

/**
 * Bounds and coarsening are in the kept unit, of which `per` of the sent unit make one: seconds,
 * for a duration.
 */
function numberReader(
  whole: boolean,
  min: number,
  max: number,
  per: number,
  coarsen: CoarsenForm | undefined
): Read {
  return (raw, lose) => {
    if (typeof raw !== 'number' || Number.isNaN(raw)) return lost(lose, 'invalid_value')
    if (whole && !Number.isInteger(raw))
      return lost(lose, Number.isFinite(raw) ? 'invalid_value' : 'out_of_bounds')
    const value = raw / per
    if (!(value >= min && value <= max)) return lost(lose, 'out_of_bounds')
    if (coarsen === undefined) return raw + 0
    // What rounds beyond the bounds would be refused by the collector; the bound itself rounds to
    // the same there.
    const coarse = Math.min(Math.max(coarsened(value, coarsen), min), max)
    if (per === 1) return coarse + 0
    // In the sent unit, and not a hair below: a bucket's bound must not fall into the bucket before
    // it.
    let units = Number((coarse * per).toPrecision(15))
    if (units / per < coarse) units += Math.abs(units) * Number.EPSILON
    return units + 0
  }
}

function enumReader(type: TypeForm & { readonly is: 'enum' }): Read {
  const cased = (text: string): string => (type.ignoreCase ? text.toLowerCase() : text)
  const words = new Map<string, string>()
  for (const [raw, value] of Object.entries(type.aliases ?? {})) words.set(cased(raw), value)
  for (const value of type.collapse ? [...type.values, 'other'] : type.values)
    words.set(cased(value), value)
  const matches = Object.entries(type.matches ?? {}).map(
    ([value, pattern]) => [value, new RegExp(pattern, 'u')] as const
  )
  const prefixes = (type.strip ?? []).map(cased)
  return textReader((text) => {
    // The known messages begin with what tells them apart; the rest of a huge text is not looked
    // at.
    const beginning = text.slice(0, 4_096)
    const word = cased(beginning)
    return (
      words.get(word) ??
      words.get(stripped(word, prefixes)) ??
      matches.find(([, expression]) => expression.test(beginning))?.[0] ??
      (type.collapse ? 'other' : undefined)
    )
  })
}

function stripped(text: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((each) => text.startsWith(each))
  return prefix === undefined ? text : text.slice(prefix.length)
}
