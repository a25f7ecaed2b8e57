/**
 * What happens at one look at one database? It is asked whether it may be reported, whether that is
 * due, and only then anything else.
 */
import type { Delivery, Fields, Telemetry } from '@candor/sdk'
import type { Effects } from '../effects.ts'
import type { Product } from '../product.ts'
import { readJob, readSettings, type Job, type JobState, type Settings } from './look.ts'
import { nextStart } from './next-start.ts'
import {
  folderOf,
  hasState,
  openSender,
  send,
  waitingSince,
  type SenderInput,
  type SentReport
} from './sender.ts'
import { openSession, type DatabaseAddress, type Session } from './session.ts'
import { readStandbyState, writeStandbyState } from './standby-state.ts'
import { checkVersion } from './version-check.ts'

export interface VisitInput {
  readonly product: Product
  readonly place: DatabaseAddress
  readonly stateFolder: string
  /** Somebody runs it by hand: whether it is due is not asked. */
  readonly isNow: boolean
  readonly effects: Effects
}

export type Visit =
  | { readonly is: 'not installed' }
  /** An ordinary role owns what a superuser would run. */
  | { readonly is: 'not trusted' }
  | { readonly is: 'off' }
  | { readonly is: 'no job' }
  | { readonly is: 'not due'; readonly at: number }
  /** Nobody has said yes, or not long enough ago. */
  | { readonly is: 'undecided'; readonly says: string }
  /** Another reporter is at it. */
  | { readonly is: 'taken' }
  | { readonly is: 'sent'; readonly reports: readonly SentReport[] }
  | { readonly is: 'kept'; readonly says: string }

/** Rejects only if the database can't be reached or does not answer in time. */
export async function visitDatabase(input: VisitInput): Promise<Visit> {
  const session = await openSession(input.place)
  try {
    return await visit(input, session)
  } finally {
    await session.close().catch(() => {})
  }
}

/** What was seen, and the level that the SDK makes of all that was said. */
type Agreed = Seen & { readonly level: string }

interface Seen {
  readonly session: Session
  readonly settings: Settings
  readonly folder: string
  readonly job: Job
  readonly state: JobState
}

async function visit(input: VisitInput, session: Session): Promise<Visit> {
  const { product, effects } = input
  const { file, form } = product
  const settings = await readSettings(session, file)
  if (!settings.isInstalled) return { is: 'not installed' }
  if (!settings.isTrusted) return { is: 'not trusted' }
  const folder = folderOf(input.stateFolder, settings.mark)
  const isOff = settings.level === 'off'
  if (isOff) await obeyOff(senderInput(input, settings, folder), effects)
  const checksVersions = settings.versionCheck && form.versionCheck !== undefined
  // Not a row is read of a database that wants neither.
  if (isOff && !checksVersions) return { is: 'off' }

  const found = await readJob(session, { schema: file.schema, product: form.product })
  if (found === undefined) return isOff ? { is: 'off' } : { is: 'no job' }
  const state = settings.isStandby ? readStandbyState(folder, effects.files) : found.state
  const seen: Seen = { session, settings, folder, job: found.job, state }
  const result = isOff ? ({ is: 'off' } as const) : await report(input, seen)
  if (checksVersions)
    await checkVersion({
      session,
      schema: file.schema,
      settings,
      checkedAt: state.versionCheckedAt,
      open: (version) => openSender({ ...senderInput(input, settings, folder), version }),
      remember: (versionCheckedAt) => {
        if (!settings.isStandby) return
        const now = readStandbyState(folder, effects.files)
        writeStandbyState(folder, { ...now, versionCheckedAt }, effects.files)
      },
      effects
    })
  return result
}

function senderInput(
  { product, effects }: VisitInput,
  { level }: Settings,
  folder: string
): SenderInput {
  const { file, form } = product
  return {
    form,
    setting: file.setting,
    level,
    version: undefined,
    folder,
    log: effects.log
  }
}

/** What waits here is gone before anything else is asked. */
async function obeyOff(input: SenderInput, { files }: Effects): Promise<void> {
  if (!hasState(input.folder, files)) return
  const telemetry = openSender(input)
  await telemetry.controls.status()
  await telemetry.close()
}

async function report(input: VisitInput, seen: Seen): Promise<Visit> {
  const { effects } = input
  const { nextAt } = seen.state
  if (!input.isNow && nextAt !== undefined && nextAt > effects.now())
    return { is: 'not due', at: nextAt }
  const consent = openSender(senderInput(input, seen.settings, seen.folder))
  const status = await consent.controls.status()
  await consent.close()
  if (status.state === 'off') return { is: 'off' }
  if (status.state === 'undecided')
    return { is: 'undecided', says: status.missing ?? 'nobody has said yes' }
  return reportOnce(input, { ...seen, level: status.level ?? 'no_functions' })
}

/** Of several reporters, one: the lock ends with this session, whatever happens to it. */
async function reportOnce(input: VisitInput, seen: Agreed): Promise<Visit> {
  const { session, settings } = seen
  const { file, form } = input.product
  const [lock] = await session.read<{ taken: boolean }>(
    `SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken`,
    [`candor-postgres ${form.product}`]
  )
  if (lock?.taken !== true) return { is: 'taken' }
  if (!settings.isStandby && !input.isNow) {
    // Somebody else may have reported between our look and the lock.
    const again = await readJob(session, { schema: file.schema, product: form.product })
    const nextAt = again?.state.nextAt
    if (again === undefined) return { is: 'no job' }
    if (nextAt !== undefined && nextAt > input.effects.now()) return { is: 'not due', at: nextAt }
  }
  return run(input, seen)
}

interface Gathered {
  readonly version?: string | null
  readonly calls?: Readonly<Record<string, number>>
  readonly fields?: Fields
  /** How many undeclared members a field had, whose names stayed in the database. */
  readonly others?: Readonly<Record<string, number>>
  /** An SQLSTATE. */
  readonly failed?: string
}

async function run(input: VisitInput, seen: Agreed): Promise<Visit> {
  const { effects, product } = input
  const { session, job, settings } = seen
  const startedAt = effects.now()
  const ids = await begin(input, seen, startedAt)
  if (ids === undefined) return { is: 'kept', says: 'the primary has not reported yet' }
  await session.limit(job.runtimeMs)
  const [row] = await session.read<{ gathered: Gathered }>(
    `SELECT ${product.file.schema}.telemetry_gather($1) AS gathered`,
    // Which functions were called on a standby is counted there, and told by nobody: the primary
    // keeps what was told.
    [settings.isStandby ? 'no_functions' : seen.level]
  )
  const gathered = row?.gathered ?? { failed: 'no row' }
  if (gathered.fields === undefined || typeof gathered.version !== 'string') {
    const says =
      gathered.failed === undefined
        ? `${product.file.extension ?? 'the product'} is not installed in this database`
        : `the report could not be gathered (${gathered.failed})`
    await end(input, seen, { startedAt, isSuccess: false, reports: [] })
    return { is: 'kept', says }
  }
  const sender = { ...senderInput(input, settings, seen.folder), version: gathered.version, ids }
  const telemetry = openSender(sender)
  try {
    const isGathered = await record(telemetry, gathered, { job, startedAt })
    const { delivery, reports } = await send(telemetry, startedAt)
    const isSuccess = delivery.is === 'sent' || delivery.is === 'silent'
    await end(input, seen, {
      startedAt,
      isSuccess,
      reports,
      ...(isGathered ? { calls: gathered.calls } : {})
    })
    return delivery.is === 'sent'
      ? { is: 'sent', reports }
      : { is: 'kept', says: whyKept(delivery) }
  } finally {
    await telemetry.close()
  }
}

function whyKept(delivery: Exclude<Delivery, { readonly is: 'sent' }>): string {
  switch (delivery.is) {
    case 'kept':
      return delivery.says
    case 'silent':
      return `telemetry is ${delivery.state}`
    case 'nothing':
      return 'nothing of it may be sent'
  }
}

/**
 * A snapshot that waits since less than a period is enough: an outage of a day must not leave a
 * hundred of them.
 */
async function record(
  telemetry: Telemetry,
  { fields = {}, others = {} }: Gathered,
  { job, startedAt }: { readonly job: Job; readonly startedAt: number }
): Promise<boolean> {
  const since = await waitingSince(telemetry)
  if (since !== undefined && startedAt - since < job.everyMs / 2) return false
  telemetry.record('report', withNameless(fields, others), { durable: true })
  return true
}

/** The SDK counts what a contract does not name; here it counts members that have a number each. */
function withNameless(
  fields: NonNullable<Gathered['fields']>,
  others: NonNullable<Gathered['others']>
): Fields {
  const counted = Object.entries(others).map(([name, count]) => [
    name,
    {
      ...(fields[name] as object | undefined),
      ...Object.fromEntries(Array.from({ length: count }, (_, index) => [`#${index}`, true]))
    }
  ])
  return { ...fields, ...Object.fromEntries(counted) }
}

async function begin(
  { product, effects }: VisitInput,
  { session, settings, job, state, folder }: Seen,
  startedAt: number
): Promise<SenderInput['ids']> {
  const sql = `SELECT ${product.file.schema}.telemetry_begin(to_timestamp($1::float8)) AS ids`
  const retryAt = startedAt + job.retryMs
  if (settings.isStandby) writeStandbyState(folder, { ...state, nextAt: retryAt }, effects.files)
  const [row] = settings.isStandby
    ? await session.read<{ ids: SenderInput['ids'] | null }>(sql, [retryAt / 1000])
    : await session.write<{ ids: SenderInput['ids'] | null }>(sql, [retryAt / 1000])
  return row?.ids ?? undefined
}

async function end(
  { product, effects }: VisitInput,
  { session, settings, job, state, folder }: Seen,
  outcome: {
    readonly startedAt: number
    readonly isSuccess: boolean
    readonly reports: readonly SentReport[]
    readonly calls?: Gathered['calls']
  }
): Promise<void> {
  const endedAt = effects.now()
  const runs = state.runs + 1
  const failures = outcome.isSuccess ? 0 : state.failures + 1
  const nextAt = nextStart({ job, runs, failures, endedAt, chance: effects.random() })
  if (settings.isStandby) {
    writeStandbyState(folder, { ...state, runs, failures, nextAt }, effects.files)
    return
  }
  await session.write(
    `SELECT ${product.file.schema}.telemetry_end(
       $1, to_timestamp($2::float8), make_interval(secs => $3::float8), $4, $5)`,
    [
      outcome.isSuccess,
      nextAt / 1000,
      (endedAt - outcome.startedAt) / 1000,
      outcome.calls === undefined ? null : JSON.stringify(outcome.calls),
      JSON.stringify(outcome.reports)
    ]
  )
}
