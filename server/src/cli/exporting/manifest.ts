/** What is noted of an export: whoever was cut off goes on by it, and whoever reads checks. */
import { dirname } from 'node:path'
import { z } from 'zod'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'

const count = z.int().min(0)

const written = z.strictObject({
  /** Beside the manifest; of an export to one file, that file. */
  file: z.string(),
  part: count,
  rows: count,
  bytes: count,
  /** Of these bytes. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/)
})

const manifest = z.strictObject({
  candor: z.literal(1),
  export: z.literal('records'),
  product: z.string(),
  format: z.enum(['ndjson', 'parquet']),
  columns: z.array(z.string()),
  /** Empty: of every name. */
  records: z.array(z.string()),
  since: z.string().nullable(),
  until: z.string().nullable(),
  /** False: what is missing is fetched with --resume. */
  isWhole: z.boolean(),
  rows: count,
  days: z.array(
    z.strictObject({
      /** UTC, of receipt. */
      day: z.string(),
      parts: count,
      /** What was received before this: earlier than the day's end where it went on. */
      before: z.string(),
      files: z.array(written)
    })
  )
})

export type Manifest = z.infer<typeof manifest>
export type ManifestDay = Manifest['days'][number]
export type WrittenPart = z.infer<typeof written>
export type Wanted = Pick<
  Manifest,
  'product' | 'format' | 'columns' | 'records' | 'since' | 'until'
>

/** Undefined where there is none. Throws EXPORT_EXISTS where there is one that is none of ours. */
export async function readManifest(
  path: string,
  { files }: Pick<Effects, 'files'>
): Promise<Manifest | undefined> {
  let text: string
  try {
    text = await files.readFile(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return manifest.parse(JSON.parse(text))
  } catch (cause) {
    throw new CandorError(
      'EXPORT_EXISTS',
      `${path} is no manifest of an export. Name another place.`,
      {
        cause
      }
    )
  }
}

/** What is told of the whole follows from its days. On the disk, whole, once it resolves. */
export async function writeManifest(
  path: string,
  { days, ...said }: Omit<Manifest, 'isWhole' | 'rows'>,
  { files }: Pick<Effects, 'files'>
): Promise<void> {
  const rows = days.flatMap((day) => day.files).reduce((total, one) => total + one.rows, 0)
  const isWhole = days.every((day) => day.files.length === day.parts)
  const text = `${JSON.stringify({ ...said, isWhole, rows, days }, null, 2)}\n`
  await files.mkdir(dirname(path), { recursive: true })
  const file = await files.open(`${path}.part`, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(`${path}.part`, path)
}

/** Throws EXPORT_EXISTS where what is there was asked for in another way. */
export function checkSame(found: Manifest, wanted: Wanted, path: string): void {
  for (const key of ['product', 'format', 'columns', 'records', 'since', 'until'] as const)
    if (JSON.stringify(found[key]) !== JSON.stringify(wanted[key]))
      throw new CandorError(
        'EXPORT_EXISTS',
        `${path} is of an export with other ${key}. Ask for the same, or name another place.`
      )
}
