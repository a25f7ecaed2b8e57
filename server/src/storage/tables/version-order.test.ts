import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noVersions, versionPairs } from '#values/version-cases.test-support'
import { compareVersions, readVersion } from '#values/version-order'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { versionOrder } from './version-order.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

/** -1, 0 or 1 for each pair. */
async function ordersOf(pairs: readonly (readonly [string, string])[]): Promise<readonly number[]> {
  const parameters = { ones: pairs.map(([one]) => one), others: pairs.map(([, other]) => other) }
  const [one, other] = [versionOrder('pair.1'), versionOrder('pair.2')]
  const sql = `SELECT multiIf(${one} < ${other}, -1, ${one} > ${other}, 1, 0) AS sign
    FROM (SELECT arrayJoin(arrayZip({ones:Array(String)}, {others:Array(String)})) AS pair)`
  const rows = await engine.query<{ readonly sign: number }>({
    sql,
    parameters,
    deadlineMs: 10_000
  })
  return rows.map(({ sign }) => Number(sign))
}

describe('the order of versions', () => {
  it('is the table’s, pair by pair', async () => {
    const found = await ordersOf(versionPairs.map(({ one, other }) => [one, other]))
    expect(found).toHaveLength(versionPairs.length)
    expect(versionPairs.filter(({ order }, index) => order !== found[index])).toEqual([])
  })

  it('puts what is no version before every version', async () => {
    const unread = noVersions.filter((text) => !/^v?\d/.test(text))
    expect(await ordersOf(unread.map((text) => [text, '0.0.1-dev']))).toEqual(unread.map(() => -1))
  })

  it('is that of `compareVersions` for every two versions that a contract keeps', async () => {
    const version = fc
      .tuple(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 8 }),
        fc.array(
          fc.constantFrom('-rc', 'dev', 'A', '-beta.', '.post', '-', '.1', '2', '_', '-g5d01005'),
          { maxLength: 5 }
        ),
        fc.constantFrom('', '+build.7')
      )
      .map(([numbers, suffix, build]) => `${numbers.join('.')}${suffix.join('')}1${build}`)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(version, version), { minLength: 1 }), async (pairs) => {
        const expected = pairs.map(([one, other]) => {
          const [read, readOther] = [readVersion(one), readVersion(other)]
          return read && readOther ? Math.sign(compareVersions(read, readOther)) : undefined
        })
        expect(await ordersOf(pairs)).toEqual(expected)
      }),
      { numRuns: 30 }
    )
  })

  it('is found for any text', async () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.a-z+-]{0,64}$/))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(text, text)), async (pairs) => {
        expect(await ordersOf(pairs)).toHaveLength(pairs.length)
      }),
      { numRuns: 30 }
    )
  })
})
