/** How many records of each name there are, over time, or by what they are. */
import { toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn, recordsColumn } from '../../asking/column.ts'
import { comparedColumns, comparedCounts } from '../../asking/compared.ts'
import { allFilters, byParameter, type Dimension, unitParameter } from '../../asking/parameter.ts'
import type { Answer, AnswerColumn, Question } from '../../asking/question.ts'
import { countsStatement } from '../../knowing/counts.ts'
import { ownDimension } from '../../reading/dimension.ts'
import { countsRecords, whyNotCounted } from '../../knowing/identity.ts'
import { partialPeriods } from '../../knowing/known.ts'
import { columnsPer, declaring, type Per, unitOf } from '../../reading/per.ts'
import { recordSource } from '../../reading/source.ts'

export const events: Question = {
  name: 'events',
  title: 'Events',
  says: 'how many records of each name there are',
  explains:
    'Counts the records that were kept, by their declared name, and the installations that ' +
    'sent them; for the whole span or for each day, week or month, and by any part of the ' +
    'environment or field with few values. ' +
    'A record that arrived late counts on the day on which it happened by the client’s ' +
    'corrected clock. Records of which nothing was kept are in drift. Of days whose records ' +
    'have expired, the plain counts that were frozen before go on, by name alone: records of ' +
    'several days add up, installations of several days are not known. Of a field, only ' +
    'records that declare it are counted; a record with several values counts under each.',
  chart: 'stacked',
  parameters: [
    unitParameter('all'),
    byParameter,
    { name: 'record', says: 'only records of this name', type: 'record' }
  ],
  common: [...allFilters, 'compare'],
  async answer(asked) {
    const by = asked.chosen.dimensions('by').filter(({ name }) => name !== 'name')
    const per: Per = {
      unit: unitOf(asked.chosen),
      by: [ownDimension('name') as Dimension, ...by]
    }
    const { unit } = per
    const record = asked.chosen.record('record')
    const names = declaring(by, record === undefined ? undefined : [record])
    const why = whyNotCounted(asked, unit ?? 'all')
    const values = ['records', ...(why === undefined ? ['installations'] : [])]
    const columns: readonly AnswerColumn[] = comparedColumns(
      asked,
      [...columnsPer(per), recordsColumn, ...(why === undefined ? [installationsColumn] : [])],
      values
    )
    const { rows, notes, lost, living: span } = await comparedCounts(asked, { per, names, values })
    return {
      columns,
      rows: rows.map((row) => cells(columns, row)),
      notes: [
        ...(why === undefined ? [] : [why]),
        ...(by.some(({ each }) => each !== 'record')
          ? ['A record with several values counts under each of them.']
          : []),
        ...notes,
        countsRecords
      ],
      partial: partialPeriods(asked, unit, lost),
      sql: toShow(countsStatement({ per }, recordSource(asked, { span, names })))
    } satisfies Answer
  }
}
