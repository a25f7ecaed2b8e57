import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isCandorError } from '../../errors.ts'
import { startTestApi } from '../api.test-support.ts'
import { readBody, readQuery } from './read-request.ts'
import { productName, wholeFrom1, word } from './shapes.ts'

const query = z.strictObject({
  product: productName(),
  limit: wholeFrom1(100, 1_000),
  format: z.enum(['json', 'csv']).default('json')
})
const body = z.strictObject({
  name: word('monday'),
  scopes: z
    .array(z.enum(['read', 'operate']))
    .min(1)
    .optional(),
  cards: z
    .array(z.strictObject({ question: z.string() }))
    .max(2)
    .optional(),
  isWhole: z.boolean().optional()
})

function refusal(read: () => unknown): string {
  try {
    return `read as ${JSON.stringify(read())}`
  } catch (error) {
    if (isCandorError(error) && error.code === 'PARAMETER_INVALID') return error.message
    throw error
  }
}

describe('a query', () => {
  it('is read with what is usual, and as the types that it declares', () => {
    expect(readQuery('product=dlt', query)).toEqual({ product: 'dlt', limit: 100, format: 'json' })
    expect(readQuery('product=7&limit=5&format=', query)).toMatchObject({ product: '7', limit: 5 })
  })

  it.each([
    ['', '"product" is missing; for example product=dlt'],
    ['product=dlt&limit=0', '"limit" must be a whole number from 1 to 1000; for example limit=100'],
    ['product=dlt&limit=1e3', '"limit" must be a whole number from 1 to 1000'],
    ['product=dlt&limit=1&limit=2', '"limit" is given twice.'],
    ['product=dlt&format=cvs', '"format" is not known: "cvs"; did you mean "csv"? There are: '],
    ['prodct=dlt', 'There is no such parameter; did you mean "product"? There are: product, limit'],
    ['product=dlt&format=%1b[2J', '"format" is not known: "·[2J"']
  ])('%j is refused, and the parameter named', (text, says) =>
    expect(refusal(() => readQuery(text, query))).toContain(says)
  )
})

describe('a body', () => {
  it.each([
    ['[]', 'The body must be a JSON object.'],
    ['{', 'The body must be a JSON object.'],
    ['{}', '"name" is missing; for example name=monday'],
    ['{"name":""}', '"name" must not be empty; for example name=monday'],
    ['{"name":7}', '"name" must be a text; for example name=monday'],
    ['{"name":"a","scopes":[]}', '"scopes" must have at least 1 items'],
    ['{"name":"a","scopes":["reed"]}', '"scopes.0" is not known: "reed"; did you mean "read"?'],
    ['{"name":"a","cards":[{}]}', '"cards.0.question" is missing'],
    ['{"name":"a","cards":[{"question":"x","y":1}]}', '"cards.0" has a key that is not known here'],
    ['{"name":"a","isWhole":"yes"}', '"isWhole" must be true or false'],
    ['{"nam":"a"}', 'There is no such key; did you mean "name"? There are: name, scopes']
  ])('%s is refused, and the key named', (text, says) =>
    expect(refusal(() => readBody(Buffer.from(text), body))).toContain(says)
  )
})

it('never hands on the words of the library that checks it, whatever is sent to whichever route', async () => {
  const api = await startTestApi()
  const shapes = api.endpoints.flatMap(({ shapes: { body: make } }) => make?.() ?? [])
  expect(shapes.length).toBeGreaterThan(10)
  fc.assert(
    fc.property(
      fc.constantFrom(...shapes),
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
      fc.infiniteStream(fc.jsonValue({ maxDepth: 4 })),
      (shape, strays, values) => {
        const known = Object.keys(shape.shape).map((name) => [name, values.next().value])
        for (const sent of [Object.fromEntries(known), strays])
          expect(refusal(() => readBody(Buffer.from(JSON.stringify(sent)), shape))).not.toMatch(
            /Invalid|expected (?:string|number|array|object|one)|received/i
          )
      }
    ),
    { numRuns: 300 }
  )
  await api.close()
})
