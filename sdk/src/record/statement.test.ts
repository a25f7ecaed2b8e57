/**
 * A statement's shape leaves as what `@candor/sql` made of it; SQL as its kind, whatever a program
 * gives.
 */
import { describe, expect, it } from 'vitest'
import { typeReadings } from '../consent/agreed-type.ts'
import { isWithin } from '../consent/narrow.ts'
import type { TypeForm } from '../form.ts'
import { scalarReader, type ScalarForm } from './scalars.ts'

const whole: ScalarForm = { is: 'sql-shape', dialect: 'mysql' }
const kind: ScalarForm = { is: 'sql-shape' }
const sql = "SELECT name FROM users WHERE mail = 'ann@example.org'"
const shape = { shape: 'SELECT c1 FROM t1 WHERE c2 = ?', fingerprint: '0123456789abcdef' }
const read = (type: TypeForm, raw: unknown): unknown =>
  scalarReader(type as ScalarForm, 'query', () => '')(raw, () => undefined)

describe('a field that keeps shapes', () => {
  it.each([
    ['a shape', shape, shape.shape],
    ['SQL', sql, 'select'],
    ['SQL that calls itself a shape', { shape: sql }, 'select'],
    ['a name in quotes', { shape: 'SELECT `a` FROM t1' }, 'select'],
    ['a number', { shape: 'SELECT 42 FROM t1' }, 'select'],
    ['letters beyond ASCII', { shape: 'SELECT ü FROM t1' }, 'select'],
    ['more than a shape may be', { shape: `SELECT ${'c1, '.repeat(3_000)}c2` }, 'select'],
    ['empty texts and tokens', { shape: "COMMENT ON x1 IS '' , $12" }, "COMMENT ON x1 IS '' , $12"],
    ['a number alone', 7, undefined],
    ['an object without one', { text: sql }, undefined]
  ])('given %s', (_says, raw, sent) => expect(read(whole, raw)).toBe(sent))
})

describe('a field that keeps kinds', () => {
  it('reduces shapes to them too', () => {
    expect(read(kind, shape)).toBe('select')
    expect(read(kind, sql)).toBe('select')
  })
})

describe('after the contract has changed', () => {
  const sent = (now: TypeForm, was: TypeForm, raw: unknown): unknown => {
    const readings = typeReadings(now, was)
    if (readings === undefined) return 'stays home'
    const agreed = read(readings.agreed, raw)
    return agreed === undefined ? undefined : read(readings.now, agreed)
  }
  it.each([
    ['shapes, where kinds were agreed to', whole, kind, 'select'],
    ['kinds, where shapes were agreed to', kind, whole, 'select'],
    ['shapes, where shapes were agreed to', { ...whole, dialect: 'any' }, whole, shape.shape]
  ] as const)('to %s', (_says, now, was, kept) => expect(sent(now, was, shape)).toBe(kept))

  it('asks again only where more is kept', () => {
    expect(isWithin(whole, kind)).toBe(false)
    expect(isWithin(kind, whole)).toBe(true)
  })
})
