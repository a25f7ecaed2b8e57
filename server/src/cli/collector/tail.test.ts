import { describe, expect, it } from 'vitest'
import { tailText } from './tail.ts'

const line = { at: '2026-11-20T14:51:36.609Z', is: 'kept', product: 'dlt', name: 'pipeline_load' }

describe('a line of the live view', () => {
  it('tells who sent what, as words that can be searched', () => {
    const fields = { elapsed: 2.2, destination_type: 'duckdb', note: 'two words', extract: [1] }
    expect(
      tailText({ ...line, installation: '17308294', version: '1.26.0', fields, dropped: [] })
    ).toBe(
      '14:51:36.609 kept    dlt pipeline_load 17308294 1.26.0 elapsed=2.2 ' +
        'destination_type=duckdb note="two words" extract=[1]\n'
    )
  })

  it('tells on a line of its own what was not kept, and why', () => {
    const dropped = [
      { code: 'FIELD_NOT_IN_CONTRACT' },
      { code: 'FIELD_WRONG_TYPE', field: 'success' }
    ]
    expect(tailText({ ...line, dropped })).toBe(
      '14:51:36.609 kept    dlt pipeline_load\n' +
        '             not kept: (a name that no contract has), FIELD_NOT_IN_CONTRACT\n' +
        '             not kept: success, FIELD_WRONG_TYPE\n'
    )
  })

  it('tells how many lines were too many', () => {
    expect(tailText({ is: 'skipped', count: 12 })).toBe('… 12 more in that second\n')
    expect(tailText({ is: 'missed', count: 3 })).toBe(
      '… 3 missed: they come faster than they can be shown here\n'
    )
  })

  it('never hands control characters to the terminal', () => {
    const text = tailText({ ...line, fields: { note: '\u001b[2J', other: '\u009b' } })
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  })
})
