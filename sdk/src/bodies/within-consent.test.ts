import { describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import { isWithinConsent } from './within-consent.ts'

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
