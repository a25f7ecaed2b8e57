import { compileContract, parseContract } from '@candor/contract'
import { describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import type { AnswerTable } from '../analytics/asking/question.ts'
import { withoutRareShapes } from './rare-shapes.ts'

const parsed = parseContract(
  readFileSync(new URL('../products/readyset/contract.yaml', import.meta.url), 'utf8')
)
if (parsed.is !== 'contract') throw new Error('ReadySet has no contract')
const readyset = compileContract(parsed.contract)

const answer = (
  column: AnswerTable['columns'][number],
  values: readonly (readonly [value: string | null, installations: number | null])[]
): AnswerTable => ({
  question: 'any',
  parameters: {},
  columns: [column, { name: 'installations', title: 'Installations', type: 'integer' }],
  rows: values.map(([value, installations]) => ({ [column.name]: value, installations })),
  notes: ['A note.']
})
const rowsOf = (table: AnswerTable): readonly unknown[] =>
  withoutRareShapes(table, readyset).rows.map((row) => Object.values(row)[0])

describe('a link', () => {
  it('shows no shape that few have, and says how many it left out', () => {
    const shapes = { name: 'shape', title: 'Shape', type: 'text' } as const
    const shown = withoutRareShapes(
      answer(shapes, [
        ['SELECT c1 FROM t1', 10],
        ['SELECT c1 FROM t1 WHERE c2 = ?', 9],
        ['SELECT ?', null]
      ]),
      readyset
    )
    expect(shown.rows).toEqual([{ shape: 'SELECT c1 FROM t1', installations: 10 }])
    expect(shown.notes[1]).toContain('2 rows are left out')
  })

  it('shows none of them either where records are told apart by shape', () => {
    const value = { name: 'value', title: 'proxied_query', type: 'text' } as const
    expect(
      rowsOf(
        answer(value, [
          ['SELECT ?', 3],
          [null, 2]
        ])
      )
    ).toEqual([null])
  })

  it('shows all other answers as they are', () => {
    const value = { name: 'value', title: 'db_backend', type: 'text' } as const
    expect(rowsOf(answer(value, [['mysql', 1]]))).toEqual(['mysql'])
  })
})
