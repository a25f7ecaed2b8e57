/** Does a request say to the engine what it said to the child, and nothing more? */
import { assert, constantFrom, dictionary, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readStatement, settingsChange } from './statement.ts'

const empty = Buffer.alloc(0)

describe('a request', () => {
  it('is a statement of the lane that its id begins with, with its settings and parameters', () => {
    const url =
      '/?query_id=control-1&database=candor&max_execution_time=2.5&param_p=it%27s&wait_end_of_query=1&default_format=JSON'
    expect(readStatement(url, Buffer.from('SELECT 1'))).toEqual({
      work: { is: 'text', sql: 'SELECT 1' },
      lane: 'control',
      format: 'JSON',
      deadlineMs: 2500,
      settings: new Map([
        ['max_execution_time', '2.5'],
        ['param_p', "it's"]
      ])
    })
    expect(readStatement('/?query=SELECT+1', empty)).toMatchObject({
      lane: 'question',
      deadlineMs: 60_000
    })
  })

  it('keeps the lines of an insert apart from its statement', () => {
    const lines = Buffer.from('{"a":1}\n')
    const read = (query: string): unknown =>
      readStatement(`/?query_id=load-1&query=${encodeURIComponent(query)}`, lines)
    expect(read('INSERT INTO raw FORMAT JSONEachRow')).toMatchObject({
      lane: 'load',
      work: { is: 'lines', table: 'raw', lines }
    })
    expect(read('INSERT INTO candor.raw (a, b) FORMAT JSONEachRow')).toMatchObject({
      work: { table: 'candor.raw', columns: ['a', 'b'] }
    })
    expect(read('INSERT INTO raw SELECT 1')).toMatchObject({
      work: { is: 'text', sql: 'INSERT INTO raw SELECT 1\n{"a":1}\n' }
    })
  })

  it('is refused when it names another database, a setting that is none, or one that a session could not lay down again', () => {
    expect(readStatement('/?query=SELECT+1&database=system', empty)).toMatchObject({
      is: 'refused',
      code: 81
    })
    expect(readStatement('/?query=SELECT+1&a%20=1', empty)).toMatchObject({
      is: 'refused',
      code: 115
    })
    expect(readStatement('/?query=SELECT+1&readonly=1', empty)).toMatchObject({
      is: 'refused',
      code: 115
    })
    expect(readStatement('/', empty)).toMatchObject({ is: 'refused', code: 62 })
  })

  it('never makes the reader throw', () => {
    assert(
      property(string({ unit: 'binary' }), string(), (url, body) => {
        readStatement(`/${url}`, Buffer.from(body))
      })
    )
  })
})

describe('a change of settings', () => {
  it('says only what differs, and puts back what the last statement had set', () => {
    const before = new Map(Object.entries({ a: '1', b: '2', param_x: 'old' }))
    expect(settingsChange(before, before)).toBeUndefined()
    expect(settingsChange(before, new Map(Object.entries({ b: '3', param_y: 'new' })))).toBe(
      "SET a = DEFAULT, b = '3', param_y = 'new'"
    )
  })

  it('quotes every value so that it ends where it ends', () => {
    const value = oneof(
      string({ unit: 'binary' }),
      string({ unit: constantFrom("'", '\\', '\0', 'a', ' = DEFAULT, ') })
    )
    assert(
      property(dictionary(constantFrom('a', 'param_b'), value), (wanted) => {
        const change = settingsChange(new Map(), new Map(Object.entries(wanted)))
        const literals = [...(change ?? '').matchAll(/'((?:[^'\\]|\\.)*)'/gs)].map(([, inner]) =>
          (inner ?? '').replaceAll(/\\(.)/gs, (_, escaped: string) =>
            escaped === '0' ? '\0' : escaped
          )
        )
        expect(literals).toEqual(Object.values(wanted))
      })
    )
  })
})
