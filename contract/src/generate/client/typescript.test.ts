import { describe, expect, it } from 'vitest'
import { contractOf, frame } from '../../../test/frame.ts'
import type { ContractForm } from '../../../../sdk/src/form.ts'
import { sdkForm } from './sdk-form.ts'
import { generateTypescript } from './typescript.ts'

const contract = contractOf(`${frame}events:
  load_ended:
    when: A load ended */ well or badly.
    fields:
      elapsed: { type: duration, unit: ms, says: how long it took }
      sort: { type: enum, values: [one, "it's"], other: collapse, says: which kind }
      mode: { type: enum, values: [a, b], says: which mode }
      place: { type: enum, values: [v1, v2, v3, v4, v5, v6, v7, v8, v9], says: where }
      places: { type: list, of: { type: enum, values: [v1, v2, v3, v4, v5, v6, v7, v8, v9] }, max_items: 3, says: where else }
      owner: { type: keyed-hash, collector: reduces, because: it is a name, says: whose it is }
      secret: { sdk: never, collector: drops, because: nobody needs it }
`)
const text = generateTypescript(contract)

describe('a typed client', () => {
  it('says of each field what it means and in which unit', () => {
    expect(text).toContain(
      '/** How long it took: length of time, kept in seconds. In ms. */\n  readonly ' +
        'elapsed?: number | undefined'
    )
    expect(text).toContain(
      '/** Whose it is: given as it is, sent as a token. */\n  readonly owner?: string | undefined'
    )
  })
  it('takes the words of an enum, and a text from outside only where unknown words collapse', () => {
    expect(text).toContain(
      String.raw`readonly sort?: 'one' | 'it\'s' | 'other' | Unlisted | undefined`
    )
    expect(text).toContain(`readonly mode?: 'a' | 'b' | undefined`)
  })
  it('declares a long list of words once', () => {
    expect(text.match(/\| 'v9'/g)).toHaveLength(1)
    expect(text).toContain('readonly places?: readonly LoadEndedPlace[] | undefined')
  })
  it('cannot name what the SDK never sends', () => {
    expect(text).not.toContain('secret')
    expect(JSON.stringify(sdkForm(contract))).not.toContain('secret')
  })
  it('is not ended by what a maintainer wrote into a sentence', () => {
    expect(text).toContain('/** A load ended * / well or badly. Level: basic. */')
  })
  it('is the same to the byte each time', () => expect(generateTypescript(contract)).toBe(text))
  it('names the contract and its terms by their digests', () => {
    expect(text).toContain(contract.digest)
    expect(text).toContain(contract.terms)
  })
  it('carries the last day of each record, and of fields that end on another one', () => {
    const ending = contractOf(`${frame}events:
  ended:
    when: It ended.
    expires: 2027-11-20
    fields:
      as_long: { type: boolean }
      shorter: { type: boolean, expires: 2026-12-31 }
      parts: { type: object, expires: 2026-12-31, fields: { a: { type: boolean } } }
  kept: { when: Always., expires: 'never, because it is the core', fields: { a: { type: boolean } } }
`)
    const { records } = JSON.parse(JSON.stringify(sdkForm(ending))) as ContractForm
    const { ended, kept } = records
    expect(ended?.expires).toBe('2027-11-20')
    expect(Object.entries(ended?.fields ?? {}).map(([, field]) => field.expires)).toEqual([
      undefined,
      '2026-12-31',
      '2026-12-31'
    ])
    expect(ended?.fields['parts']?.type).not.toHaveProperty('fields.a.expires')
    expect(kept).not.toHaveProperty('expires')
  })
})
