/**
 * Records of a product, as many as there are: which days there are, and each day piece by piece, so
 * that whoever is cut off asks for what is missing.
 */
import type { CompiledContract } from '@candor/contract'
import { addDays, startOfDay } from '#values/days'
import { z } from 'zod'
import type { Effects } from '../../../effects.ts'
import { CandorError } from '../../../errors.ts'
import type { Instant } from '../../../record.ts'
import {
  exportedDays,
  exportPart,
  firstKeptDay,
  type ExportedPart
} from '../../../storage/exported-records.ts'
import type { Erasure } from '../../../storage/jobs/erase.ts'
import type { Storage } from '../../../storage/storage.ts'
import { documentedViews, productView } from '../../../storage/tables/views.ts'
import type { Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, other, type Endpoint } from '../../describe/endpoint.ts'
import { day, instant, texts, whole, wholeFrom1, word } from '../../describe/shapes.ts'
import { PartSeats } from './part-seats.ts'

export interface RecordExportServices {
  readonly storage: Pick<Storage, 'query' | 'stream'>
  readonly effects: Pick<Effects, 'clock'>
  readonly productNamed: (
    reach: Reach,
    name: string
  ) => {
    readonly product: string
    readonly newest: CompiledContract
    readonly published: ReadonlyMap<string, CompiledContract>
  }
  /** When what waits to be loaded was received. */
  readonly oldestWaitingAt: () => Instant | undefined
  /** What was asked to be erased of a product and is still to be done. */
  readonly pendingErasures: (product: string) => readonly Erasure[]
  readonly audit: Pick<Audit, 'write'>
}

const mediaTypes = {
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet'
} as const
/** Long before and long after all that is kept. */
const [dayMin, dayMax] = ['1970-01-01', '9999-12-31']
const partsMax = 1_000_000
/** What was received longer ago waits in the inbox by now, and is told of there, or is loaded. */
const loadingMs = 2_000

export function recordExportEndpoints(services: RecordExportServices): readonly Endpoint[] {
  return [daysEndpoint(services), partEndpoint(services)]
}

function daysEndpoint(services: RecordExportServices): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/v1/products/{product}/export',
    says: 'which days of receipt there are to export, and in how many pieces each comes; audited',
    scope: 'read',
    query: () =>
      z.strictObject({
        since: day().default(dayMin).describe('first day of receipt'),
        until: day().default(dayMax).describe('last day of receipt')
      }),
    answer: () =>
      z.strictObject({
        product: z.string(),
        /** Those that a piece has if nothing is said. */
        columns: texts(),
        records: texts(),
        days: z.array(
          z.strictObject({
            day: day(),
            /** What lies there now: deletions that are still to be carried out go. */
            rows: whole(),
            parts: whole(),
            /** Received before this: the day’s end, or earlier on a day that goes on. */
            before: instant()
          })
        )
      }),
    async handle({ path, query, who, reach }) {
      const named = services.productNamed(reach, path.product)
      const { product } = named
      await services.audit.write({ who: who.name, act: 'export', product })
      const now = services.effects.clock.now()
      const loadedUntil = Math.min(now - loadingMs, services.oldestWaitingAt() ?? now)
      const kept = firstKept(named, now)
      const since = query.since > kept ? query.since : kept
      const span = { product, since, until: query.until, loadedUntil }
      const days = await exportedDays(services.storage, span)
      return json({
        product,
        columns: columnsOf(named),
        records: recordsOf(named),
        days: days.map((one) => ({ ...one, before: new Date(one.before).toISOString() }))
      })
    }
  })
}

function partEndpoint(services: RecordExportServices): Endpoint {
  const seats = new PartSeats(() => services.effects.clock)
  return endpoint({
    method: 'GET',
    path: '/api/v1/products/{product}/export/{day}',
    says:
      'one piece of a day’s records, with the columns of its documented view, always the same ' +
      'rows in the same order; audited',
    scope: 'read',
    query: () =>
      z.strictObject({
        format: z.enum(['ndjson', 'parquet']).default('ndjson'),
        part: wholeFrom1(1, partsMax).describe('which piece'),
        of: wholeFrom1(1, partsMax).describe('of how many, as the days were told'),
        before: instant().optional().describe('received before this, as the days were told'),
        columns: word('occurred_at,name').optional().describe('commas between them'),
        records: word('pipeline_load').optional().describe('only these; commas between them')
      }),
    media: Object.values(mediaTypes),
    async handle({ path, query, who, reach, signal }) {
      const named = services.productNamed(reach, path.product)
      const { format } = query
      const part = partOf(named, path.day, query)
      await services.audit.write({
        who: who.name,
        act: 'export',
        product: part.product,
        day: part.day
      })
      checkKept(named, part.day, services.effects.clock.now())
      const seat = await seats.take(signal)
      try {
        const erasures = services.pendingErasures(part.product)
        const { rows, body } = await exportPart(services.storage, { ...part, erasures, signal })
        body.once('close', seat.leave)
        const file = `${part.product}-${part.day}-${part.part}.${format}`
        const headers = {
          'Content-Type': mediaTypes[format],
          'Candor-Rows': String(rows),
          'Content-Disposition': `attachment; filename="${file}"`
        }
        return other({ status: 200, headers, body })
      } catch (error) {
        seat.leave()
        throw error
      }
    }
  })
}

/** Throws PARAMETER_INVALID. */
function partOf(
  named: Named,
  of: string,
  query: {
    readonly format: ExportedPart['format']
    readonly part: number
    readonly of: number
    readonly before?: string | undefined
    readonly columns?: string | undefined
    readonly records?: string | undefined
  }
): ExportedPart {
  if (!day().safeParse(of).success)
    throw new CandorError('PARAMETER_INVALID', 'A day is such as 2026-11-20.')
  if (query.part > query.of)
    throw new CandorError('PARAMETER_INVALID', 'There are fewer pieces than `part`.')
  const end = startOfDay(addDays(of, 1))
  return {
    product: named.product,
    day: of,
    before: query.before === undefined ? end : Math.min(end, Date.parse(query.before)),
    part: query.part,
    of: query.of,
    columns: chosen('columns', query.columns, columnsOf(named)),
    records: query.records === undefined ? [] : chosen('records', query.records, recordsOf(named)),
    format: query.format
  }
}

function firstKept({ newest }: Named, now: Instant): string {
  return firstKeptDay(now, newest.contract.retention.recordsDays)
}

function checkKept(named: Named, of: string, now: Instant): void {
  const kept = firstKept(named, now)
  if (of < kept)
    throw new CandorError(
      'PARAMETER_INVALID',
      `Records of ${named.product} are kept since ${kept}; those of ${of} have expired.`
    )
}

type Named = ReturnType<RecordExportServices['productNamed']>

function contractsOf({ newest, published }: Named): readonly CompiledContract[] {
  // The newest last, and once: it counts for what has changed.
  return [...[...published.values()].filter((one) => one !== newest), newest]
}

function columnsOf(named: Named): readonly string[] {
  const view = productView(named.product)
  const views = documentedViews(contractsOf(named))
  return views.find(({ name }) => name === view)?.columns.map(({ name }) => name) ?? []
}

function recordsOf(named: Named): readonly string[] {
  const all = contractsOf(named).flatMap(({ contract }) => [...contract.records.keys()])
  return [...new Set(all)]
}

function chosen(
  what: string,
  given: string | undefined,
  known: readonly string[]
): readonly string[] {
  if (given === undefined) return known
  const names = [...new Set(given.split(',').map((name) => name.trim()))]
  if (names.every((name) => known.includes(name))) return names
  throw new CandorError('PARAMETER_INVALID', `There are these ${what}: ${known.join(', ')}`)
}
