/** Remembers the newest answers of a function and forgets the rest: two generations, so that nothing is moved on a hit. */

export class TokenCache<Value> {
  readonly #entriesMax: number
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#entriesMax / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }
}
