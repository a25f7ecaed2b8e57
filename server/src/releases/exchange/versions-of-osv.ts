/** Ranges of versions as OSV writes them, and as our files do: each said in the other's words. */
import { compareVersionTexts, readVersion } from '#values/version-order'

/** One event of a range: where the fault begins, where it ends. */
export type OsvEvent =
  | { readonly introduced: string }
  | { readonly fixed: string }
  | { readonly last_affected: string }

/** A stretch of versions; without a beginning it begins with the first, without an end it goes on. */
interface Stretch {
  readonly from: string | undefined
  readonly until: { readonly operator: '<' | '<='; readonly version: string } | undefined
}

/** Undefined: a version in it can't be read, so nothing is guessed. */
export function rangeOfEvents(events: readonly OsvEvent[]): string | undefined {
  const stretches = stretchesOf(events)
  return stretches?.map(rangeText).join(' || ')
}

/** What ends a stretch of a range; each is the first of its line without the fault. */
export function fixesOf(events: readonly OsvEvent[]): readonly string[] {
  return events.flatMap((event) => ('fixed' in event ? [event.fixed] : []))
}

/**
 * Each alternative of a range as events. `>` and `=` have none of their own: a single version is
 * introduced and last affected, and of `>1.2.0` nothing but the version itself can be named, so it
 * counts as `>=1.2.0` there, which warns one version too many and never one too few.
 */
export function eventsOfRange(range: string): readonly (readonly OsvEvent[])[] {
  return range.split('||').map((part): readonly OsvEvent[] => {
    const bounds = part.trim().split(/\s+/)
    const after = (operators: string): string | undefined =>
      bounds.flatMap((bound) => new RegExp(`^(?:${operators})(.+)$`).exec(bound)?.[1] ?? [])[0]
    const only = bounds.flatMap((bound) => /^=?(v?\d.*)$/.exec(bound)?.[1] ?? [])[0]
    if (only !== undefined) return [{ introduced: only }, { last_affected: only }]
    const introduced = after('>=') ?? after('>(?!=)') ?? '0'
    const [fixed, last] = [after('<(?!=)'), after('<=')]
    return [
      { introduced },
      ...(fixed !== undefined ? [{ fixed }] : last !== undefined ? [{ last_affected: last }] : [])
    ]
  })
}

function stretchesOf(events: readonly OsvEvent[]): readonly Stretch[] | undefined {
  const versionOf = (event: OsvEvent): string => Object.values(event)[0] ?? ''
  const isReadable = events.every(
    (event) => versionOf(event) === '0' || readVersion(versionOf(event)) !== undefined
  )
  if (!isReadable) return undefined
  // Events may come in any order; what ends a stretch goes after what begins at the same version.
  const inOrder = events.toSorted(
    (one, other) =>
      placeOf(versionOf(one), versionOf(other)) ||
      Number('last_affected' in one) - Number('last_affected' in other)
  )
  const stretches: Stretch[] = []
  let open: { readonly from: string | undefined } | undefined
  for (const event of inOrder) {
    if ('introduced' in event)
      open ??= { from: event.introduced === '0' ? undefined : event.introduced }
    else if (open !== undefined) {
      const until =
        'fixed' in event
          ? ({ operator: '<', version: event.fixed } as const)
          : ({ operator: '<=', version: event.last_affected } as const)
      stretches.push({ ...open, until })
      open = undefined
    }
  }
  return open === undefined ? stretches : [...stretches, { ...open, until: undefined }]
}

/** `0` is before every version. */
function placeOf(one: string, other: string): number {
  if (one === other) return 0
  if (one === '0' || other === '0') return one === '0' ? -1 : 1
  return compareVersionTexts(one, other)
}

function rangeText({ from, until }: Stretch): string {
  if (until?.operator === '<=' && until.version === from) return from
  const bounds = [
    ...(from === undefined ? [] : [`>=${from}`]),
    ...(until === undefined ? [] : [`${until.operator}${until.version}`])
  ]
  return bounds.length === 0 ? '*' : bounds.join(' ')
}
