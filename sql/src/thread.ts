/** Runs in a thread: reduces the statements that come in, one after the other. */
import { parentPort } from 'node:worker_threads'
import { anonymize } from './anonymize.ts'
import type { Dialect } from './shape.ts'

let before: Promise<void> = Promise.resolve()

parentPort?.on('message', (asked: ShapeRequest) => {
  before = reduceAfter(before, asked)
})

interface ShapeRequest {
  readonly id: number
  readonly sql: string
  readonly dialect: Dialect
}

async function reduceAfter(
  others: Promise<void>,
  { id, sql, dialect }: ShapeRequest
): Promise<void> {
  await others
  const shape = await anonymize(sql, { dialect })
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage({ id, shape })
}
