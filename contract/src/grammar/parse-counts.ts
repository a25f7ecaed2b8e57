/** Reads what is kept of numbers and labels instead of themselves: roundings, buckets, counts. */
import type { Coarsen, FieldType } from '../form/contract.ts'
import * as limits from '../form/limits.ts'
import {
  entriesOf,
  integerOf,
  itemsOf,
  note,
  noteMissing,
  numberOf,
  shown,
  textOf,
  textsOf,
  type Authored,
  type Entries
} from './authored.ts'

/** Counts by label or bucket: a map whose rest is added up, so that no count is lost. */
export function readCounts(
  at: Authored,
  is: 'labelled-counter' | 'distribution',
  keys: Entries
): FieldType | undefined {
  const max = integerOf(keys.get('max'), { min: 1 }) ?? limits.countDefault
  const values = { is: 'integer', unit: undefined, min: 0, max, coarsen: undefined } as const
  if (is === 'labelled-counter') {
    const labelsAt = keys.get('labels')
    if (labelsAt === undefined) {
      noteMissing(at, 'labels', 'list the labels that are counted; all others count as `other`')
      return undefined
    }
    const text = { countMax: limits.enumValuesMax, lengthMax: limits.enumValueLengthMax }
    const labels = textsOf(labelsAt, text)
    noteDuplicates(labelsAt, labels)
    if (labels.includes('other'))
      note(labelsAt, 'TYPE_CONFLICT', '`other` counts what is none of these: leave it out.')
    if (labels.includes('__proto__'))
      note(labelsAt, 'NAME_INVALID', '`__proto__` cannot be a label: leave it out.')
    return {
      is: 'map',
      keys: { is: 'enum', values: labels },
      values,
      entriesMax: labels.length + 1,
      others: 'sum',
      counts: { is: 'labels' }
    }
  }
  const bounds = readBounds(at, keys)
  if (bounds === undefined) return undefined
  return {
    is: 'map',
    keys: { is: 'enum', values: bounds.map(String) },
    values,
    entriesMax: bounds.length,
    others: 'violation',
    counts: { is: 'buckets', bounds, unit: textOf(keys.get('unit'), { lengthMax: 40 }) }
  }
}

/** Declared one by one, or as `{ from: 1, factor: 2, count: 12 }`, which begins below with 0. */
function readBounds(at: Authored, keys: Entries): readonly number[] | undefined {
  const [buckets, exponential] = [keys.get('buckets'), keys.get('exponential')]
  if ((buckets === undefined) === (exponential === undefined)) {
    if (exponential === undefined)
      noteMissing(at, 'buckets', 'list their lower bounds, or give `exponential`')
    else
      note(
        exponential,
        'TYPE_CONFLICT',
        '`buckets` and `exponential` exclude each other: keep one.',
        {
          onKey: true
        }
      )
    return undefined
  }
  if (exponential === undefined) {
    const coarsen = readCoarsen(new Map([['bucket', buckets as Authored]]), 'number')
    return coarsen?.by === 'bucket' ? coarsen.bounds : undefined
  }
  const entries = entriesOf(exponential, ['from', 'factor', 'count'])
  const from = numberOf(entries.get('from'), { min: 1e-9 }) ?? 1
  const factor = numberOf(entries.get('factor'), { min: 1.01, max: 1_000 }) ?? 2
  const count = integerOf(entries.get('count'), { min: 1, max: limits.bucketsMax })
  if (count === undefined) {
    if (!entries.has('count')) noteMissing(exponential, 'count', 'say how many buckets there are')
    return undefined
  }
  const bounds = Array.from({ length: count }, (_, index) =>
    Number((from * factor ** index).toPrecision(6))
  )
  return [0, ...bounds.filter((bound, index) => bound !== bounds[index - 1])]
}

export function readCoarsen(keys: Entries, of: 'integer' | 'number'): Coarsen | undefined {
  const whole = of === 'integer'
  const [bucket, round] = [keys.get('bucket'), keys.get('round')]
  if (bucket !== undefined && round !== undefined)
    note(round, 'TYPE_CONFLICT', '`bucket` and `round` exclude each other: keep one.', {
      onKey: true
    })
  if (bucket !== undefined) {
    const bounds = itemsOf(bucket, limits.enumValuesMax).flatMap(
      (item) => (whole ? integerOf(item) : numberOf(item)) ?? []
    )
    const rises = bounds.every(
      (bound, index) => index === 0 || bound > (bounds[index - 1] ?? -Infinity)
    )
    if (bounds.length === 0 || !rises) {
      note(bucket, 'VALUE_INVALID', 'Buckets are lower bounds, lowest first: write `[0, 10, 100]`.')
      return undefined
    }
    return { by: 'bucket', bounds }
  }
  if (round === undefined) return undefined
  const words =
    round.source.is === 'scalar' && typeof round.source.value === 'string' ? round.source.value : ''
  const digits = /^([1-9]|1[0-5]) digits?$/.exec(words)?.[1]
  if (digits !== undefined) return { by: 'digits', digits: Number(digits) }
  const step = Number(/^to ([0-9]{1,15}(?:\.[0-9]{1,9})?)$/.exec(words)?.[1])
  if (step > 0 && (!whole || Number.isInteger(step))) return { by: 'nearest', step }
  note(
    round,
    'VALUE_INVALID',
    'Rounding is written `round: 3 digits` or `round: to ' +
      `10\`${whole ? ', in whole steps' : ''}: choose one.`
  )
  return undefined
}

export function noteDuplicates(at: Authored, values: readonly string[]): void {
  const seen = new Set<string>()
  for (const value of values) {
    if (seen.has(value))
      note(at, 'NAME_DUPLICATE', `\`${shown(value)}\` stands twice in this list: keep one.`)
    seen.add(value)
  }
}
