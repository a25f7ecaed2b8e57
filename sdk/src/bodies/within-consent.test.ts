import { describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import type { WireRun } from '../wire.ts'
import { isWithinConsent, withinConsent } from './within-consent.ts'

describe('a body that an older build froze', () => {
  const form = formWith()
  /** Agreed to by the terms of now. */
  const allowed = {
    form,
    allowedOf: () => ({
      fields: new Set(['elapsed', 'success']),
      telling: { isNameless: false, timeMs: 1, sample: 1 }
    })
  }
  const body = (contract: string, elapsed: number) => ({
    wire: 'native' as const,
    text: JSON.stringify({
      runs: [{ contract, records: [{ seq: 0, name: 'command_init', fields: { elapsed } }] }]
    })
  })

  it('is read by the terms that its user agreed to since', () => {
    const older = `sha256:${'9'.repeat(64)}`
    expect(isWithinConsent(body(older, 2.2), allowed)).toBe(true)
    expect(isWithinConsent(body(older, 90_000), allowed)).toBe(false)
    expect(isWithinConsent(body(form.digest, 2.2), allowed)).toBe(true)
  })
})

describe('a number of undeclared members that waits', () => {
  const form = formWith({
    records: {
      load: {
        kind: 'event',
        when: 'It loaded.',
        level: 'pipelines',
        fields: {
          flags: { says: 'it', type: { is: 'object', fields: {}, others: 'count' } },
          sizes: { says: 'it', type: { is: 'object', fields: {} } }
        }
      }
    }
  })
  const run = (others: object): WireRun =>
    ({
      contract: form.digest,
      records: [{ seq: 0, name: 'load', at: '', fields: {}, others }]
    }) as unknown as WireRun
  const left = (fields: readonly string[], others: object): unknown =>
    withinConsent(run(others), {
      form,
      allowedOf: () => ({
        fields: new Set(fields),
        telling: { isNameless: false, timeMs: 1, sample: 1 }
      })
    }).records[0]?.others

  it('travels while its field may, and where the contract counts', () => {
    expect(left(['flags'], { flags: 2 })).toEqual({ flags: 2 })
    expect(left([], { flags: 2 })).toBe(undefined)
    expect(left(['flags', 'sizes'], { flags: 2, sizes: 1, 'flags.x': 1 })).toEqual({ flags: 2 })
  })
})
