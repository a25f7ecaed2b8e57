/** Into which bins do numbers fall, so that a reader sees their shape? */

/** Linear bins are up to so many; logarithmic ones three for each power of ten. */
const binsMax = 24
/** Beyond such a spread, equal steps would put nearly all values into the first bin. */
const spreadMax = 200
const binsAtMost = 100

/** How numbers are read: any, whole ones, or amounts of bytes, which come in powers of two. */
export type Scale = 'decimal' | 'whole' | 'binary'

/**
 * Lower bounds, ascending; the first is at most `min`, and each bin ends where the next begins.
 * Steps of 1, 2 and 5 times a power of ten, whole where numbers are, or powers of two.
 */
export function binsFor({
  min,
  max,
  smallest,
  scale = 'decimal'
}: {
  readonly min: number
  readonly max: number
  readonly smallest: number | undefined
  readonly scale?: Scale
}): readonly number[] {
  if (!(max > min)) return [min]
  if (min >= 0 && smallest !== undefined && max / smallest > spreadMax)
    return scale === 'binary'
      ? powersOfTwo(smallest, max, min < smallest)
      : logarithmic(smallest, max, min < smallest)
  return linear(min, max, scale)
}

function linear(min: number, max: number, scale: Scale): readonly number[] {
  const step = stepFor((max - min) / binsMax, scale)
  const below = Math.floor(min / step)
  // Where the quotient was rounded up, the bound would lie above the least value.
  const first = multiple(below, step) > min ? below - 1 : below
  const last = Math.floor(max / step)
  return Array.from({ length: Math.min(binsAtMost, last - first + 1) }, (_, index) =>
    multiple(first + index, step)
  )
}

/**
 * Zero has a bin of its own. The last bin has no end, so that a wider spread than the bins reach is
 * in it.
 */
function logarithmic(smallest: number, max: number, hasZero: boolean): readonly number[] {
  const power = Math.floor(Math.log10(smallest)) - 1
  const steps = Array.from({ length: binsAtMost + 6 }, (_, index) =>
    decimal([1, 2, 5][index % 3] ?? 1, power + Math.floor(index / 3))
  )
  const bounds = steps.filter(
    (step, index) => step <= max && (steps[index + 1] ?? Infinity) > smallest
  )
  return [...(hasZero ? [0] : []), ...bounds.slice(0, binsAtMost)]
}

/**
 * From kilobytes to terabytes are thirty doublings; a wider spread goes by fours, or by sixteens.
 */
function powersOfTwo(smallest: number, max: number, hasZero: boolean): readonly number[] {
  const first = Math.floor(Math.log2(smallest))
  const doublings = Math.floor(Math.log2(max)) - first
  const by = Math.ceil((doublings + 1) / (binsMax + 8))
  const start = Math.floor(first / by) * by
  const bounds: number[] = []
  for (let power = start; 2 ** power <= max && bounds.length < binsAtMost; power += by)
    bounds.push(2 ** power)
  return [...(hasZero ? [0] : []), ...bounds]
}

function stepFor(least: number, scale: Scale): number {
  if (scale === 'binary') return 2 ** Math.ceil(Math.log2(least))
  const step = niceStep(least)
  return scale === 'whole' ? Math.max(1, step) : step
}

function niceStep(least: number): number {
  const power = Math.floor(Math.log10(least))
  for (const digit of [1, 2, 5]) if (decimal(digit, power) >= least) return decimal(digit, power)
  return decimal(1, power + 1)
}

/**
 * As the decimal is written: 3 × 0.1 would be 0.30000000000000004. Whole numbers are exact as they
 * are.
 */
function multiple(count: number, step: number): number {
  return Number.isInteger(step) ? count * step : Number((count * step).toPrecision(12))
}

function decimal(digit: number, power: number): number {
  return Number(`${digit}e${power}`)
}
