import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame, withFields } from '../../test/frame.ts'
import { publicationOf, readPublished } from './publication.ts'

const contract = contractOf(frame)
const first = publicationOf({ contract, existing: new Map() })
const text = first.is === 'new' ? first.text : ''

describe('published contracts', () => {
  it('are files that are named by their digest and keep the authored order', () => {
    expect(first).toMatchObject({ is: 'new', digest: contract.digest })
    expect(`sha256:${first.fileName}`).toBe(`${contract.digest}.json`)
    expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(contract.document))
  })

  it('read back as the contract that was published', () => {
    const read = readPublished({ text, digest: contract.digest })
    expect(read).toMatchObject({
      is: 'contract',
      contract: { digest: contract.digest, terms: contract.terms, product: 'demo' }
    })
    expect(
      readPublished({ text: JSON.stringify(JSON.parse(text), null, 2), digest: contract.digest }).is
    ).toBe('contract')
  })

  it('are never written twice', () => {
    expect(publicationOf({ contract, existing: new Map([[first.fileName, text]]) })).toEqual({
      is: 'published',
      digest: contract.digest,
      fileName: first.fileName
    })
  })

  it('are never altered: one that says something else now is told, not overwritten', () => {
    const altered = text.replace('"Demo"', '"Demonstration"')
    const publication = publicationOf({ contract, existing: new Map([[first.fileName, altered]]) })
    expect(publication).toMatchObject({
      is: 'altered',
      problems: [{ code: 'DIGEST_MISMATCH', severity: 'error' }]
    })
  })

  it.each([
    ['levels', frame, '{ basic: Little., more: More. }', '{ more: More., basic: Little. }'],
    [
      'classes',
      withFields({ f: '{ type: enum, values: [a, b], matches: { a: x, b: y } }' }),
      '{ a: x, b: y }',
      '{ b: y, a: x }'
    ]
  ])(
    'tell when only the order of %s was changed, which means something and has no digest',
    (_what, before, from, to) => {
      const published = publicationOf({ contract: contractOf(before), existing: new Map() })
      const existing = new Map([[published.fileName, published.is === 'new' ? published.text : '']])
      const reordered = contractOf(before.replace(from, to))
      expect(reordered.digest).toBe(published.digest)
      expect(publicationOf({ contract: reordered, existing })).toMatchObject({
        is: 'altered',
        problems: [{ code: 'DIGEST_MISMATCH' }]
      })
      expect(publicationOf({ contract: contractOf(before), existing }).is).toBe('published')
    }
  )

  it('are refused when they are not JSON, not a contract or too deep', () => {
    for (const broken of [
      text.replace('Demo', '\\ud800'),
      text.replace('"Demo"', '{"\\udc00":1}'),
      text.replace('candor": 1', 'candor": 1e400'),
      '',
      '{',
      'null',
      '[]',
      '{"candor":2}',
      '{"__proto__":{}}',
      `${'['.repeat(100_000)}`,
      `${'['.repeat(50)}${']'.repeat(50)}`
    ]) {
      expect(readPublished({ text: broken, digest: contract.digest }).is).toBe('invalid')
    }
  })

  it('never make the reader throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.json()),
        (any) => void readPublished({ text: any, digest: contract.digest })
      )
    )
  })
})
