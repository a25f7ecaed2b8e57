/** Rules about how much a field can hold, and what its numbers mean. */
import type { FieldType } from '../form/contract.ts'
import type { Rule } from './rule.ts'

/**
 * More words, items or characters than these are rarely looked at one by one, and so rarely noticed
 * when one is personal.
 */
const large = {
  enumValues: 200,
  listItems: 1_000,
  mapEntries: 1_000,
  patternLength: 128,
  stringLength: 256
}

export const boundsRules: readonly Rule[] = [
  {
    code: 'BOUND_LARGE',
    severity: 'warning',
    finds:
      `an enum of more than ${large.enumValues} words, a list of more than ${large.listItems} ` +
      `items, a map of more than ${large.mapEntries} entries under a pattern, a pattern longer ` +
      `than ${large.patternLength} or a string longer than ${large.stringLength} characters`,
    why:
      'A long list or text is a fingerprint: the combination of its parts is met once in the ' +
      'world.',
    mend: 'Bound it by what the question needs, sum the rest up under `other`, or count.',
    bad: 'tools: { type: list, of: word, max_items: 5000, says: which tools it found }',
    good: 'tools: { type: list, of: word, max_items: 20, says: which tools it found }',
    *find(view) {
      for (const { isKept, types } of view.fields) {
        if (!isKept) continue
        for (const at of types)
          for (const { key, has, most } of largeParts(at.type))
            yield {
              spot: at,
              place: at.at(key),
              message:
                `${has}, and more than ${most} make a fingerprint: bound it by what its ` +
                'question needs.'
            }
      }
    }
  },
  {
    code: 'SHAPE_SINGULAR',
    severity: 'warning',
    finds: 'the whole shape of a SQL statement at the lowest level',
    why:
      'A shape has no names and no values, and still says how a program is built: how many ' +
      'tables, columns and conditions, joined in which way. A structure that is met once in ' +
      'the world is as good as the name of who wrote it.',
    mend:
      'Give it a level of its own that users choose, or leave `dialect` away: then only the ' +
      'kind of statement is kept.',
    bad: 'query: { type: sql-shape, dialect: mysql, says: the shape of a query }',
    good: 'query: { type: sql-shape, says: what kind of statement a query is }',
    *find(view) {
      const [lowest, ...others] = view.contract.consent.levels
      for (const { isKept, types, field } of view.fields) {
        if (!isKept || (others.length > 0 && field.level !== lowest?.name)) continue
        for (const at of types)
          if (at.type.is === 'sql-shape' && at.type.dialect !== undefined)
            yield {
              spot: at,
              place: at.at('dialect'),
              message:
                'A rare structure singles out who wrote it: put it on a level above the ' +
                'lowest, or leave `dialect` away.'
            }
      }
    }
  },
  {
    code: 'UNIT_MISSING',
    severity: 'warning',
    finds: 'a number without a unit',
    why:
      'Somebody will read seconds as milliseconds, on the page and in the chart; and users ' +
      'cannot tell what is sent.',
    mend:
      'Say what is counted or measured in `unit`, in the plural: `bytes`, `rows`, `percent`; ' +
      'for time use `duration`.',
    bad: 'cache: { type: integer, max: 1000000, says: how large the cache is }',
    good: 'cache: { type: integer, unit: bytes, max: 1000000, says: how large the cache is }',
    *find(view) {
      for (const { isKept, types } of view.fields) {
        if (!isKept) continue
        for (const at of types) {
          if (!isWithoutUnit(at.type)) continue
          yield {
            spot: at,
            place: at.at('type'),
            message:
              'This number does not say what it counts or measures: name it in `unit`, or ' +
              'use `duration` for time.'
          }
        }
      }
    }
  }
]

/** A labelled counter needs none: it counts what its labels name. */
function isWithoutUnit(type: FieldType): boolean {
  if (type.is === 'map') return type.counts?.is === 'buckets' && type.counts.unit === undefined
  return (type.is === 'integer' || type.is === 'number') && type.unit === undefined
}

function largeParts(
  type: FieldType
): readonly { readonly key: string; readonly has: string; readonly most: number }[] {
  const parts: { key: string; has: string; size: number; most: number }[] = []
  if (type.is === 'enum')
    parts.push({
      key: 'values',
      has: `This enum has ${type.values.length} words`,
      size: type.values.length,
      most: large.enumValues
    })
  if (type.is === 'list')
    parts.push({
      key: 'max_items',
      has: `This list has up to ${type.itemsMax} items`,
      size: type.itemsMax,
      most: large.listItems
    })
  if (type.is === 'pattern' || type.is === 'string')
    parts.push({
      key: 'max_length',
      has: `This text has up to ${type.lengthMax} characters`,
      size: type.lengthMax,
      most: type.is === 'pattern' ? large.patternLength : large.stringLength
    })
  if (type.is === 'map' && type.keys.is === 'pattern') {
    parts.push({
      key: 'max_entries',
      has: `This map has up to ${type.entriesMax} entries`,
      size: type.entriesMax,
      most: large.mapEntries
    })
    parts.push({
      key: 'keys',
      has: `The keys of this map have up to ${type.keys.lengthMax} characters`,
      size: type.keys.lengthMax,
      most: large.patternLength
    })
  }
  return parts.filter(({ size, most }) => size > most)
}
