/**
 * `candor export records`: every record of a product in files, day by day, taken up again where it
 * was cut off.
 */
import { resolve } from 'node:path'
import { addDays, startOfDay } from '#values/days'
import cliProgress from 'cli-progress'
import { Option, type Command } from 'commander'
import { CandorError, isCandorError, type CandorErrorCode } from '../../errors.ts'
import type { ApiClient } from '../terminal/connect.ts'
import {
  addServerOptions,
  connectTo,
  usualProduct,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'
import {
  checkSame,
  readManifest,
  writeManifest,
  type Manifest,
  type ManifestDay,
  type Wanted
} from './manifest.ts'
import { fileTarget, folderTarget, outputTarget, type Target } from './targets.ts'

interface RecordFlags extends ServerOptions {
  readonly product?: string
  readonly since?: string
  readonly until?: string
  readonly columns?: string
  readonly records?: string
  readonly format: 'ndjson' | 'parquet'
  readonly out: string
  readonly resume?: boolean
}

/** What is asked for, and the days of it as they are fetched. */
type Exported = Omit<Manifest, 'isWhole' | 'rows'>

interface Plan {
  readonly product: string
  readonly columns: readonly string[]
  readonly days: readonly {
    readonly day: string
    readonly rows: number
    readonly parts: number
    readonly before: string
  }[]
}

export function addRecords(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('records')
    .description('every record of a product, day by day: nothing that was deleted or has expired')
    .option('--product <name>', 'whose records')
    .option('--since <day>', 'first day of receipt, UTC (the first that is kept)')
    .option('--until <day>', 'last day of receipt, UTC (today)')
    .option('--columns <names>', 'only these of its view, with commas between them (all)')
    .option('--records <names>', 'only records of these names, with commas between them (all)')
    .addOption(
      new Option('--format <format>', 'JSON lines, or Parquet')
        .choices(['ndjson', 'parquet'])
        .default('ndjson')
    )
    .requiredOption(
      '--out <path>',
      'a folder; a file that ends in .ndjson or .parquet; - for a pipe'
    )
    .option('--resume', 'go on with the export that is there, and add days that came since')
    .addHelpText(
      'after',
      '\nDays are those of receipt, which decide how long a record is kept. manifest.json says ' +
        'of each file how many rows it has and its SHA-256.\nWhat is deleted later stays in ' +
        'files that were written before.\n\nExample: candor export records --product dlt --out dlt-records'
    )
  addServerOptions(command).action((flags: RecordFlags) => exportRecords(flags, terminal))
}

async function exportRecords(flags: RecordFlags, terminal: Terminal): Promise<void> {
  const { format, since, until, resume: isResumed = false } = flags
  const product = flags.product ?? (await usualProduct(terminal, flags))
  if (product === undefined)
    throw new CandorError('PARAMETER_INVALID', 'Name the product: --product dlt')
  const target = targetOf(flags, terminal)
  const client = await connectTo(terminal, flags)
  const path = `/api/v1/products/${encodeURIComponent(product)}/export`
  const plan = await client.get<Plan>(path, { since, until })
  const wanted: Wanted = {
    product: plan.product,
    format,
    columns: flags.columns === undefined ? [...plan.columns] : named(flags.columns),
    records: flags.records === undefined ? [] : named(flags.records),
    since: since ?? null,
    until: until ?? null
  }
  const before = await found(target, wanted, { isResumed, terminal })
  const manifest: Exported = {
    candor: 1,
    export: 'records',
    ...wanted,
    days: [...(await target.kept(merged(plan, before)))]
  }
  const { files, rows } = await fetchAll(manifest, plan, { client, path, target, terminal })
  const total = manifest.days.flatMap((day) => day.files).reduce((sum, one) => sum + one.rows, 0)
  if (target.manifest !== undefined)
    terminal.out(
      `${total} records of ${manifest.days.length} days in ${flags.out}` +
        `${isResumed ? `, ${rows} of them in ${files} files now` : ''}.\n`
    )
}

function targetOf({ out, format, resume }: RecordFlags, terminal: Terminal): Target {
  const { effects } = terminal
  if (out !== '-') {
    const path = resolve(terminal.folder, out)
    return /\.(ndjson|parquet)$/.test(out) ? fileTarget(path, effects) : folderTarget(path, effects)
  }
  if (format === 'parquet' || resume === true)
    throw new CandorError(
      'PARAMETER_INVALID',
      'Into a pipe goes NDJSON, from its beginning: name a folder for Parquet and for --resume.'
    )
  return outputTarget(terminal.write)
}

async function found(
  { manifest: path }: Target,
  wanted: Wanted,
  { isResumed, terminal }: { readonly isResumed: boolean; readonly terminal: Terminal }
): Promise<Manifest | undefined> {
  if (path === undefined) return undefined
  const before = await readManifest(path, terminal.effects)
  if (before === undefined) return undefined
  checkSame(before, wanted, path)
  if (!isResumed)
    throw new CandorError(
      'EXPORT_EXISTS',
      `${path} is of an export already: --resume goes on with it, or name another place.`
    )
  return before
}

/**
 * A day stays as it is, and in as many pieces, but for one that went on when it was written whole:
 * that is written anew. Of a day that has expired since, what was written stays.
 */
function merged({ days }: Plan, before: Manifest | undefined): readonly ManifestDay[] {
  const known = new Map((before?.days ?? []).filter(isToStay).map((day) => [day.day, day]))
  const planned = new Set(days.map(({ day }) => day))
  const stay = [...known.values()].map((day) =>
    planned.has(day.day) ? day : { ...day, parts: day.files.length }
  )
  const fresh = days
    .filter(({ day }) => !known.has(day))
    .map(({ day, parts, before }) => ({ day, parts, before, files: [] }))
  return [...stay, ...fresh]
}

function isToStay({ day, before, parts, files }: ManifestDay): boolean {
  return files.length < parts || Date.parse(before) === startOfDay(addDays(day, 1))
}

interface Fetching {
  readonly client: ApiClient
  readonly path: string
  readonly target: Target
  readonly terminal: Terminal
}

async function fetchAll(
  manifest: Exported,
  plan: Plan,
  fetching: Fetching
): Promise<{ readonly files: number; readonly rows: number }> {
  const { target, terminal } = fetching
  const expected = plan.days.reduce((total, { rows }) => total + rows, 0)
  const bar = progressOn(terminal, expected)
  let [files, rows] = [0, 0]
  try {
    for (const day of manifest.days) {
      const there = new Set(day.files.map(({ part }) => part))
      for (const { rows } of day.files) bar?.increment(rows)
      for (let part = 1; part <= day.parts; part++) {
        if (there.has(part)) continue
        const written = await fetchPart(manifest, day, part, fetching)
        day.files.push(written)
        bar?.increment(written.rows)
        files++
        rows += written.rows
        if (target.manifest !== undefined)
          await writeManifest(target.manifest, manifest, terminal.effects)
      }
    }
    if (target.manifest !== undefined)
      await writeManifest(target.manifest, manifest, terminal.effects)
  } finally {
    bar?.stop()
  }
  return { files, rows }
}

const attemptsMax = 6
const passing: ReadonlySet<CandorErrorCode> = new Set([
  'SERVER_UNREACHABLE',
  'EXPORT_CUT_OFF',
  'RATE_LIMITED',
  'STORAGE_UNAVAILABLE',
  'STORAGE_TIMEOUT'
])

/** A server that restarts meanwhile costs a minute, and not the export. */
async function fetchPart(
  { columns, records, format }: Exported,
  day: ManifestDay,
  part: number,
  { client, path, target, terminal }: Fetching
): Promise<ManifestDay['files'][number]> {
  const { clock } = terminal.effects
  for (let attempt = 1; ; attempt++) {
    try {
      const { header, body } = await client.bytes(`${path}/${day.day}`, {
        format,
        part: String(part),
        of: String(day.parts),
        before: day.before,
        columns: columns.join(','),
        records: records.length === 0 ? undefined : records.join(',')
      })
      return await target.write({ day, part, format, rows: Number(header('candor-rows')), body })
    } catch (error) {
      terminal.signal.throwIfAborted()
      const mayPass = isCandorError(error) && passing.has(error.code)
      if (!mayPass || !target.mayRepeat || attempt >= attemptsMax) throw error
      await clock.sleep(1_000 * 2 ** (attempt - 1), terminal.signal)
    }
  }
}

function progressOn({ isInteractive }: Terminal, rows: number): cliProgress.SingleBar | undefined {
  if (!isInteractive) return undefined
  const bar = new cliProgress.SingleBar(
    {
      format: '  records {bar} {value} of {total}, {eta_formatted} to go',
      hideCursor: true,
      stream: process.stderr
    },
    cliProgress.Presets.shades_classic
  )
  bar.start(Math.max(1, rows), 0)
  return bar
}

function named(list: string): string[] {
  return [...new Set(list.split(',').map((name) => name.trim()))]
}
