/**
 * How could a field be made to tell less? Each way is written as a maintainer would write it, the
 * mildest first.
 */
import type { FieldType } from '../form/contract.ts'
import type { Leaf } from './leaves.ts'
import { fewBelow, type Coarser } from './measure.ts'

export interface Way {
  /** What to write or do: `round: 2 digits`. */
  readonly write: string
  /** Undefined for leaving the field out. */
  readonly coarser: readonly Coarser[] | undefined
}

/** Lower bounds that fit any scale; which ones a field needs is for its maintainer to say. */
const decades = [
  0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000
]

/** About a day: longer ones are rare enough to be one. */
const longestSeconds = 100_000

export function waysToTellLess({ type, coarser }: Pick<Leaf, 'type' | 'coarser'>): readonly Way[] {
  const milder = waysOf(type, (write, more) => ({ write, coarser: [...coarser, more] }))
  return [...milder, { write: 'leave the field out', coarser: undefined }]
}

function waysOf(type: FieldType, way: (write: string, more: Coarser) => Way): readonly Way[] {
  switch (type.is) {
    case 'integer':
    case 'number':
    case 'duration': {
      const bounds =
        type.is === 'duration' || type.min >= 0
          ? decades
          : [
              ...decades
                .slice(1)
                .map((bound) => -bound)
                .reverse(),
              ...decades
            ]
      const fitting = bounds.filter(
        (bound) => bound <= (type.is === 'duration' ? Math.min(type.max, longestSeconds) : type.max)
      )
      const bucket = way(`bucket: [${fitting.join(', ')}]`, { by: 'bucket', bounds: fitting })
      if (type.coarsen?.by === 'bucket' || fitting.length === 0) return []
      const digits = [2, 1].filter(
        (count) => type.coarsen?.by !== 'digits' || count < type.coarsen.digits
      )
      return [
        ...digits.map((count) =>
          way(`round: ${count} ${count === 1 ? 'digit' : 'digits'}`, {
            by: 'digits',
            digits: count
          })
        ),
        bucket
      ]
    }
    case 'timestamp': {
      const finer = ['second', 'minute', 'hour', 'day']
      const steps = (['hour', 'day'] as const).filter(
        (to) => finer.indexOf(to) > finer.indexOf(type.round ?? '')
      )
      return steps.map((to) => way(`round: ${to}`, { by: 'time', to }))
    }
    case 'version': {
      const parts = ([2, 1] as const).filter((count) => count < (type.parts ?? 3))
      return parts.map((count) => way(`parts: ${count}`, { by: 'parts', parts: count }))
    }
    case 'enum':
    case 'sql-shape':
      return [
        way(
          `list only words that ${fewBelow} installations or more share, with \`other: collapse\``,
          {
            by: 'rare',
            below: fewBelow
          }
        )
      ]
    case 'pattern':
    case 'string':
      return [
        way(
          `an enum of the words that ${fewBelow} installations or more share, with \`other: ` +
            'collapse`',
          {
            by: 'rare',
            below: fewBelow
          }
        ),
        way('a boolean: whether there is one', { by: 'presence' })
      ]
    case 'list':
    case 'map':
      return [
        way('an integer: how many entries there are', { by: 'size' }),
        way('a boolean: whether there is one', { by: 'presence' })
      ]
    case 'boolean':
    case 'uuid':
    case 'keyed-hash':
    case 'object':
      return []
  }
}
