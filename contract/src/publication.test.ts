import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contractOf, frame } from '../test/frame.ts'
import { publicationOf, readPublished } from './publication.ts'

const contract = contractOf(frame)
const first = publicationOf({ contract, existing: new Map() })
const text = first.is === 'new' ? first.text : ''

describe('published contracts', () => {
  it('are canonical files that are named by the hash of their bytes', () => {
    expect(first).toMatchObject({ is: 'new', digest: contract.digest })
    expect(first.fileName).toBe(`${createHash('sha256').update(text).digest('hex')}.json`)
  })

  it('read back as the contract that was published', () => {
    const read = readPublished({ text, digest: contract.digest })
    expect(read).toMatchObject({ is: 'contract', contract: { digest: contract.digest, terms: contract.terms, product: 'demo' } })
    expect(readPublished({ text: JSON.stringify(JSON.parse(text), null, 2), digest: contract.digest }).is).toBe('contract')
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
    expect(publication).toMatchObject({ is: 'altered', problems: [{ code: 'DIGEST_MISMATCH', severity: 'error' }] })
  })

  it('are refused when they are not JSON, not a contract or too deep', () => {
    for (const broken of [
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
