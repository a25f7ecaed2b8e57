/**
 * Was a value that is filtered by ever seen? `os=Linux` where clients say `linux` would be answered
 * with nothing, as if nobody ran it.
 */
import { CandorError } from '../../errors.ts'
import { raw, sql } from '../../storage/sql.ts'
import { frozenTable } from '../../storage/tables/side-tables.ts'
import { valueStatesTable } from '../../storage/tables/tables.ts'
import { nearest, printable } from '../asking/invalid.ts'
import type { Filter } from '../asking/parameter.ts'
import type { Asked } from '../asking/question.ts'
import { find } from '../reading/find.ts'

/** A person looks through so many; versions may be more. */
const shownMax = 12
const lookedMax = 2_000

export async function neverSeenNotes(asked: Asked): Promise<readonly string[]> {
  const notes = await Promise.all(asked.chosen.filters.map((filter) => noteOf(filter, asked)))
  return notes.flat()
}

/** Of what the aggregates tell apart: that costs no look at records. */
async function noteOf(filter: Filter, asked: Asked): Promise<readonly string[]> {
  const { dimension, is, values } = filter
  const { daily } = dimension
  if (daily === undefined || (is !== 'among' && is !== 'not among')) return []
  const { product } = asked.product.contract
  const seen = await asked.facts.of(`seen ${daily} ${product}`, () => seenValues(daily, asked))
  if (seen === undefined || seen.length === 0 || seen.length >= lookedMax) return []
  const told = [...new Set(seen.flatMap((value) => dimension.ofValue(value) ?? []))]
  const strange = values.filter((value) => value !== 'unknown' && !told.includes(value))
  if (told.length === 0) return []
  return strange.map((value) => {
    const more = told.length > shownMax ? `, … (${told.length} in all)` : ''
    return (
      `Nothing that came has ${dimension.name} "${printable(value)}"; did you mean ` +
      `"${nearest(value, told)}"? There are: ${told.slice(0, shownMax).join(', ')}${more}.`
    )
  })
}

/** Undefined: the store failed. What is only said beside an answer must not cost the answer. */
async function seenValues(
  daily: string,
  asked: Asked
): Promise<readonly (string | null)[] | undefined> {
  const { product } = asked.product.contract
  try {
    const rows = await find<{ value: string | null }>(
      asked,
      sql`
        SELECT value
        FROM (
          SELECT s.value AS value, toUInt64(s.records) AS seen
          FROM ${raw(valueStatesTable.name)} AS s
          WHERE s.product = ${product} AND s.dimension = ${daily}
          UNION ALL
          SELECT f.value AS value, f.records AS seen
          FROM ${raw(frozenTable.name)} AS f
          WHERE f.product = ${product} AND f.dimension = ${daily} AND f.period = 'day'
        )
        GROUP BY value
        ORDER BY sum(seen) DESC
        LIMIT ${lookedMax}`
    )
    return rows.map(({ value }) => value)
  } catch (error) {
    if (error instanceof CandorError && error.code.startsWith('STORAGE_')) return undefined
    throw error
  }
}
