/** Does each asker have one statement at a time, and does whoever leaves make room? */
import { expect, it } from 'vitest'
import { UserSeats } from './user-seats.ts'

const stays = (): AbortSignal => new AbortController().signal

/** Work that ends when it is told to. */
function task(): {
  readonly work: () => Promise<string>
  readonly end: () => void
  began: boolean
} {
  let end!: () => void
  const ended = new Promise<void>((resolve) => (end = resolve))
  const made = {
    began: false,
    end: () => end(),
    work: async () => {
      made.began = true
      await ended
      return 'answered'
    }
  }
  return made
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('runs one statement of an asker after the other, and another asker’s beside it', async () => {
  const seats = new UserSeats()
  const [first, second, others] = [task(), task(), task()]
  const answers = [
    seats.run('me', { signal: stays(), work: first.work }),
    seats.run('me', { signal: stays(), work: second.work }),
    seats.run('you', { signal: stays(), work: others.work })
  ]
  await settle()
  expect([first.began, second.began, others.began]).toEqual([true, false, true])
  first.end()
  await settle()
  expect(second.began).toBe(true)
  second.end()
  others.end()
  expect(await Promise.all(answers)).toEqual(['answered', 'answered', 'answered'])
})

it('begins nothing for whoever left, and lets the next one in', async () => {
  const seats = new UserSeats()
  const [first, left, next] = [task(), task(), task()]
  const leaving = new AbortController()
  const running = seats.run('me', { signal: stays(), work: first.work })
  const gone = seats.run('me', { signal: leaving.signal, work: left.work })
  const last = seats.run('me', { signal: stays(), work: next.work })
  leaving.abort()
  await expect(gone).rejects.toMatchObject({ code: 'QUERY_TIMEOUT' })
  await settle()
  expect(next.began).toBe(false)
  first.end()
  await running
  next.end()
  expect(await last).toBe('answered')
  expect(left.began).toBe(false)
})

it('refuses the tenth of an asker: one runs and eight wait', async () => {
  const seats = new UserSeats()
  const tasks = Array.from({ length: 9 }, task)
  const answers = tasks.map(({ work }) => seats.run('me', { signal: stays(), work }))
  await expect(seats.run('me', { signal: stays(), work: task().work })).rejects.toMatchObject({
    code: 'QUERY_REFUSED'
  })
  for (const { end } of tasks) end()
  expect(await Promise.all(answers)).toHaveLength(9)
  const again = task()
  again.end()
  expect(await seats.run('me', { signal: stays(), work: again.work })).toBe('answered')
})
