/**
 * Tells the last full week of a product in at most fifteen lines: for a chat, a cron job, a
 * Monday's mail.
 */
import { addDays, dayOf } from '#values/days'
import type { AnswerRow, AnswerTable } from '../analytics/asking/question.ts'
import { quietDays, withWeekday } from '../analytics/asking/quiet-days.ts'
import { isCandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import type { Ask } from './facts.ts'

export interface DigestOptions {
  readonly product: string
  readonly ask: Ask
  readonly now: Instant
  /** What ends within 60 days, by name. */
  readonly expiring: readonly { readonly name: string; readonly expires: string }[]
  /** Fields that no question has read for 90 days. */
  readonly unused: readonly string[]
  /** Where the dashboard is; undefined: no link. */
  readonly dashboard: string | undefined
}

/** As soon as a maintainer can still ask and release before it. */
export const expiringDays = 60
/** Longer lists are cut and counted. */
const namesMax = 3
const nothing = '–'

/**
 * Seven full days (UTC), beside the seven before. Rejects with what the questions reject with; a
 * question that a contract can't be asked is a line less.
 */
export async function digestOf(options: DigestOptions): Promise<readonly string[]> {
  const { product, now, dashboard } = options
  const until = addDays(dayOf(now), -1)
  const since = addDays(until, -6)
  const span = { since, until }
  const lines = [
    `${product}, ${since} to ${until} (UTC, seven full days), beside the seven days before`,
    ...(await active(options, span)),
    ...(await quiet(options, span)),
    ...(await versions(options, span)),
    ...(await failures(options, span)),
    ...(await comings(options, span)),
    ...(await drift(options, span)),
    ...expiring(options),
    ...unused(options),
    ...(dashboard === undefined ? [] : [`More: ${dashboard}/overview?product=${product}`])
  ]
  return lines
}

type Days = Readonly<Record<'since' | 'until', string>>

async function active({ product, ask }: DigestOptions, span: Days): Promise<readonly string[]> {
  const { rows } = await ask(product, 'active-installations', {
    ...span,
    unit: 'all',
    compare: 'previous'
  })
  const [row] = rows
  if (row === undefined || numberIn(row, 'records') === undefined)
    return [line('Records', 'no data yet')]
  const automated = numberIn(row, 'automated')
  const installations = numberIn(row, 'installations')
  return [
    ...(installations === undefined
      ? []
      : [
          line(
            'Installations',
            changed(row, 'installations') +
              (automated === undefined ? '' : `, of them automated ${count(automated)}`)
          )
        ]),
    line('Records', changed(row, 'records'))
  ]
}

/** An outage of a day is hardly seen in a number of seven. */
async function quiet({ product, ask }: DigestOptions, span: Days): Promise<readonly string[]> {
  const days = { since: addDays(span.since, -7), until: span.until }
  const { rows } = await ask(product, 'active-installations', { ...days, unit: 'day' })
  const counted = rows.map((row) => ({
    day: String(row['day']),
    value: numberIn(row, 'records') ?? null
  }))
  const found = quietDays(counted, { first: span.since, last: span.until }).map(
    ({ day, value, before }) =>
      `${withWeekday(day)} (${count(value)} records, ${count(before)} a week before)`
  )
  return found.length === 0 ? [] : [line('Quiet', listed(found))]
}

async function versions({ product, ask }: DigestOptions, span: Days): Promise<readonly string[]> {
  const { rows } = await ask(product, 'versions', span)
  const known = rows.filter(({ version }) => typeof version === 'string' && version !== '(others)')
  const [newest] = known
  if (newest === undefined) return []
  const share = numberIn(newest, 'share')
  const before = await ask(product, 'versions', {
    since: addDays(span.since, -28),
    until: addDays(span.since, -1)
  })
  const old = new Set(before.rows.map(({ version }) => version))
  const fresh = known.filter(({ version }) => !old.has(version))
  return [
    line('Newest', `${String(newest['version'])}, on ${percent(share)}`),
    // Where nothing came before, everything would be new.
    ...(fresh.length === 0 || before.rows.length === 0
      ? []
      : [line('New versions', listed(fresh.map(({ version }) => String(version))))])
  ]
}

async function failures({ product, ask }: DigestOptions, span: Days): Promise<readonly string[]> {
  const now = await optional(() => ask(product, 'failures', span))
  if (now === undefined) return []
  const length = { since: addDays(span.since, -7), until: addDays(span.until, -7) }
  const before = await ask(product, 'failures', length)
  const [rate, usual] = [rateOf(now.rows), rateOf(before.rows)]
  if (rate === undefined) return []
  const worst = now.rows
    .filter((row) => (numberIn(row, 'failed') ?? 0) > 0)
    .toSorted((a, b) => (numberIn(b, 'failed') ?? 0) - (numberIn(a, 'failed') ?? 0))
    .map((row) => `${String(row['name'])} ${count(numberIn(row, 'failed') ?? 0)}`)
  return [
    line('Failures', `${percent(rate)} (${percent(usual)} before)`),
    ...(worst.length === 0 ? [] : [line('most in', listed(worst))])
  ]
}

/**
 * It is told only where the seven days are a whole week, as on a Monday: half a week has no
 * newcomers to tell.
 */
async function comings({ product, ask }: DigestOptions, span: Days): Promise<readonly string[]> {
  const answer = await optional(() => ask(product, 'new-returning-lost', { ...span, unit: 'week' }))
  const isCut = (answer?.partial ?? []).some(({ period }) => period === span.since)
  const row = answer?.rows.find(({ week }) => week === span.since)
  if (row === undefined || isCut) return []
  const parts = ['new', 'back'].flatMap((name) => {
    const value = numberIn(row, name)
    return value === undefined ? [] : [`${count(value)} ${name}`]
  })
  return parts.length === 0 ? [] : [line('Came', parts.join(', '))]
}

async function drift({ product, ask }: DigestOptions, span: Days): Promise<readonly string[]> {
  const { rows } = await ask(product, 'drift', span)
  if (rows.length === 0) return [line('Not kept', 'nothing that no contract has')]
  const records = rows.reduce((sum, row) => sum + (numberIn(row, 'records') ?? 0), 0)
  const names = rows.map((row) => `${String(row['name'])} in ${String(row['record'])}`)
  return [line('Not kept', `${listed(names)}; ${count(records)} times`)]
}

function expiring({ expiring: all }: DigestOptions): readonly string[] {
  const names = all
    .toSorted((a, b) => (a.expires < b.expires ? -1 : 1))
    .map(({ name, expires }) => `${name} on ${expires}`)
  return names.length === 0 ? [] : [line('Expires', listed(names))]
}

/** Whatever nobody asks for is a promise that nobody needs. */
function unused({ unused: names }: DigestOptions): readonly string[] {
  return names.length === 0 ? [] : [line('Unasked', `${listed(names)}: retire it?`)]
}

/** Undefined where this contract can't be asked that. */
async function optional(ask: () => Promise<AnswerTable>): Promise<AnswerTable | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (isCandorError(error) && error.code === 'PARAMETER_INVALID') return undefined
    throw error
  }
}

function rateOf(rows: readonly AnswerRow[]): number | undefined {
  const sum = (name: string): number =>
    rows.reduce((total, row) => total + (numberIn(row, name) ?? 0), 0)
  const outcomes = sum('records')
  return outcomes === 0 ? undefined : sum('failed') / outcomes
}

/** `1,234 (+3 %)`; a change from nothing has no share. */
function changed(row: AnswerRow, name: string): string {
  const [now, before] = [numberIn(row, name) ?? 0, numberIn(row, `${name}_previous`)]
  if (before === undefined || before === 0) return count(now)
  const change = Math.round((now / before - 1) * 100)
  return `${count(now)} (${change > 0 ? '+' : change < 0 ? '−' : '±'}${Math.abs(change)} %)`
}

function listed(names: readonly string[]): string {
  const more = names.length - namesMax
  return `${names.slice(0, namesMax).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

function line(title: string, says: string): string {
  return `${title.padEnd(14)} ${says}`
}

function numberIn(row: AnswerRow, name: string): number | undefined {
  const value = row[name]
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function count(number: number): string {
  return new Intl.NumberFormat('en').format(Math.round(number))
}

function percent(share: number | undefined): string {
  return share === undefined ? nothing : `${(share * 100).toFixed(1)} %`
}
