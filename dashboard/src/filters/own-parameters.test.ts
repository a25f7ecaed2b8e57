import { describe, expect, it } from 'vitest'
import type { Parameter, Question } from '../api/answers.ts'
import type { QuestionCatalogue } from '../api/queries.ts'
import { askLine, choicesOf, ownParameters } from './own-parameters.ts'

const parameter = (changes: Partial<Parameter>): Parameter => ({
  name: 'field',
  says: 'which',
  type: 'field',
  values: null,
  default: null,
  required: false,
  ...changes
})
const field = (
  name: string,
  type: string,
  isDimension = false
): QuestionCatalogue['fields'][number] => ({
  name,
  records: ['run'],
  type,
  unit: null,
  values: null,
  isDimension,
  isShape: false
})
const catalogue: QuestionCatalogue = {
  questions: [],
  advisories: [],
  dimensions: ['os'],
  fields: [
    field('items_others', 'integer'),
    field('elapsed', 'number'),
    field('destination', 'word', true)
  ],
  records: [
    { name: 'extract', kind: 'event' },
    { name: 'load', kind: 'event' }
  ],
  contractQuestions: []
}
const question = (parameters: readonly Parameter[]): Question => ({
  name: 'any',
  title: 'Any',
  says: '',
  explains: '',
  chart: 'bars',
  since: null,
  parameters,
  common: []
})

describe('what a question is asked with', () => {
  it('offers the fields that fit, counts of leftovers last', () => {
    expect(choicesOf(parameter({ type: 'number-field' }), catalogue)).toEqual([
      'elapsed',
      'items_others'
    ])
    expect(choicesOf(parameter({ type: 'dimensions' }), catalogue)).toEqual(['os', 'destination'])
  })

  it('begins with the first choice where one is needed, so that there is an answer at once', () => {
    const asked = question([
      parameter({ type: 'number-field', required: true }),
      parameter({ name: 'records', type: 'steps', required: true }),
      parameter({ name: 'by', type: 'dimensions' })
    ])
    expect(ownParameters(asked, catalogue, new URLSearchParams())).toEqual({
      field: 'elapsed',
      records: 'extract,load'
    })
    expect(
      ownParameters(asked, catalogue, new URLSearchParams('by=os&field=items_others'))
    ).toMatchObject({
      by: 'os',
      field: 'items_others'
    })
  })

  it('is the same in a terminal, whatever a value holds', () => {
    expect(askLine('events', { product: 'dlt', version: "it's $HOME" })).toBe(
      String.raw`npx candor ask events --product dlt --version 'it'\''s $HOME'`
    )
  })
})
