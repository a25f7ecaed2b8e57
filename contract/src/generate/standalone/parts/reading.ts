/** What may be sent of one value? A reader for each type, as the collector reads it. */
import { roundedInstant, type TimeRounding } from '#values/coarsening'
import { readInstant } from '#values/instants'
import { isPlainText, plainTextOf } from '#values/plain-text'
import { withoutTraces } from '#values/second-net'
import { firstParts, versionIn } from '#values/version-text'
import type { Read } from './form.ts'

export function readBoolean(raw: unknown): unknown {
  return typeof raw === 'boolean' ? raw : undefined
}

type Coarse = (value: number) => number

export function numberOf(min: number, max: number, coarse: Coarse = (value) => value): Read {
  return (raw) =>
    typeof raw === 'number' && raw >= min && raw <= max
      ? Math.min(Math.max(coarse(raw), min), max) + 0
      : undefined
}

export function wholeOf(read: Read): Read {
  return (raw) => (Number.isInteger(raw) ? read(raw) : undefined)
}

/** Bounds and coarsening are in the kept unit, of which `per` of the sent unit make one. */
export function unitsOf(per: number, min: number, max: number, coarse?: Coarse): Read {
  const read = numberOf(min, max, coarse)
  return (raw) => {
    if (typeof raw !== 'number') return undefined
    const kept = read(raw / per) as number | undefined
    if (kept === undefined || coarse === undefined) return kept && raw
    let units = Number((kept * per).toPrecision(15))
    // Not a hair below: a bucket's bound must not fall into the bucket before it.
    if (units / per < kept) units += Math.abs(units) * Number.EPSILON
    return units + 0
  }
}

export function oneOf(words: readonly string[], other?: 'other'): Read {
  return (raw) => (typeof raw !== 'string' ? undefined : words.includes(raw) ? raw : other)
}

/** `words`: every spelling that is taken, and what it stands for. */
export function enumOf(
  words: readonly (readonly [raw: string, word: string])[],
  isCollapsing: boolean,
  isAnyCase = false,
  strip: readonly string[] = [],
  matches: readonly (readonly [pattern: string, word: string])[] = []
): Read {
  const cased = (text: string): string => (isAnyCase ? text.toLowerCase() : text)
  const known = new Map(words.map(([raw, word]) => [cased(raw), word]))
  return (raw) => {
    if (typeof raw !== 'string') return undefined
    const beginning = raw.slice(0, 4_096)
    const word = cased(beginning)
    const front = strip.map(cased).find((each) => word.startsWith(each)) ?? ''
    return (
      known.get(word) ??
      known.get(word.slice(front.length)) ??
      matches.find(([pattern]) => new RegExp(pattern, 'u').test(beginning))?.[1] ??
      (isCollapsing ? 'other' : undefined)
    )
  }
}

export function patternOf(pattern: string, lengthMax: number, isCollapsing: boolean): Read {
  const expression = new RegExp(pattern, 'u')
  return (raw) =>
    typeof raw !== 'string'
      ? undefined
      : raw.length <= lengthMax && isPlainText(raw) && expression.test(raw)
        ? raw
        : isCollapsing
          ? 'other'
          : undefined
}

export function versionOf(parts?: 1 | 2 | 3): Read {
  return (raw) => {
    const version = typeof raw === 'string' ? versionIn(raw) : undefined
    return parts === undefined ? version : version && firstParts(version, parts)
  }
}

export function timestampOf(round?: TimeRounding): Read {
  return (raw) => {
    const text = raw instanceof Date ? isoOf(raw) : raw
    const instant = typeof text === 'string' ? readInstant(text) : undefined
    return instant === undefined
      ? undefined
      : new Date(roundedInstant(instant, round)).toISOString()
  }
}

const isoOf = (date: Date): string => (Number.isNaN(date.getTime()) ? '' : date.toISOString())

export function uuidReader(hasHyphens: boolean): Read {
  const expression = hasHyphens ? /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ : /^[0-9a-f]{32}$/
  return (raw) => {
    const lower = typeof raw === 'string' && raw.length <= 36 ? raw.toLowerCase() : ''
    return expression.test(lower) ? lower : undefined
  }
}

export function stringOf(lengthMax: number): Read {
  return (raw) => {
    const text = typeof raw === 'string' && raw.length <= lengthMax ? plainTextOf(raw) : undefined
    return text === undefined ? undefined : withoutTraces(text, lengthMax)
  }
}

export function listOf(read: Read, itemsMax: number): Read {
  return (raw) =>
    Array.isArray(raw)
      ? raw
          .slice(0, itemsMax)
          .map((item: unknown) => read(item))
          .filter((item) => item !== undefined)
      : undefined
}
