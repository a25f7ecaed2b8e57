/** What stands in the week of a product, and what is left out because it is not known. */
import { describe, expect, it } from 'vitest'
import type { AnswerRow, AnswerTable } from '../analytics/asking/question.ts'
import { CandorError } from '../errors.ts'
import { digestOf } from './digest.ts'

const answers: Readonly<Record<string, readonly AnswerRow[]>> = {
  'active-installations': [
    {
      installations: 1234,
      installations_previous: 1200,
      automated: 40,
      records: 9,
      records_previous: null
    }
  ],
  versions: [{ version: '1.2.0', share: 0.5 }],
  'new-returning-lost': [
    { week: '2026-11-23', active: 9, new: 93, returning: 4, back: 2, lost: null }
  ],
  drift: [{ reason: 'FIELD_NOT_IN_CONTRACT', record: 'run', name: 'hostname', records: 12 }]
}

/** An outage on the last Saturday. */
const days = Array.from({ length: 14 }, (_, index) => ({
  day: `2026-11-${16 + index}`,
  records: index === 12 ? 4 : 200
}))

function weekAt(now: string): Promise<readonly string[]> {
  const ask = (
    _product: string,
    question: string,
    { unit }: Readonly<Record<string, string>>
  ): Promise<AnswerTable> => {
    if (question === 'failures') throw new CandorError('PARAMETER_INVALID', 'no such field')
    const rows = unit === 'day' ? days : (answers[question] ?? [])
    return Promise.resolve({ question, parameters: {}, columns: [], rows, notes: [] })
  }
  const expiring = [{ name: 'elapsed', expires: '2026-12-31' }]
  const unused = ['speed']
  return digestOf({
    product: 'acme',
    ask,
    now: Date.parse(now),
    expiring,
    unused,
    dashboard: undefined
  })
}

describe('the week of a product', () => {
  it('is told on a Monday with who came, and compares with nothing where nothing is known', async () => {
    expect(await weekAt('2026-11-30T06:00:00Z')).toEqual([
      'acme, 2026-11-23 to 2026-11-29 (UTC, seven full days), beside the seven days before',
      'Installations  1,234 (+3 %), of them automated 40',
      'Records        9',
      'Quiet          Sat 2026-11-28 (4 records, 200 a week before)',
      'Newest         1.2.0, on 50.0 %',
      'Came           93 new, 2 back',
      'Not kept       hostname in run; 12 times',
      'Expires        elapsed on 2026-12-31',
      'Unasked        speed: retire it?'
    ])
  })

  it('leaves out who came where its days are no whole week', async () => {
    expect((await weekAt('2026-11-29T06:00:00Z')).join('\n')).not.toContain('Came')
  })
})
