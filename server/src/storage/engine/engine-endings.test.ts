import { expect, it } from 'vitest'
import { endingReasons, noEndings, withEnding, type Seen } from './engine-endings.ts'

const gone: Seen = {
  failedWith: undefined,
  wasReady: true,
  hadToBeKilled: false,
  exitCode: null,
  signal: 'SIGKILL'
}

it.each<[string, Partial<Seen>, RegExp]>([
  ['killed', {}, /SIGKILL.*memory/],
  ['killed', { signal: 'SIGSEGV' }, /SIGSEGV/],
  ['exited', { signal: null, exitCode: 3 }, /exit code 3/],
  ['wedged', { hadToBeKilled: true }, /nine seconds/],
  ['slow-start', { hadToBeKilled: true, wasReady: false }, /time to start/],
  ['cannot-open', { failedWith: 76, wasReady: false, signal: null, exitCode: 0 }, /code 76/]
])('calls an end %s and says why: %o', (because, seen, says) => {
  const { counts, last } = withEnding(noEndings, { ...gone, ...seen }, 7)
  expect(last).toMatchObject({ because, at: 7, says: expect.stringMatching(says) as string })
  for (const reason of endingReasons) expect(counts[reason]).toBe(reason === because ? 1 : 0)
})

it('counts each end, and remembers the last', () => {
  const twice = withEnding(withEnding(noEndings, gone, 1), { ...gone, hadToBeKilled: true }, 2)
  expect(twice.counts).toMatchObject({ killed: 1, wedged: 1 })
  expect(twice.last).toMatchObject({ because: 'wedged', at: 2 })
})
