import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { contractOf, frame, withFields } from '../../test/frame.ts'
import { canonicalJson } from './canonical-json.ts'
import { contractDigest } from './digest.ts'

describe('the digest of a contract', () => {
  it('is the SHA-256 of the authored document as canonical JSON', () => {
    const text = readFileSync(new URL('../../test/example.yaml', import.meta.url), 'utf8')
    const document: unknown = parse(text, { version: '1.2', schema: 'core' })
    const expected = createHash('sha256').update(canonicalJson(document)).digest('hex')
    expect(contractOf(text).digest).toBe(`sha256:${expected}`)
    expect(contractDigest({ b: 1, a: [true, null] })).toBe(
      `sha256:${createHash('sha256').update('{"a":[true,null],"b":1}').digest('hex')}`
    )
  })

  it('does not change with comments, layout, quotes or the order of keys', () => {
    const other = `# A comment.\n${frame.split('\n').reverse().join('\n')}\n`.replace(
      'title: Demo',
      'title:   "Demo"'
    )
    expect(contractOf(other).digest).toBe(contractOf(frame).digest)
  })

  it('changes with every authored word, and never fills defaults in', () => {
    const digests = [
      withFields({ size: '{ type: integer }' }),
      withFields({ size: '{ type: integer, says: size }' }),
      withFields({ size: '{ type: integer, collector: keeps }' }),
      withFields({ size: '{ type: integer, sdk: sends }' })
    ].map((text) => contractOf(text).digest)
    expect(new Set(digests).size).toBe(digests.length)
  })
})
