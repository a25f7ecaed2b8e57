import { beforeEach, describe, expect, it } from 'vitest'
import type { Append, Appended } from '../inbox/inbox.ts'
import { START } from './collector.test-support.ts'
import { collectorLimits } from './limits.ts'
import { createMalformedBodies, type MalformedBodies } from './malformed.ts'

describe('a body that can not be read', () => {
  let bodies: MalformedBodies
  let now = START
  const rows: unknown[] = []
  beforeEach(() => {
    rows.length = 0
    const append = ({ parts }: Append): Promise<Appended> => {
      for (const { table, lines } of parts.flatMap((part) => part.rows))
        rows.push({ table, ...(JSON.parse(lines) as object) })
      return Promise.resolve({ fresh: [true] })
    }
    const clock = { now: () => now } as never
    bodies = createMalformedBodies({
      inbox: { append },
      effects: { clock },
      limits: collectorLimits
    })
  })

  const note = (text: string, network?: string, product?: string): void =>
    bodies.note({
      product,
      code: 'BODY_NOT_JSON',
      body: Buffer.from(text),
      receivedAt: START,
      network
    })

  it('leaves its length, what was wrong and where, and nothing that it held', () => {
    note('{"hostname":"db1.internal","port":,}', undefined, 'sample')
    note('["secret"]')
    const common = { table: 'quarantine_rows', code: 'BODY_NOT_JSON', received_at: START }
    expect(rows).toEqual([
      { ...common, product: 'sample', bytes: 36, reason: 'value expected', place: 34 },
      { ...common, product: '(unknown)', bytes: 10, reason: 'JSON of another shape' }
    ])
    expect(JSON.stringify(rows)).not.toMatch(/hostname|internal|secret/)
  })

  it('fills nothing up: a few a minute of one network, and some more in all', () => {
    const { malformedMax, malformedOfOneMax } = collectorLimits
    for (let times = 0; times < 100; times++) note('{', '10.0.0.0')
    expect(rows).toHaveLength(malformedOfOneMax)
    for (let times = 0; times < 100; times++) note('{', `10.0.${times}.0`)
    expect(rows).toHaveLength(malformedMax)
    now += 60_000
    note('{', '10.0.0.0')
    expect(rows).toHaveLength(malformedMax + 1)
  })
})
