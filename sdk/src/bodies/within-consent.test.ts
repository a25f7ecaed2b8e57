import { describe, expect, it } from 'vitest'
import { formWith } from '../consent/form.test-support.ts'
import type { WireRun } from '../wire.ts'
import { bodyWithinConsent, withinConsent } from './within-consent.ts'

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
  const older = `sha256:${'9'.repeat(64)}`
  const run = (contract: string, ...records: readonly object[]) => ({
    contract,
    records: records.map((fields, seq) => ({ seq, name: 'command_init', fields }))
  })
  const left = (...runs: readonly object[]): unknown => {
    const text = bodyWithinConsent(
      { wire: 'native', text: JSON.stringify({ report: 'r', runs }) },
      allowed
    )
    return text === undefined ? undefined : (JSON.parse(text) as unknown)
  }

  it('is read by the terms that its user agreed to since', () => {
    for (const contract of [older, form.digest]) {
      const whole = run(contract, { elapsed: 2.2 })
      expect(left(whole)).toEqual({ report: 'r', runs: [whole] })
    }
  })

  it('loses what they do not have, and keeps the rest under the id of its report', () => {
    expect(left(run(older, { elapsed: 90_000, success: true }, { elapsed: 2.2 }))).toEqual({
      report: 'r',
      runs: [run(older, { success: true }, { elapsed: 2.2 })]
    })
  })

  it('has no run of which nothing is left, and is none itself where no run is', () => {
    const gone = { contract: older, records: [{ seq: 0, name: 'no longer told', fields: {} }] }
    expect(left(gone, run(older, { elapsed: 1 }))).toEqual({
      report: 'r',
      runs: [run(older, { elapsed: 1 })]
    })
    expect(left(gone)).toBeUndefined()
  })

  it('as calls of Segment’s keeps those that may travel whole', () => {
    const less = {
      form,
      allowedOf: () => ({ ...allowed.allowedOf(), fields: new Set(['elapsed']) })
    }
    const may = { event: 'command_init', properties: { elapsed: 1 } }
    const mayNot = { event: 'command_init', properties: { elapsed: 1, success: true } }
    const segment = (body: object): string | undefined =>
      bodyWithinConsent({ wire: 'segment', text: JSON.stringify(body) }, less)
    expect(segment({ batch: [may, mayNot] })).toBe(JSON.stringify({ batch: [may] }))
    expect(segment({ batch: [mayNot] })).toBeUndefined()
    expect(segment(may)).toBe(JSON.stringify(may))
    expect(segment(mayNot)).toBeUndefined()
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
