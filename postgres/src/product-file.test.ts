import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readProductFile } from './product-file.ts'

const least = `postgres: 1
product: acme-db
title: Acme
purpose: To know.
recipients: [{ name: us, where: EU, for: deciding }]
`

describe('a product file', () => {
  it('needs no more than who asks, what for and who gets it', () => {
    expect(readProductFile(least)).toMatchObject({
      is: 'read',
      file: { schema: 'acme_db', setting: 'acme_db', default: 'opt-in', report: { queries: [] } }
    })
  })

  it('is told all that is wrong with it at once', () => {
    const text =
      `${least}schema: "x; DROP TABLE y"\nreport: { queries: ["SELECT '$body$'"] }\nunknown: ` +
      '1\n'
    const reading = readProductFile(text)
    expect(reading.is === 'invalid' && reading.problems).toEqual([
      expect.stringMatching(/^schema: must be/),
      expect.stringMatching(/^report\.queries\.0: must not hold/),
      expect.stringMatching(/unknown/)
    ])
  })

  it.each(['pg_acme', 'candor'])('has no schema of somebody else’s: %s', (schema) => {
    expect(readProductFile(`${least}schema: ${schema}\n`)).toMatchObject({ is: 'invalid' })
  })

  it('is never an exception, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(/^(?:read|invalid)$/.test(readProductFile(text).is)).toBe(true)
        expect(/^(?:read|invalid)$/.test(readProductFile(least + text).is)).toBe(true)
      })
    )
  })
})
