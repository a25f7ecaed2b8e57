/**
 * What happens between a request's headers and its answer: read the body within bounds, unpack it,
 * ask the route, write.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { gunzip } from 'node:zlib'
import type { Instant } from '../record.ts'
import { writeAnswer, writeEarlyAnswer } from './answer.ts'
import type { Connection, Connections } from './connections.ts'
import type { HeldBodies, HeldBody } from './held-bodies.ts'
import type { HttpLimits } from './limits.ts'
import type { Peers } from './peers.ts'
import { packingOf } from './packing.ts'
import { answerProblem } from './problems.ts'
import type { Exchange, HttpAnswer, HttpRoute, Refusal } from './route.ts'
import { corsAnswer, splitUrl, type Target } from './target.ts'

/** What all exchanges of a server have in common. */
export interface Surroundings {
  readonly connections: Connections
  readonly limits: HttpLimits
  readonly peers: Peers
  readonly bodies: HeldBodies
  readonly now: () => Instant
  readonly isClosing: () => boolean
  readonly streams: Set<Readable>
  readonly answered:
    | ((route: HttpRoute | undefined, status: number, receivedAt: Instant) => void)
    | undefined
  readonly fault: ((error: unknown) => void) | undefined
}

/**
 * Thrown away whole before an answer that needs no body, so that the connection can be used again.
 */
const discardBytesMax = 65_536

export class HttpExchange implements Exchange {
  readonly #around: Surroundings
  readonly #target: Target
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #connection: Connection
  readonly #receivedAt: Instant
  #held: HeldBody | undefined
  #leftFirst = false
  #onAnswered: ((whole: boolean) => void) | undefined

  constructor(
    around: Surroundings,
    target: Target,
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection
  ) {
    this.#around = around
    this.#target = target
    this.#request = request
    this.#response = response
    this.#connection = connection
    this.#receivedAt = around.now()
  }

  get network(): string | undefined {
    const { network, isProxy } = this.#connection.peer
    return isProxy ? this.#around.peers.ofForwarded(this.#request.headers) : network
  }

  onAnswered(call: (whole: boolean) => void): void {
    if (this.#response.closed) call(this.#isWhole())
    else this.#onAnswered = call
  }

  onLeft(call: () => void): void {
    if (this.#connection.hasLeft) call()
    else this.#connection.onLeft = call
  }

  start(): void {
    if (!this.#around.connections.began(this.#connection)) return
    this.#response.on('close', () => this.#close())
    const { headers } = this.#request
    const target = this.#target
    const bytesMax = target.is === 'route' ? target.route.bodyBytesMax : discardBytesMax
    const length = headers['content-length']
    if (headers['transfer-encoding'] === undefined && (length === undefined || length === '0'))
      this.#received(Buffer.alloc(0))
    else if (length !== undefined && Number(length) > bytesMax) this.#refuseEarly('too-large')
    else this.#receive(bytesMax)
  }

  #receive(bytesMax: number): void {
    const { connections, limits, bodies } = this.#around
    const chunks: Buffer[] = []
    let bytes = 0
    let settled = false
    const held: HeldBody = {
      network: this.network,
      turnAway: () => {
        settled = true
        chunks.length = 0
        this.#refuseEarly('overloaded')
      }
    }
    this.#held = held
    this.#request.on('data', (chunk: Buffer) => {
      if (settled) return
      bytes += chunk.length
      if (bytes <= bytesMax) {
        chunks.push(chunk)
        return bodies.add(held, chunk.length)
      }
      settled = true
      chunks.length = 0
      bodies.release(held)
      this.#refuseEarly('too-large')
    })
    this.#request.on('end', () => {
      if (settled) return
      settled = true
      this.#connection.watched = undefined
      this.#received(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes))
    })
    connections.watch(this.#connection, {
      ticksMax: connections.ticks(limits.bodyMs),
      idleTicksMax: connections.ticks(limits.bodyIdleMs),
      fail: (problem) => {
        if (settled || this.#request.complete) return false
        settled = true
        chunks.length = 0
        bodies.release(held)
        this.#refuseEarly(problem)
        return true
      }
    })
  }

  /**
   * A mistake in here must cost this request only: thrown out of a socket's event, it would end the
   * server.
   */
  #received(body: Buffer): void {
    try {
      this.#unpack(body)
    } catch (error) {
      this.#fault(error)
    }
  }

  #unpack(body: Buffer): void {
    const target = this.#target
    if (target.is === 'constant') return this.#answer(target.answer)
    const encoding = this.#request.headers['content-encoding']
    const packing = packingOf(body, encoding)
    if (packing === 'none') return this.#ask(target.route, body)
    if (packing === 'unsupported') return this.#answer(target.route.refused('unsupported-encoding'))
    gunzip(body, { maxOutputLength: target.route.bodyBytesMax }, (error, unpacked) => {
      if (error === null) return this.#ask(target.route, unpacked)
      const tooLarge = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      this.#answer(target.route.refused(tooLarge ? 'too-large' : 'bad-encoding'))
    })
  }

  #ask(route: HttpRoute, body: Buffer): void {
    const { url = '/', headers } = this.#request
    const { path, query } = splitUrl(url)
    try {
      // Node joins repeated headers to one text, but for `set-cookie`, which no client sends and no
      // route reads.
      const request = {
        path,
        query,
        headers: headers as Readonly<Record<string, string | undefined>>,
        body,
        receivedAt: this.#receivedAt
      }
      const answer = route.handle(request, this)
      if (answer instanceof Promise) answer.then(this.#answer, this.#fault)
      else this.#answer(answer)
    } catch (error) {
      this.#fault(error)
    }
  }

  readonly #fault = (error: unknown): void => {
    this.#around.fault?.(error)
    this.#answer(answerProblem('INTERNAL'))
  }

  readonly #answer = (answer: HttpAnswer): void => {
    this.#leftFirst = this.#connection.hasLeft
    if (answer.body instanceof Readable) this.#track(answer.body)
    else this.#around.connections.written(this.#connection)
    if (this.#response.destroyed) {
      if (answer.body instanceof Readable) answer.body.destroy()
      return
    }
    if (this.#around.isClosing()) this.#response.shouldKeepAlive = false
    try {
      writeAnswer(this.#response, answer, this.#more())
    } catch (error) {
      // A header that can't be written, say: the route's mistake, but not a reason to stop the
      // server.
      this.#around.fault?.(error)
      this.#request.socket.destroy()
    }
  }

  /**
   * Answers while the client may still be sending, and goes on reading for a while: a socket closed
   * with unread bytes resets, and the answer is lost.
   */
  #refuseEarly(problem: Refusal | 'timeout'): void {
    const { connections, limits } = this.#around
    const target = this.#target
    const finish = (): boolean => {
      this.#connection.watched = undefined
      this.#response.end()
      return true
    }
    const answer =
      target.is === 'constant'
        ? target.answer
        : problem === 'timeout'
          ? answerProblem('HTTP_TIMEOUT')
          : target.route.refused(problem)
    writeEarlyAnswer(this.#response, answer, this.#more())
    if (this.#request.method === 'HEAD') return void finish()
    this.#request.once('end', finish)
    this.#request.resume()
    const ticks = connections.ticks(limits.lingerMs)
    connections.watch(this.#connection, { ticksMax: ticks, idleTicksMax: ticks, fail: finish })
  }

  #more(): Readonly<Record<string, string>> | undefined {
    const target = this.#target
    if (target.is === 'constant') return target.more
    return target.route.cors === true ? corsAnswer : undefined
  }

  #track(stream: Readable): void {
    const { streams, isClosing } = this.#around
    streams.add(stream)
    stream.once('close', () => streams.delete(stream))
    this.#connection.onLeft = () => stream.destroy()
    if (isClosing() || this.#connection.hasLeft) stream.destroy()
  }

  #close(): void {
    const { connections, bodies, answered } = this.#around
    const target = this.#target
    connections.ended(this.#connection)
    if (this.#held !== undefined) bodies.release(this.#held)
    answered?.(target.route, this.#response.statusCode, this.#receivedAt)
    this.#onAnswered?.(this.#isWhole())
  }

  #isWhole(): boolean {
    return this.#response.writableFinished && !this.#leftFirst
  }
}
