/** Where does one installation stand in its fleet, by what is published of it? */
import { compareVersions, readVersion, type Version } from '../version-order.ts'

/** Shares of 1. */
export interface Fleet {
  readonly product: string
  /** The last of the days that it counts. */
  readonly until: string
  readonly versions: readonly { readonly version: string; readonly share: number }[]
  readonly numbers: readonly {
    readonly field: string
    readonly title: string
    readonly upTo: readonly { readonly below: number; readonly share: number }[]
  }[]
}

export interface Standing {
  readonly newer: number
  readonly same: number
  readonly older: number
}

const listMax = 1_000

/** Undefined: it is no fleet file, whatever signed it. Never throws. */
export function readFleet(signed: string): Fleet | undefined {
  let read: unknown
  try {
    read = JSON.parse(signed)
  } catch {
    return undefined
  }
  if (!isObject(read) || read['candor'] !== 1 || read['kind'] !== 'fleet') return undefined
  const { product, period, versions, numbers } = read
  const until = isObject(period) ? period['last'] : undefined
  if (typeof product !== 'string' || typeof until !== 'string') return undefined
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until)) return undefined
  return {
    product,
    until,
    versions: listIn(versions).flatMap(({ version, share }) =>
      typeof version === 'string' && isShare(share) ? [{ version, share }] : []
    ),
    numbers: listIn(numbers).flatMap(({ field, title, upTo }) =>
      typeof field === 'string' && typeof title === 'string'
        ? [
            {
              field,
              title,
              upTo: listIn(upTo).flatMap(({ below, share }) =>
                typeof below === 'number' && isShare(share) ? [{ below, share }] : []
              )
            }
          ]
        : []
    )
  }
}

/** Undefined where either side names no version that can be compared. */
export function standingOf({ versions }: Fleet, version: string): Standing | undefined {
  const own = readVersion(version)
  if (own === undefined) return undefined
  const known = versions.flatMap((each) => {
    const order = orderOf(each.version, own)
    return order === undefined ? [] : [{ order, share: each.share }]
  })
  if (known.length === 0) return undefined
  const sum = (fits: (order: number) => boolean): number =>
    known.reduce((all, { order, share }) => (fits(order) ? all + share : all), 0)
  return {
    newer: sum((order) => order > 0),
    same: sum((order) => order === 0),
    older: sum((order) => order < 0)
  }
}

/** What a user is told, a sentence each. */
export function sayStanding(fleet: Fleet, version: string): readonly string[] {
  const standing = standingOf(fleet, version)
  if (standing === undefined) return [`Nothing is published that ${version} can be compared with.`]
  return [
    `You run ${version}; of the fleet ${percent(standing.newer)} are newer, ` +
      `${percent(standing.same)} run the same line and ${percent(standing.older)} are older.`,
    `These are the published numbers of the 30 days to ${fleet.until}; nobody was asked anything.`
  ]
}

/** `2.26.x` is of the same line as `2.26.1`, whatever its third number is. */
function orderOf(version: string, own: Version): number | undefined {
  const line = /^[vV]?(\d+)\.(\d+)\.x$/.exec(version)
  if (line !== null) {
    const [major, minor] = [Number(line[1]), Number(line[2])]
    return major - (own.numbers[0] ?? 0) || minor - (own.numbers[1] ?? 0)
  }
  const read = readVersion(version)
  return read === undefined ? undefined : compareVersions(read, own)
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function listIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.slice(0, listMax).filter(isObject) : []
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
