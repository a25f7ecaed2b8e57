import { expect, it } from 'vitest'
import { decoded, openTestCollector, wireRecord } from './collector.test-support.ts'
import { collectorLimits } from './limits.ts'
import { createTail, type TailLine } from './tail.ts'

it('tells at most so many lines a second, and says how many it left out', () => {
  let now = 5_000
  const tail = createTail({
    effects: {
      clock: { now: () => now, after: () => () => undefined, sleep: async () => undefined }
    },
    limits: collectorLimits
  })
  const lines: TailLine[] = []
  tail.subscribe({ shows: () => true }, (line) => lines.push(line))
  const drop = {
    product: 'sample',
    protocol: 'test',
    at: now,
    dropped: [{ code: 'DELETED' }]
  } as const
  for (let n = 0; n < 250; n++) tail.dropped(drop)
  expect(lines).toHaveLength(200)
  now = 6_000
  tail.dropped(drop)
  expect(lines.slice(200)).toMatchObject([{ is: 'skipped', count: 50 }, { is: 'dropped' }])
})

it('ends the oldest reader when one too many comes', () => {
  const clock = { now: () => 0, after: () => () => undefined, sleep: async () => undefined }
  const tail = createTail({ effects: { clock }, limits: { ...collectorLimits, tailReadersMax: 1 } })
  const seen: string[] = []
  tail.subscribe({ shows: () => true }, () => seen.push('first'))
  const end = tail.subscribe({ shows: (product) => product === 'sample' }, () =>
    seen.push('second')
  )
  tail.dropped({ product: 'sample', protocol: 'test', at: 0, dropped: [] })
  tail.dropped({ product: 'dlt', protocol: 'test', at: 0, dropped: [] })
  end()
  expect([seen, tail.isWatched]).toEqual([['second'], false])
})

it('says nothing of a record that was read before anybody watched, rather than that it was dropped', async () => {
  const test = await openTestCollector()
  const lines: TailLine[] = []
  const collected = test.collector.collect(decoded([wireRecord({ hostname: 'undeclared' })]), {
    protocol: 'test',
    receivedAt: 0
  })
  test.tail.subscribe({ shows: () => true }, (line) => lines.push(line))
  expect(await collected).toMatchObject([{ is: 'kept' }])
  expect(lines).toEqual([])
  await test.close()
})
