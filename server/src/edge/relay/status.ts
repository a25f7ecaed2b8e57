/** What a relay tells whoever runs it: what waits, what it passed on, and what it withheld. */
import { timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import type { HttpRoute } from '../../http/route.ts'
import { jsonAnswer } from '../../protocols/json.ts'
import type { Instant } from '../../record.ts'
import { digestOf } from '../digest.ts'
import type { Passed } from './passed.ts'
import type { QueueState } from './queue.ts'

export interface RelayStatus {
  readonly relay: 1
  readonly collector: string
  /** The file; undefined: there is none. */
  readonly policy: string | undefined
  readonly since: Instant
  readonly queue: QueueState
  readonly passed: ReturnType<Passed['counts']>
  readonly last: ReturnType<Passed['last']>
}

/** Where a relay of this data folder tells how it is asked: readable for its own user alone. */
export function statusFileOf(data: string): string {
  return join(data, 'relay.json')
}

export const statusPath = '/status.json'

export function statusRoute(status: () => RelayStatus, token: string): HttpRoute {
  const wanted = Buffer.from(digestOf(`Bearer ${token}`))
  return {
    method: 'GET',
    path: statusPath,
    bodyBytesMax: 0,
    handle: ({ headers }) =>
      timingSafeEqual(wanted, Buffer.from(digestOf(headers['authorization'] ?? '')))
        ? jsonAnswer(200, status(), { 'Cache-Control': 'no-store' })
        : tokenWrong,
    refused: () => tokenWrong
  }
}

const tokenWrong = jsonAnswer(401, {
  code: 'TOKEN_WRONG',
  message: 'The token stands in relay.json in the data folder.'
})
