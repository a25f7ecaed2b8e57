/** Runs in a thread: reduces the statements that come in, one after the other. */
import { parentPort } from 'node:worker_threads'
import { anonymize, load } from './anonymize.ts'
import type { Dialect } from './shape.ts'
import type { Told } from './shape-thread.ts'

let before: Promise<void> = Promise.resolve()
const loaded = new Set<Dialect>()

parentPort?.on('message', (asked: Asked) => {
  before = reduceAfter(before, asked)
})

interface Asked {
  readonly id: number
  readonly sql: string
  readonly dialect: Dialect
}

async function reduceAfter(others: Promise<void>, { id, sql, dialect }: Asked): Promise<void> {
  await others
  if (!loaded.has(dialect)) {
    await load(dialect)
    loaded.add(dialect)
    tell({ is: 'loaded', dialect })
  }
  tell({ is: 'reduced', id, shape: await anonymize(sql, { dialect }) })
}

function tell(told: Told): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(told)
}
