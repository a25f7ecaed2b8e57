/**
 * Draws values of a field as a plausible fleet would send them: few values often, many values
 * rarely, all within the declared bounds.
 */
import { DAY_MS } from '#values/days'
import { sqlShapes } from '#values/sql-shape'
import type { FieldType } from '../form/contract.ts'
import type { ColumnValue } from '../form/validated.ts'
import { normal, zipf, type Chance } from './chance.ts'

/** A value as the collector would keep it, before the contract's own rounding. */
export type Draw = (chance: Chance) => ColumnValue

/** What unbounded numbers are drawn up to: a contract that gives no bound expects no more. */
const unboundedTop = 1e9
/** Releases in use, the newest most often. */
const releases = 40
/** Texts of a pattern that are in use; which ones, a contract cannot tell. */
const patternTexts = 200
/** Share of installations with a text, or a moment, of their own. */
const ownTextShare = 0.05
/** Entries of a list or map that a fleet has, however many are allowed. */
const entriesDrawnMax = 12
const yearMs = 365 * DAY_MS
/** Any fixed day: a fleet must be the same tomorrow. */
const newest = Date.UTC(2026, 0, 1)

/** `chance` fixes what holds for the whole field, such as how many say yes. */
export function drawOf(type: FieldType, chance: Chance): Draw {
  switch (type.is) {
    case 'boolean': {
      const share = 0.05 + 0.9 * chance()
      return (each) => each() < share
    }
    case 'integer':
      return (each) =>
        Math.round(
          within(amount(type.min, type.max, each), Math.ceil(type.min), Math.floor(type.max))
        )
    case 'number':
      return (each) =>
        within(Number(amount(type.min, type.max, each).toPrecision(6)), type.min, type.max)
    case 'duration':
      // Seconds: from a millisecond up to a day, as clients measure them.
      return (each) => Math.round(amount(0.001, Math.min(type.max, 86_400), each) * 1e3) / 1e3
    case 'timestamp':
      // More of them recently than long ago, as installations are.
      return (each) => new Date(newest - Math.floor(each() ** 2 * 3 * yearMs)).toISOString()
    case 'version':
      return drawVersion()
    case 'enum': {
      const words = type.other === 'collapse' ? [...type.values, 'other'] : type.values
      return wordOf(words, chance)
    }
    case 'sql-shape':
      return type.dialect === undefined ? wordOf(sqlShapes, chance) : drawText()
    case 'pattern':
    case 'string':
      return drawText()
    case 'uuid':
    case 'keyed-hash':
      return (each) => `id ${Math.floor(each() * 1e12)}`
    case 'list': {
      const draw = drawOf(type.of, chance)
      return (each) => Array.from({ length: size(type.itemsMax, each) }, () => draw(each))
    }
    case 'map': {
      const draw = drawOf(type.values, chance)
      const keys =
        type.keys.is === 'enum'
          ? type.keys.values
          : Array.from({ length: patternTexts }, (_, at) => `key_${at}`)
      const key = wordOf(keys, chance)
      return (each) =>
        Object.fromEntries(
          Array.from({ length: Math.min(size(type.entriesMax, each), keys.length) }, () => [
            key(each),
            draw(each)
          ])
        )
    }
    case 'object': {
      const members = [...type.fields.values()].filter((field) => field.collector !== 'drops')
      const draws = members.map((field) => [field.name, drawOf(field.type, chance)] as const)
      return (each) => Object.fromEntries(draws.map(([name, draw]) => [name, draw(each)]))
    }
  }
}

/**
 * Words in another order than declared, since authors list them as they come to mind; the n-th is
 * 1/n as common as the first.
 */
export function wordOf(words: readonly string[], chance: Chance): (each: Chance) => string {
  const order = words
    .map((word) => ({ word, at: chance() }))
    .sort((one, other) => one.at - other.at)
  const pick = zipf(Math.max(1, words.length))
  return (each) => order[pick(each)]?.word ?? ''
}

/** `1.0.0` to a few dozen releases later. */
export function drawVersion(): (each: Chance) => string {
  const pick = zipf(releases)
  return (each) => {
    const release = releases - pick(each)
    return `1.${Math.floor(release / 4)}.${release % 4}`
  }
}

/**
 * Log-normal between the bounds, most near the geometric middle; one in ten is 0 where 0 is
 * allowed.
 */
/** A few that many have, and a share that nobody else has. */
function drawText(): (each: () => number) => string {
  const pick = zipf(patternTexts)
  return (each) =>
    each() < ownTextShare ? `own ${Math.floor(each() * 1e12)}` : `text ${pick(each)}`
}

function amount(min: number, max: number, chance: Chance): number {
  const [low, high] = [Math.max(min, -unboundedTop), Math.min(max, Math.max(unboundedTop, min))]
  if (low < 0) return low + (high - low) * (0.5 + normal(chance) / 6)
  if (low === 0 && chance() < 0.1) return 0
  const floor = Math.max(low, Math.min(1, high / 1_000))
  if (!(high > floor)) return high
  const [from, to] = [Math.log(floor), Math.log(high)]
  return Math.exp(from + (to - from) * (0.5 + normal(chance) / 6))
}

function size(most: number, chance: Chance): number {
  const top = Math.min(most, entriesDrawnMax)
  return Math.floor(chance() ** 2 * (top + 1))
}

function within(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max) + 0
}
