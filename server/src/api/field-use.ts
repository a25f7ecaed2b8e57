/**
 * Which fields did anybody ask for, and when last? A day for each is all that is kept: what nobody
 * asks for should not be collected for ever.
 */
import { addDays, dayOf } from '#values/days'
import type { Effects } from '../effects.ts'

/** A season: what is asked once a quarter is still asked. */
const unusedDays = 90

export interface FieldUse {
  /** Notes that a question read them; written to the disk soon after, and once a day for each. */
  used(product: string, fields: Iterable<string>): void
  /** Of these, what no question has read for 90 days; empty while nobody has looked for so long. */
  unused(product: string, fields: Iterable<string>): readonly UnusedField[]
  close(): Promise<void>
}

interface UnusedField {
  readonly field: string
  /** The day of the last question; undefined: none since it is being noted. */
  readonly lastAsked: string | undefined
}

interface Kept {
  /** Since when it is being noted: before that, nothing is known. */
  readonly since: string
  readonly products: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Many questions of one page are one write. */
const writeAfterMs = 1_000

export async function openFieldUse({
  path,
  effects
}: {
  readonly path: string
  readonly effects: Pick<Effects, 'clock' | 'files'>
}): Promise<FieldUse> {
  const { clock, files } = effects
  const today = (): string => dayOf(clock.now())
  const kept = await read(path, effects)
  const since = kept?.since ?? today()
  const days = new Map(
    Object.entries(kept?.products ?? {}).map(([product, fields]) => [
      product,
      new Map(Object.entries(fields))
    ])
  )
  const closing = new AbortController()
  let writing: Promise<void> | undefined
  const write = async (): Promise<void> => {
    await clock.sleep(writeAfterMs, closing.signal)
    writing = undefined
    const products = Object.fromEntries(
      [...days].map(([product, fields]) => [product, Object.fromEntries(fields)])
    )
    // What can't be written is asked again tomorrow: no question may fail for it.
    await files
      .writeFile(`${path}.new`, JSON.stringify({ since, products } satisfies Kept), { mode: 0o600 })
      .then(() => files.rename(`${path}.new`, path))
      .catch(() => undefined)
  }
  if (kept === undefined) writing = write()
  return {
    used(product, fields) {
      const own = days.get(product) ?? new Map<string, string>()
      days.set(product, own)
      const now = today()
      for (const field of fields) {
        if (own.get(field) === now) continue
        own.set(field, now)
        writing ??= write()
      }
    },
    unused(product, fields) {
      const edge = addDays(today(), -unusedDays)
      if (since > edge) return []
      const own = days.get(product)
      return [...fields]
        .map((field) => ({ field, lastAsked: own?.get(field) }))
        .filter(({ lastAsked }) => lastAsked === undefined || lastAsked < edge)
    },
    async close() {
      closing.abort()
      await writing
    }
  }
}

/** Undefined: there is none, or somebody spoiled it; then it begins anew. */
async function read(path: string, { files }: Pick<Effects, 'files'>): Promise<Kept | undefined> {
  try {
    const kept = JSON.parse(await files.readFile(path, 'utf8')) as Partial<Kept>
    return typeof kept.since === 'string' && typeof kept.products === 'object'
      ? (kept as Kept)
      : undefined
  } catch {
    return undefined
  }
}
