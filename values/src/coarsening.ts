/** What does a value become once it is rounded, and which of two roundings reveals nothing more? */

/**
 * digits: significant digits. bucket: the lower bound of the bucket that the value falls into.
 * nearest: multiples of a step.
 */
export type Coarsening =
  | { readonly by: 'digits'; readonly digits: number }
  | { readonly by: 'bucket'; readonly bounds: readonly number[] }
  | { readonly by: 'nearest'; readonly step: number }

export function coarsened(value: number, coarsening: Coarsening): number {
  switch (coarsening.by) {
    case 'digits':
      return toDigits(value, coarsening.digits)
    case 'nearest':
      return toNearest(value, coarsening.step)
    case 'bucket':
      return toBucket(value, coarsening.bounds)
  }
}

function toDigits(value: number, digits: number): number {
  return finite(Number(value.toPrecision(digits)))
}

function toNearest(value: number, step: number): number {
  // 15 digits are what a double holds for certain: `round: to 0.1` must not give
  // 0.30000000000000004, which says more than it should.
  return finite(Number((Math.round(value / step) * step).toPrecision(15)))
}

function toBucket(value: number, bounds: readonly number[]): number {
  return bounds.findLast((bound) => bound <= value) ?? bounds[0] ?? 0
}

/**
 * Whether equal values under `before` are always equal values under `after`, so that whoever saw
 * the first learns nothing from the second. Only what truly nests counts: multiples of 20 do not
 * follow from multiples of 10 (15 becomes 20 and 14 becomes 10, so 20 and 0), nor two digits from
 * three.
 */
export function revealsNoMore(
  after: Coarsening | undefined,
  before: Coarsening | undefined
): boolean {
  if (before === undefined) return true
  if (after?.by === 'digits') return before.by === 'digits' && after.digits === before.digits
  if (after?.by === 'nearest') return before.by === 'nearest' && nests(after.step, before.step)
  return (
    after?.by === 'bucket' &&
    before.by === 'bucket' &&
    // The first bound parts nothing: what lies below it counts as it.
    after.bounds.slice(1).every((bound) => before.bounds.slice(1).includes(bound))
  )
}

/**
 * Middles between multiples of the larger step have to be middles of the smaller: an odd number of
 * times. Fractions are left out, since a double can't hold their middles exactly.
 */
function nests(after: number, before: number): boolean {
  if (after === before) return true
  return Number.isInteger(before) && Number.isInteger(after) && (after / before) % 2 === 1
}

/** Rounding the largest numbers can lead beyond them. Adding 0 makes -0 a plain 0. */
function finite(value: number): number {
  return Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE) + 0
}

/** What is counted: labels, or numbers by the bucket that they fall into. */
export type Counting =
  | { readonly is: 'labels' }
  | { readonly is: 'buckets'; readonly bounds: readonly number[] }

/**
 * Counts by key, of one label or number, a list of them, or counts that were made already. What is
 * none of these comes back as it is, for its reader to refuse.
 */
export function countsIn(raw: unknown, counting: Counting): unknown {
  const keyOf = (each: unknown): string | undefined => {
    if (counting.is === 'labels') return typeof each === 'string' ? each : undefined
    return typeof each === 'number' && !Number.isNaN(each)
      ? bucketOf(each, counting.bounds)
      : undefined
  }
  const counts = Object.create(null) as Record<string, unknown>
  const add = (key: string, count: unknown): void => {
    const before = counts[key]
    counts[key] = typeof before === 'number' && typeof count === 'number' ? before + count : count
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    for (const each of Array.isArray(raw) ? (raw as readonly unknown[]) : [raw]) {
      const key = keyOf(each)
      if (key === undefined) return raw
      add(key, 1)
    }
    return counts
  }
  if (counting.is === 'labels') return raw
  for (const [key, count] of Object.entries(raw)) {
    const number = /^-?\d/.test(key) ? Number(key) : Number.NaN
    add(Number.isNaN(number) ? key : bucketOf(number, counting.bounds), count)
  }
  return counts
}

/** A bucket is named by its lower bound; what lies below the first counts as that. */
function bucketOf(value: number, bounds: readonly number[]): string {
  return String(toBucket(value, bounds))
}

const roundMs = { second: 1_000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }
export type TimeRounding = keyof typeof roundMs

/** The beginning of the second, minute, hour or day that an instant lies in; as it is for none. */
export function roundedInstant(instant: number, round: TimeRounding | undefined): number {
  const step = round === undefined ? 1 : roundMs[round]
  return Math.floor(instant / step) * step
}

/** Whether a time that is rounded so tells no more than one that was rounded as before. */
export function timeRevealsNoMore(
  after: TimeRounding | undefined,
  before: TimeRounding | undefined
): boolean {
  const stepOf = (round: TimeRounding | undefined): number => (round && roundMs[round]) ?? 0
  return stepOf(after) >= stepOf(before)
}
