/** Remembers the newest answers of a function and forgets the rest: two generations, so that nothing is moved on a hit. */

export class TokenCache {
  readonly #entriesMax: number
  #young = new Map<string, string>()
  #old = new Map<string, string>()

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax
  }

  get(key: string): string | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return young
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: string): void {
    if (this.#young.size >= this.#entriesMax / 2) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, value)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
  }
}
