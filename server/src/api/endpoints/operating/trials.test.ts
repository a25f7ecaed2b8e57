import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  openTestCollector,
  sampleContract,
  type TestCollector,
  wireRecord
} from '../../../collector/collector.test-support.ts'
import { operatorToken, startTestApi, type TestApi } from '../../api.test-support.ts'

describe('a trial', () => {
  let test: TestCollector
  let api: TestApi
  beforeEach(async () => {
    test = await openTestCollector()
    // This is the product of the test's API.
    const begin: TestCollector['trials']['begin'] = (candidate) =>
      test.trials.begin({
        ...candidate,
        contract: { ...candidate.contract, product: 'sample' }
      })
    api = await startTestApi({ changes: { trials: { begin } } })
  })
  afterEach(async () => {
    await api.close()
    await test.close()
  })

  const contract = sampleContract.replace('product: sample', 'product: dlt')
  const post = (body: object, token = operatorToken): Promise<Response> =>
    fetch(`${api.url}/api/v1/contract-trials`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })

  it('streams counts until its time is over, and is in the audit', async () => {
    const answer = await post({ contract, seconds: 2 })
    expect(answer.status).toBe(200)
    await test.collect([wireRecord({ elapsed: 1 })])
    const lines = (await answer.text()).trim().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ seconds: 2, judged: 1 })
    expect(test.trials.isRunning).toBe(false)
    const audit = await fetch(`${api.url}/api/v1/audit`, {
      headers: { authorization: `Bearer ${operatorToken}` }
    })
    expect(await audit.json()).toMatchObject({
      acts: [{ who: 'operator', act: 'contract-try', product: 'dlt' }]
    })
  })

  it('ends when its reader leaves', async () => {
    const leaving = new AbortController()
    const answer = await fetch(`${api.url}/api/v1/contract-trials`, {
      method: 'POST',
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ contract, seconds: 600 }),
      signal: leaving.signal
    })
    expect(answer.status).toBe(200)
    expect(test.trials.isRunning).toBe(true)
    leaving.abort()
    for (let tries = 0; tries < 100 && test.trials.isRunning; tries++) await sleep(50)
    expect(test.trials.isRunning).toBe(false)
  })

  it('of others than the operator are two at once, so that the operator can always try', async () => {
    const other = await api.tokenFor(['operate'])
    const leaving = new AbortController()
    const begin = (token: string): Promise<Response> =>
      fetch(`${api.url}/api/v1/contract-trials`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ contract, seconds: 600 }),
        signal: leaving.signal
      })
    const answers = [await begin(other), await begin(other), await begin(other)]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect((await begin(operatorToken)).status).toBe(200)
    leaving.abort()
  })

  it('is refused to whoever may only read, and for what is no contract or takes for ever', async () => {
    const read = await api.tokenFor(['read'])
    expect((await post({ contract }, read)).status).toBe(403)
    expect((await post({ contract: 'candor: 1' })).status).toBe(400)
    expect((await post({ contract, seconds: 86_400 })).status).toBe(400)
    expect((await post({ contract: sampleContract })).status).toBe(404)
    expect(test.trials.isRunning).toBe(false)
  })
})
