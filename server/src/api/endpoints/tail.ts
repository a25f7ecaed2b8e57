/**
 * The live view: records as they are kept, a JSON line each, until its reader leaves or may no
 * longer look.
 */
import { Readable } from 'node:stream'
import type { Principal } from '../access/scope.ts'
import type { Endpoint } from '../describe/endpoint.ts'
import { text } from '../describe/schema.ts'

export interface TailServices {
  /** Lines of the live view, until the returned function is called. */
  readonly subscribe: (
    filter: { readonly product: string | undefined },
    listener: (line: object) => void
  ) => () => void
  readonly productNamed: (name: string) => { readonly product: string }
}

/** Lines that a slow reader may fall behind before it loses some. */
const tailLinesMax = 1000

/** Proxies and clients give up on an answer that is silent for a minute or five. */
const beatMs = 15_000

export function tailEndpoint(
  services: TailServices,
  options: { readonly beatMs: number } = { beatMs }
): Endpoint {
  return {
    method: 'GET',
    path: '/api/v1/tail',
    says: 'records as they are kept, with what was not kept and why, a JSON line each, without end, and an empty line each 15 s',
    scope: 'read',
    parameters: [{ name: 'product', says: 'only this product', schema: text }],
    answers: { 'application/x-ndjson': text },
    handle({ parameters, who }) {
      const name = parameters.get('product')
      const product = name === undefined ? undefined : services.productNamed(name).product
      return {
        status: 200,
        headers: { 'Content-Type': 'application/x-ndjson' },
        body: tail(services, product, who, options.beatMs)
      }
    }
  }
}

function tail(
  { subscribe }: TailServices,
  product: string | undefined,
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
  const unsubscribe = subscribe({ product }, (line) => {
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
