/**
 * Who has kept us waiting for how long: the clock of every connection, and which silent one goes
 * when there are too many.
 */
import type { Socket } from 'node:net'
import type { Clock } from '../effects.ts'
import { rawAnswer } from './answer.ts'
import type { HttpProblem } from './problems.ts'
import type { HttpLimits } from './limits.ts'
import { networkOf } from './network.ts'
import type { Peer, Peers } from './peers.ts'

export type ClosedBecause =
  | 'silent'
  | 'crowded'
  | 'head-late'
  | 'idle'
  | 'malformed'
  | 'not-read'
  | 'pipelined'

/** A body that is being read or thrown away, watched from outside. */
export interface BodyBeingRead {
  readonly ticksMax: number
  readonly idleTicksMax: number
  /**
   * The rest will not come (in time, or well-formed). False: nothing is missing, so that this is no
   * matter of this body.
   */
  fail(problem: 'timeout' | 'malformed'): boolean
}

interface WatchedReading {
  readonly reading: BodyBeingRead
  readonly since: number
  movedAt: number
  bytes: number
}

export class Connection {
  readonly socket: Socket
  readonly network: string
  readonly peer: Peer
  /**
   * handshake, silent: no byte yet. head: between a request's first byte and its last header.
   * leaving: refused, waits for the client to go.
   */
  phase: 'handshake' | 'silent' | 'head' | 'busy' | 'writing' | 'idle' | 'leaving'
  /** Tick in which the phase began. */
  since: number
  /** Bytes read when the phase began. */
  bytes: number
  /** Requests whose answers have not gone out. */
  waiting = 0
  watched: WatchedReading | undefined
  /** The client has closed its half: nearly always it is gone, though a few still read. */
  hasLeft = false
  onLeft: (() => void) | undefined
  /**
   * Bytes after the waiting requests made no sense: said after their answers, unless one of them
   * said it.
   */
  refusal: HttpProblem | 'said' | undefined

  constructor(socket: Socket, peer: Peer, phase: 'handshake' | 'silent', tick: number) {
    this.socket = socket
    this.peer = peer
    this.network = networkOf(socket.remoteAddress)
    this.phase = phase
    this.since = tick
    this.bytes = socket.bytesRead
  }
}

/**
 * Time is counted in sweeps over all connections instead of a timer per connection: nothing to arm
 * on the hot path, and a process that was
 * suspended does not close everybody on its return. Node's own time limits can't express the first
 * one, since they count the head from connect.
 */
export class Connections {
  readonly #limits: HttpLimits
  readonly #clock: Clock
  readonly #closed: ((because: ClosedBecause) => void) | undefined
  readonly #bySocket = new Map<Socket, Connection>()
  /** In the order of arrival. */
  readonly #silent = new Set<Connection>()
  readonly #silentByNetwork = new Map<string, Set<Connection>>()
  /** All of them, by whose share they take; those that have none of their own are one. */
  readonly #byShare = new Map<string, Set<Connection>>()
  readonly #peers: Peers
  #closedCrowded = 0
  readonly #tickMs: number
  #tick = 0
  #cancel: (() => void) | undefined

  constructor(options: {
    readonly limits: HttpLimits
    readonly clock: Clock
    readonly peers: Peers
    readonly closed?: ((because: ClosedBecause) => void) | undefined
  }) {
    const { firstByteMs, headMs, bodyIdleMs, bodyMs, keepAliveMs, writeMs, lingerMs } =
      options.limits
    this.#limits = options.limits
    this.#clock = options.clock
    this.#peers = options.peers
    this.#closed = options.closed
    this.#tickMs = Math.max(
      5,
      Math.min(
        1_000,
        ...[firstByteMs, headMs, bodyIdleMs, bodyMs, keepAliveMs, writeMs, lingerMs].map(
          (ms) => ms / 4
        )
      )
    )
  }

  get count(): number {
    return this.#bySocket.size
  }

  /** Closed since the start because there were too many. */
  get closedCrowded(): number {
    return this.#closedCrowded
  }

  get silentCount(): number {
    return this.#silent.size
  }

  start(): void {
    this.#cancel ??= this.#clock.after(this.#tickMs, () => {
      this.#cancel = undefined
      this.#sweep()
      this.start()
    })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  add(socket: Socket, phase: 'handshake' | 'silent'): void {
    const connection = new Connection(
      socket,
      this.#peers.ofSocket(socket.remoteAddress),
      phase,
      this.#tick
    )
    this.#bySocket.set(socket, connection)
    socket.once('close', () => this.remove(socket))
    socket.once('end', () => {
      connection.hasLeft = true
      connection.onLeft?.()
    })
    const neighbours = this.#silentByNetwork.get(connection.network)
    if (neighbours === undefined)
      this.#silentByNetwork.set(connection.network, new Set([connection]))
    else neighbours.add(connection)
    this.#silent.add(connection)
    if (neighbours !== undefined && neighbours.size > this.#limits.silentPerNetworkMax)
      this.#evictOldest(neighbours)
    if (this.#silent.size > this.#limits.silentMax) this.#evictOldest(this.#silent)
    this.#addShare(connection)
  }

  #addShare(connection: Connection): void {
    const share = connection.peer.network ?? ''
    const among = this.#byShare.get(share) ?? new Set()
    among.add(connection)
    this.#byShare.set(share, among)
    const { connectionsMax, connectionsPerNetworkMax } = this.#limits
    if (share !== '' && among.size > connectionsPerNetworkMax) this.#makeRoom(among)
    if (this.#bySocket.size > connectionsMax) this.#makeRoom(this.#largestShare())
  }

  #largestShare(): ReadonlySet<Connection> {
    let largest: ReadonlySet<Connection> = new Set()
    for (const among of this.#byShare.values()) if (among.size > largest.size) largest = among
    return largest
  }

  /**
   * The oldest that waits for nothing goes first, then the oldest whose request is not whole; while
   * all are being answered, the newest.
   */
  #makeRoom(among: ReadonlySet<Connection>): void {
    const all = [...among]
    const going =
      all.find(({ phase, waiting }) => waiting === 0 && phase !== 'leaving') ??
      all.find(({ watched }) => watched !== undefined) ??
      all.at(-1)
    if (going !== undefined) this.#close(going, 'crowded')
  }

  remove(socket: Socket): void {
    const connection = this.#bySocket.get(socket)
    if (connection === undefined) return
    this.#bySocket.delete(socket)
    this.#forgetSilent(connection)
    const share = connection.peer.network ?? ''
    const among = this.#byShare.get(share)
    among?.delete(connection)
    if (among?.size === 0) this.#byShare.delete(share)
  }

  of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket)
  }

  /**
   * A request's headers are whole. False: it will not be answered, because it came too late or too
   * many wait on this connection.
   */
  began(connection: Connection): boolean {
    if (connection.phase === 'leaving') return false
    if (connection.phase === 'silent') this.#forgetSilent(connection)
    connection.phase = 'busy'
    connection.waiting += 1
    if (connection.waiting <= this.#limits.pipelinedMax) return true
    this.#close(connection, 'pipelined')
    return false
  }

  watch(connection: Connection, reading: BodyBeingRead): void {
    connection.watched = {
      reading,
      since: this.#tick,
      movedAt: this.#tick,
      bytes: connection.socket.bytesRead
    }
  }

  /**
   * The last answer that is due was given to the socket: from now on it is the client who lets us
   * wait.
   */
  written(connection: Connection): void {
    if (connection.waiting !== 1 || connection.phase !== 'busy') return
    connection.phase = 'writing'
    connection.since = this.#tick
  }

  ended(connection: Connection): void {
    connection.waiting -= 1
    if (connection.waiting > 0) {
      connection.phase = 'busy'
      return
    }
    connection.watched = undefined
    connection.phase = 'idle'
    connection.since = this.#tick
    connection.bytes = connection.socket.bytesRead
    if (connection.refusal !== undefined && connection.refusal !== 'said')
      this.#refuse(connection, connection.refusal)
  }

  /** What came was no HTTP. Answers of earlier requests go out first. */
  malformed(connection: Connection, problem: HttpProblem): void {
    if (connection.refusal !== undefined) return
    const isSaid = connection.watched?.reading.fail('malformed') === true
    connection.refusal = isSaid ? 'said' : problem
    if (!isSaid && connection.waiting === 0) this.#refuse(connection, problem)
  }

  /** Closes those that wait for a next request. Others end after their answer. */
  closeQuiet(): void {
    for (const connection of this.#bySocket.values()) {
      const { phase, socket, bytes } = connection
      if (
        phase === 'handshake' ||
        ((phase === 'silent' || phase === 'idle') && socket.bytesRead === bytes)
      )
        socket.destroy()
    }
  }

  destroyAll(): void {
    for (const socket of this.#bySocket.keys()) socket.destroy()
  }

  ticks(ms: number): number {
    return Math.ceil(ms / this.#tickMs)
  }

  #sweep(): void {
    this.#tick += 1
    const { firstByteMs, headMs, keepAliveMs, writeMs, lingerMs } = this.#limits
    for (const connection of this.#bySocket.values()) {
      const waited = this.#tick - connection.since
      switch (connection.phase) {
        case 'silent':
          if (!this.#noticeBytes(connection) && waited >= this.ticks(firstByteMs))
            this.#close(connection, 'silent')
          break
        case 'idle':
          if (!this.#noticeBytes(connection) && waited >= this.ticks(keepAliveMs))
            this.#close(connection, 'idle')
          break
        case 'head':
          if (waited >= this.ticks(headMs)) this.#refuse(connection, 'HTTP_TIMEOUT')
          break
        case 'writing':
          if (connection.watched === undefined && waited >= this.ticks(writeMs))
            this.#close(connection, 'not-read')
          break
        case 'leaving':
          if (waited >= this.ticks(lingerMs)) connection.socket.destroy()
          break
        default:
      }
      if (connection.watched !== undefined) this.#sweepReading(connection, connection.watched)
    }
  }

  #sweepReading(connection: Connection, watched: WatchedReading): void {
    const bytes = connection.socket.bytesRead
    if (bytes !== watched.bytes) {
      watched.bytes = bytes
      watched.movedAt = this.#tick
    }
    const late =
      this.#tick - watched.since >= watched.reading.ticksMax ||
      this.#tick - watched.movedAt >= watched.reading.idleTicksMax
    if (late) watched.reading.fail('timeout')
  }

  #noticeBytes(connection: Connection): boolean {
    if (connection.socket.bytesRead === connection.bytes) return false
    this.#forgetSilent(connection)
    connection.phase = 'head'
    connection.since = this.#tick
    return true
  }

  #evictOldest(among: ReadonlySet<Connection>): void {
    for (const connection of among) {
      if (connection.phase === 'silent' && this.#noticeBytes(connection)) continue
      return this.#close(connection, 'crowded')
    }
  }

  #forgetSilent(connection: Connection): void {
    if (!this.#silent.delete(connection)) return
    const neighbours = this.#silentByNetwork.get(connection.network)
    neighbours?.delete(connection)
    if (neighbours?.size === 0) this.#silentByNetwork.delete(connection.network)
  }

  #refuse(connection: Connection, problem: HttpProblem): void {
    connection.refusal = problem
    connection.phase = 'leaving'
    connection.since = this.#tick
    this.#forgetSilent(connection)
    this.#closed?.(problem === 'HTTP_TIMEOUT' ? 'head-late' : 'malformed')
    if (connection.socket.writable) connection.socket.end(rawAnswer(problem))
    else connection.socket.destroy()
  }

  #close(connection: Connection, because: ClosedBecause): void {
    this.#forgetSilent(connection)
    connection.phase = 'leaving'
    if (because === 'crowded') this.#closedCrowded += 1
    this.#closed?.(because)
    connection.socket.destroy()
  }
}
