/**
 * The live view: records as they are kept, a JSON line each, until its reader leaves or may no
 * longer look.
 */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { CandorError } from '../../errors.ts'
import type { Principal, Reach } from '../access/scope.ts'
import { endpoint, other, type Endpoint } from '../describe/endpoint.ts'
import { productName } from '../describe/shapes.ts'

export interface TailServices {
  /** Lines of the live view, until the returned function is called. */
  readonly subscribe: (
    filter: { readonly shows: (product: string) => boolean },
    listener: (line: object) => void
  ) => () => void
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
}

/** Lines that a slow reader may fall behind before it loses some. */
const tailLinesMax = 1000

/**
 * Live views of one token or session, and of all together but the operator's, whose own are never
 * among them: the collector ends its oldest reader beyond sixteen.
 */
const tailsOfOneMax = 3
const tailsOfOthersMax = 12

/** Proxies and clients give up on an answer that is silent for a minute or five. */
const beatMs = 15_000

export function tailEndpoint(
  services: TailServices,
  options: { readonly beatMs: number } = { beatMs }
): Endpoint {
  const open = new Map<string, number>()
  return endpoint({
    method: 'GET',
    path: '/api/v1/tail',
    says:
      'records as they are kept, with what was not kept and why, a JSON line each, without ' +
      'end, and an empty line each 15 s',
    scope: 'read',
    query: () =>
      z.strictObject({ product: productName().optional().describe('only this product') }),
    media: ['application/x-ndjson'],
    handle({ query: { product: name }, who, reach }) {
      const one = name === undefined ? undefined : services.productNamed(reach, name).product
      const shows = one === undefined ? reach.has : (product: string) => product === one
      const isOperator = who.owner === 'operator'
      const mine = open.get(who.key) ?? 0
      const all = [...open.values()].reduce((total, count) => total + count, 0)
      if (!isOperator && (mine >= tailsOfOneMax || all >= tailsOfOthersMax))
        throw new CandorError(
          'RATE_LIMITED',
          `At most ${tailsOfOneMax} live views of one token, and ${tailsOfOthersMax} in all; ` +
            'close one first.',
          { details: { retryAfterSeconds: 30 } }
        )
      const stream = tail(services, shows, who, options.beatMs)
      if (!isOperator) {
        open.set(who.key, mine + 1)
        stream.once('close', () => {
          const left = (open.get(who.key) ?? 1) - 1
          if (left > 0) open.set(who.key, left)
          else open.delete(who.key)
        })
      }
      return other({
        status: 200,
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: stream
      })
    }
  })
}

function tail(
  { subscribe }: TailServices,
  shows: (product: string) => boolean,
  who: Principal,
  everyMs: number
): Readable {
  let missed = 0
  const stream = new Readable({
    objectMode: false,
    highWaterMark: 1_048_576,
    read: () => undefined
  })
  let waiting = 0
  const unsubscribe = subscribe({ shows }, (line) => {
    // A token that was revoked since, or a session that has ended, sees nothing more.
    if (!who.isLive()) return void stream.destroy()
    if (waiting >= tailLinesMax) {
      missed += 1
      return
    }
    waiting += 1
    const said =
      missed > 0
        ? `${JSON.stringify({ is: 'missed', count: missed })}\n${JSON.stringify(line)}\n`
        : `${JSON.stringify(line)}\n`
    missed = 0
    // A reader that takes what it is given empties the buffer at once; one that does not is told
    // how much it missed.
    if (stream.push(said)) waiting = 0
  })
  stream._read = () => {
    waiting = 0
  }
  const beat = setInterval(() => {
    if (!who.isLive()) stream.destroy()
    else if (waiting === 0) stream.push('\n')
  }, everyMs)
  beat.unref()
  stream.once('close', () => {
    clearInterval(beat)
    unsubscribe()
  })
  return stream
}
