import { describe, expect, it } from 'vitest'
import type { ContractField, ContractRecord, QuestionField } from '../api/answers.ts'
import { fieldsServing } from './fields-serving.ts'

const field = (name: string, observedShare: number | null): ContractField => ({
  name,
  type: 'any',
  unit: null,
  values: null,
  says: `what ${name} is`,
  level: 'basic',
  since: null,
  owner: null,
  expires: null,
  collector: 'keeps',
  sdk: 'sends',
  because: null,
  questions: ['places'],
  observedShare,
  lastSeen: null
})
const record = (
  kind: ContractRecord['kind'],
  fields: readonly ContractField[]
): ContractRecord => ({
  name: 'any',
  kind,
  when: '',
  level: 'basic',
  since: null,
  owner: null,
  expires: null,
  questions: [],
  observedShare: 1,
  lastSeen: null,
  records30d: 1,
  fields
})
const askable = (name: string, type: string, isDimension: boolean): QuestionField => ({
  name,
  records: ['any'],
  type,
  unit: null,
  values: null,
  isDimension,
  isShape: false
})

describe('the fields that answer a contract’s question', () => {
  const known = [
    askable('os', 'word', true),
    askable('size', 'integer', false),
    askable('token', 'token', false),
    askable('new', 'word', true)
  ]

  it('are those that arrived, few values before numbers, and none that only identifies', () => {
    const records = [
      record('event', [field('size', 1), field('token', 1), field('os', 1), field('new', null)])
    ]
    expect(fieldsServing('places', records, known).map(({ name }) => name)).toEqual(['os', 'size'])
    expect(fieldsServing('others', records, known)).toEqual([])
  })

  it('are shown once, though many records declare them, and seen in one is seen', () => {
    const records = [record('event', [field('os', null)]), record('snapshot', [field('os', 0.5)])]
    expect(fieldsServing('places', records, known)).toHaveLength(1)
  })
})
