/** What a run leaves to chance, all of it drawn from one seed: the same seed, the same world. */

export class Chance {
  readonly #name: string
  #a: number
  #b: number
  #c: number
  #count = 1

  constructor(name: string) {
    this.#name = name
    let hash = 2_166_136_261
    const word = (): number => {
      for (const character of `${name}/${hash}`)
        hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16_777_619) >>> 0
      return hash
    }
    this.#a = word()
    this.#b = word()
    this.#c = word()
    for (let round = 0; round < 12; round += 1) this.#next()
  }

  /** Another one, of which nothing that is drawn here changes anything. */
  fork(name: string): Chance {
    return new Chance(`${this.#name}/${name}`)
  }

  /** From 0, and below 1. */
  fraction(): number {
    return this.#next() / 2 ** 32
  }

  is(probability: number): boolean {
    return this.fraction() < probability
  }

  below(count: number): number {
    return Math.floor(this.fraction() * count)
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  pick<Value>(values: readonly Value[]): Value {
    if (values.length === 0) throw new Error('there is nothing to pick from')
    return values[this.below(values.length)] as Value
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count)
    for (let at = 0; at < count; at += 1) bytes[at] = this.#next() >>> 24
    return bytes
  }

  /** This is sfc32, which is small, fast and good enough for a world. */
  #next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}
