/**
 * Takes in what another tool kept for years: each event into the day that it belongs to, each piece
 * once, and counted apart from what comes today.
 */
import { createHash } from 'node:crypto'
import { DAY_MS } from '#values/days'
import { OwnFile } from '../../config/own-file.ts'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import { eventsIn, isPosthogEvent } from '../../protocols/posthog/posthog-events.ts'
import type { Outcome } from '../../protocols/protocol.ts'
import { isObject, parseJson, type JsonObject } from '../../protocols/json.ts'
import { readEvents } from '../../protocols/segment/read-events.ts'
import { plainReading, type EventReading } from '../../protocols/segment/reading.ts'
import { recordsOf } from '../../protocols/segment/records.ts'
import type { Placed } from '../../protocols/segment/results.ts'
import type { Instant } from '../../record.ts'
import type { Collector } from '../collect.ts'
import type { Catalogue } from '../published-names.ts'

/** What became of the events of an import, all pieces together. */
interface ImportTally {
  readonly import: string
  readonly product: string
  /** Which piece comes next. */
  readonly next: number
  readonly events: number
  readonly kept: number
  /** Of those, older than records are kept: only counts of them are. */
  readonly onlyCounted: number
  /** Of those, fields that the contract does not keep, by reason. */
  readonly fieldsDropped: Readonly<Record<string, number>>
  readonly dropped: Readonly<Record<string, number>>
  /** Of the days that they belong to. */
  readonly first: string | null
  readonly last: string | null
  readonly lastAt: Instant
  readonly isDone: boolean
}

export interface ImportPiece {
  readonly product: string
  readonly import: string
  readonly chunk: number
  readonly isLast: boolean
  readonly events: readonly unknown[]
}

export interface Imports {
  take(piece: ImportPiece): Promise<ImportTally>
  list(): readonly ImportTally[]
  /**
   * Products of which more is to come, or is not loaded yet: their past is counted when all of it
   * is there.
   */
  areOpen(oldestWaitingAt: Instant | undefined): ReadonlySet<string>
}

/** Longer than anybody waits with the second half of an import. */
const markMs = 400 * DAY_MS
/** An import of which nothing came for so long is over. */
const openMsMax = 7 * DAY_MS
/** A ledger of imports that nobody would read to its end. */
const importsMax = 1_000

export async function openImports({
  path,
  collector,
  catalogue,
  readingOf,
  effects
}: {
  readonly path: string
  readonly collector: Pick<Collector, 'collect'>
  readonly catalogue: Catalogue
  readonly readingOf: (product: string) => EventReading | undefined
  readonly effects: Effects
}): Promise<Imports> {
  const { files, clock } = effects
  const tallies = new Map<string, ImportTally>()
  for (const tally of await read(path, files)) tallies.set(keyOf(tally), tally)
  const own = new OwnFile(path, () => JSON.stringify([...tallies.values()], null, 1), files)
  let last: Promise<unknown> = Promise.resolve()

  async function takeNow(piece: ImportPiece): Promise<ImportTally> {
    const { product, chunk } = piece
    if (catalogue.product(product) === undefined)
      throw new CandorError('PRODUCT_UNKNOWN', `No product is called ${product}.`)
    const before = tallies.get(keyOf(piece)) ?? emptyTally(piece, clock.now())
    // Each piece is kept once, and counted once, however often it is sent.
    if (chunk < before.next || before.isDone) return before
    if (chunk > before.next)
      throw new CandorError('IMPORT_OUT_OF_ORDER', `Piece ${before.next} of this import is next.`)
    const now = clock.now()
    const judged = await judge(piece, now)
    const tally = { ...added(before, judged), next: chunk + 1, lastAt: now, isDone: piece.isLast }
    // Behind all others: the first in the map is the one that has waited longest.
    tallies.delete(keyOf(piece))
    tallies.set(keyOf(piece), tally)
    const [oldest] = tallies.keys()
    if (tallies.size > importsMax && oldest !== undefined) tallies.delete(oldest)
    await own.write()
    return tally
  }

  async function judge(piece: ImportPiece, now: Instant): Promise<Judged> {
    const { product } = piece
    const lines = piece.events.map(batchOf)
    const events = lines.flatMap((line) => (line === undefined ? [] : [line]))
    const body = { batch: events }
    const read = readEvents(body, {
      body: Buffer.from(JSON.stringify(body)),
      receivedAt: now,
      type: undefined
    })
    const placed: Placed = { product, places: read.places?.slice(), dropped: read.dropped }
    const records = recordsOf(product, readingOf(product) ?? plainReading, read.events, placed)
    const outcomes = await collector.collect(
      {
        is: 'records',
        records,
        dropped: [],
        duplicates: {
          by: 'request',
          ttlMs: markMs,
          scope: `import ${product}`,
          key: createHash('sha256').update(`${piece.import}\n${piece.chunk}`).digest()
        }
      },
      { protocol: 'import', receivedAt: now, isImport: true }
    )
    return {
      events: piece.events.length,
      malformed: piece.events.length - events.length,
      early: read.dropped,
      refused: read.events.length - records.length,
      outcomes
    }
  }

  return {
    take(piece) {
      const taken = last.then(() => takeNow(piece))
      last = taken.catch(() => undefined)
      return taken
    },
    list: () => [...tallies.values()],
    areOpen: (oldestWaitingAt) =>
      new Set(
        [...tallies.values()].flatMap(({ product, isDone, lastAt }) =>
          (!isDone && clock.now() - lastAt < openMsMax) ||
          (oldestWaitingAt !== undefined && oldestWaitingAt <= lastAt)
            ? [product]
            : []
        )
      )
  }
}

/** Throws where the file is there and can't be read: the next write would replace it. */
async function read(path: string, files: Effects['files']): Promise<readonly ImportTally[]> {
  const text = await files.readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '[]'
    throw error
  })
  return JSON.parse(text) as readonly ImportTally[]
}

function keyOf({ product, import: name }: Pick<ImportPiece, 'product' | 'import'>): string {
  return `${product}/${name}`
}

interface Judged {
  readonly events: number
  readonly malformed: number
  readonly early: readonly { readonly code: string; readonly events: number }[]
  /** Events that say only that their user refuses. */
  readonly refused: number
  readonly outcomes: readonly Outcome[]
}

function emptyTally(piece: ImportPiece, now: Instant): ImportTally {
  return {
    import: piece.import,
    product: piece.product,
    next: 0,
    events: 0,
    kept: 0,
    onlyCounted: 0,
    fieldsDropped: {},
    dropped: {},
    first: null,
    last: null,
    lastAt: now,
    isDone: false
  }
}

function added(before: ImportTally, judged: Judged): ImportTally {
  const dropped = new Map(Object.entries(before.dropped))
  const fields = new Map(Object.entries(before.fieldsDropped))
  const add = (to: Map<string, number>, code: string, count: number): void => {
    if (count > 0) to.set(code, (to.get(code) ?? 0) + count)
  }
  let { kept, onlyCounted, first, last } = before
  add(dropped, 'EVENT_MALFORMED', judged.malformed)
  add(dropped, 'REFUSAL', judged.refused)
  for (const { code, events } of judged.early) add(dropped, code, events)
  for (const outcome of judged.outcomes) {
    if (outcome.is === 'dropped') {
      add(dropped, outcome.dropped[0]?.code ?? 'RECORD_NOT_IN_CONTRACT', 1)
      continue
    }
    kept++
    for (const { code } of outcome.dropped) add(fields, code, 1)
    const { imported } = outcome
    if (imported === undefined) continue
    if (imported.isOnlyCounted) onlyCounted++
    if (first === null || imported.day < first) first = imported.day
    if (last === null || imported.day > last) last = imported.day
  }
  return {
    ...before,
    events: before.events + judged.events,
    kept,
    onlyCounted,
    first,
    last,
    dropped: Object.fromEntries(dropped),
    fieldsDropped: Object.fromEntries(fields)
  }
}

/** A line of Segment's or PostHog's export, as an event of Segment's. Undefined: it is neither. */
function batchOf(line: unknown): JsonObject | undefined {
  if (!isObject(line)) return undefined
  if (isPosthogEvent(line)) {
    const [event] = eventsIn({ batch: [withProperties(line)] }, 0)['batch'] as readonly unknown[]
    return isObject(event) ? event : undefined
  }
  // When it was sent is long ago; its time was corrected by whoever kept it.
  const { sentAt: _sentAt, ...event } = line
  return event
}

/** PostHog's files hold the properties as JSON in a text. */
function withProperties(line: JsonObject): JsonObject {
  const { properties } = line
  const read = typeof properties === 'string' ? parseJson(properties) : undefined
  return read === undefined ? line : { ...line, properties: read }
}
