import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestEngine, type TestEngine } from '../engine.test-support.ts'
import { versionOrder } from './version-order.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await openTestEngine()
})
afterAll(() => engine.close())

function inOrder(versions: readonly string[]): Promise<readonly { readonly v: string }[]> {
  const parameters = { versions }
  const sql = `SELECT v FROM (SELECT arrayJoin({versions:Array(String)}) AS v) ORDER BY ${versionOrder('v')}`
  return engine.query({ sql, parameters, deadlineMs: 10_000 })
}

describe('the order of versions', () => {
  it('is that of their releases', async () => {
    const sorted = [
      'main',
      '0.9',
      '1.2.0-dev',
      '1.2.0a1',
      '1.2.0-beta.2',
      '1.2.0-beta.10',
      '1.2.0rc1',
      'v1.2.0',
      '1.2.0.post1',
      '1.2.0.1',
      '1.10.0',
      '2.17.0'
    ]
    expect((await inOrder([...sorted].reverse())).map((row) => row.v)).toEqual(sorted)
  })

  it('is the same for two builds of one release', async () => {
    expect(
      await engine.rows(`SELECT ${versionOrder(`'1.2.0+abc'`)} = ${versionOrder(`'1.2'`)} AS same`)
    ).toEqual([{ same: 1 }])
  })

  it('is found for any text', async () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.a-z+-]{0,64}$/))
    await fc.assert(
      fc.asyncProperty(fc.array(text), async (versions) => {
        expect(await inOrder(versions)).toHaveLength(versions.length)
      }),
      { numRuns: 30 }
    )
  })
})
