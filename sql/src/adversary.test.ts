/**
 * Ten thousand statements with secrets in every position: the secrets are searched in all that
 * comes out.
 */
import { describe, expect, it } from 'vitest'
import { plantedStatement } from './adversary.test-support.ts'
import { anonymize } from './anonymize.ts'
import type { Dialect } from './shape.ts'

const statementsEach = 5_000

describe.each<Dialect>(['postgres', 'mysql'])(
  '5,000 statements of %s with planted secrets',
  (dialect) => {
    it('reveal none of them, and most are more than their kind', async () => {
      const leaks: string[] = []
      let shapes = 0
      for (let seed = 1; seed <= statementsEach; seed += 1) {
        const { sql, secrets } = plantedStatement(dialect, seed)
        const result = await anonymize(sql, { dialect })
        const out = JSON.stringify(result).toLowerCase().replace(result.fingerprint, '')
        if (secrets.some((secret) => out.includes(secret.toLowerCase()))) leaks.push(sql)
        // Whatever was planted begins like no word of any list.
        else if (/zqx/.test(out)) leaks.push(sql)
        if (result.problems.length === 0) shapes += 1
      }
      expect(leaks).toEqual([])
      // A printer that refuses everything would reveal nothing either.
      expect(shapes / statementsEach).toBeGreaterThan(0.6)
    })

    it('have shapes that are their own shape, with an equal fingerprint', async () => {
      for (let seed = 1; seed <= 500; seed += 1) {
        const { sql } = plantedStatement(dialect, seed)
        const once = await anonymize(sql, { dialect })
        const twice = await anonymize(once.shape, { dialect })
        expect({ sql, shape: twice.shape, fingerprint: twice.fingerprint }).toEqual({
          sql,
          shape: once.shape,
          fingerprint: once.fingerprint
        })
        if (once.problems.length === 0) expect(twice.problems).toEqual([])
      }
    })
  }
)
