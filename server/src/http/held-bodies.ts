/**
 * How much memory do bodies take that are not whole yet? Bounded in all and for each network; where
 * it is too much, the oldest body of whoever holds most has to go.
 */

export interface HeldBody {
  /** Undefined: of whoever has no share of its own; they count as one. */
  readonly network: string | undefined
  /** Answers as overload, and lets go of what was read. */
  turnAway(): void
}

/** What an array of pieces costs beside their bytes: a body can come byte by byte. */
const pieceBytes = 100

export class HeldBodies {
  readonly #limits: { readonly bodiesBytesMax: number; readonly bodiesBytesPerNetworkMax: number }
  /** In the order in which they began. */
  readonly #held = new Map<HeldBody, number>()
  readonly #byNetwork = new Map<string | undefined, number>()
  #bytes = 0
  #turnedAway = 0

  constructor(limits: {
    readonly bodiesBytesMax: number
    readonly bodiesBytesPerNetworkMax: number
  }) {
    this.#limits = limits
  }

  add(body: HeldBody, bytes: number): void {
    const { network } = body
    const more = bytes + pieceBytes
    this.#held.set(body, (this.#held.get(body) ?? 0) + more)
    const ofNetwork = (this.#byNetwork.get(network) ?? 0) + more
    this.#byNetwork.set(network, ofNetwork)
    this.#bytes += more
    const { bodiesBytesMax, bodiesBytesPerNetworkMax } = this.#limits
    if (network !== undefined && ofNetwork > bodiesBytesPerNetworkMax) this.#turnAwayOf(network)
    else if (this.#bytes > bodiesBytesMax) this.#turnAwayOf(this.#largest())
  }

  release(body: HeldBody): void {
    const bytes = this.#held.get(body)
    if (bytes === undefined) return
    this.#held.delete(body)
    this.#bytes -= bytes
    const left = (this.#byNetwork.get(body.network) ?? 0) - bytes
    if (left > 0) this.#byNetwork.set(body.network, left)
    else this.#byNetwork.delete(body.network)
  }

  state(): { readonly bytes: number; readonly turnedAway: number } {
    return { bytes: this.#bytes, turnedAway: this.#turnedAway }
  }

  #largest(): string | undefined {
    let largest: string | undefined
    let most = -1
    for (const [network, bytes] of this.#byNetwork)
      if (bytes > most) [largest, most] = [network, bytes]
    return largest
  }

  #turnAwayOf(network: string | undefined): void {
    for (const body of this.#held.keys()) {
      if (body.network !== network) continue
      this.#turnedAway += 1
      this.release(body)
      body.turnAway()
      return
    }
  }
}
