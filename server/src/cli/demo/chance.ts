/** Repeatable chance, so that two people who run the demonstration see the same fleet. */

export interface Chance {
  /** In [0, 1). */
  unit(): number
  whole(from: number, to: number): number
  /** True with this probability. */
  happens(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
  /** By weight; the weights need not add up to one. */
  weighted<Item>(items: readonly (readonly [Item, number])[]): Item
  hex(digits: number): string
  uuid(): string
  /** Around the median, with a long tail: sizes and durations look like this. */
  skewed(median: number): number
}

/**
 * Mulberry32, by Tommy Ettinger (public domain): 32 bits of state are plenty for a demonstration,
 * and it needs no library.
 */
export function chanceFrom(seed: number): Chance {
  let state = seed >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1))
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => whole(0, 15).toString(16)).join('')
  const pick = <Item>(items: readonly Item[]): Item => items[whole(0, items.length - 1)] as Item
  return {
    unit,
    whole,
    hex,
    pick,
    happens: (probability) => unit() < probability,
    weighted(items) {
      let left = unit() * items.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [item, weight] of items) {
        left -= weight
        if (left < 0) return item
      }
      return pick(items)[0]
    },
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${pick(['8', '9', 'a', 'b'])}${hex(3)}-${hex(12)}`,
    skewed: (median) => median * Math.exp((unit() + unit() + unit() - 1.5) * 1.6)
  }
}
