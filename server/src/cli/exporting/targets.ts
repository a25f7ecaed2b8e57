/** Where an export goes: a folder with a file for each piece, one file, or standard output. */
import { createHash } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'
import type { ManifestDay, WrittenPart } from './manifest.ts'

interface Piece {
  readonly day: ManifestDay
  readonly part: number
  readonly format: 'ndjson' | 'parquet'
  /** What the server says that there are. */
  readonly rows: number
  readonly body: AsyncIterable<Uint8Array>
}

export interface Target {
  /** Undefined: nothing is remembered, so nothing can be resumed. */
  readonly manifest: string | undefined
  /** A piece that is cut off may be asked for once more. */
  readonly mayRepeat: boolean
  /** Which of these are still as they were written; what lies behind them is forgotten. */
  kept(days: readonly ManifestDay[]): Promise<readonly ManifestDay[]>
  /** On the disk once it resolves. Throws EXPORT_CUT_OFF where it came with fewer or more rows. */
  write(piece: Piece): Promise<WrittenPart>
}

type Files = Pick<Effects, 'files'>

export function folderTarget(folder: string, { files }: Files): Target {
  return {
    manifest: join(folder, 'manifest.json'),
    mayRepeat: true,
    async kept(days) {
      const kept: ManifestDay[] = []
      for (const day of days) {
        const there: WrittenPart[] = []
        for (const one of day.files)
          if ((await sizeOf(join(folder, one.file), { files })) === one.bytes) there.push(one)
        kept.push({ ...day, files: there })
      }
      return kept
    },
    async write(piece) {
      const { day, part, format } = piece
      const place =
        day.parts === 1 ? '' : `.${padded(part, day.parts)}-of-${padded(day.parts, day.parts)}`
      const name = `${day.day}${place}.${format}`
      const path = join(folder, name)
      await files.mkdir(folder, { recursive: true })
      const file = await files.open(`${path}.part`, 'w')
      let written: Measured
      try {
        written = await measured(piece, async (bytes) => {
          await file.writeFile(bytes)
        })
        await file.sync()
      } finally {
        await file.close()
      }
      await files.rename(`${path}.part`, path)
      return { file: name, part, ...written }
    }
  }
}

/** All pieces behind each other; only lines can be put together so. */
export function fileTarget(path: string, { files }: Files): Target {
  let end = 0
  return {
    manifest: `${path}.manifest.json`,
    mayRepeat: true,
    async kept(days) {
      const size = (await sizeOf(path, { files })) ?? 0
      const kept: ManifestDay[] = []
      end = 0
      let isBroken = false
      for (const day of days) {
        const there: WrittenPart[] = []
        for (const one of isBroken ? [] : day.files) {
          if (end + one.bytes > size) break
          end += one.bytes
          there.push(one)
        }
        isBroken ||= there.length < day.parts
        kept.push({ ...day, files: there })
      }
      return kept
    },
    async write(piece) {
      if (piece.format === 'parquet' && (end > 0 || piece.day.parts > 1))
        throw new CandorError(
          'PARAMETER_INVALID',
          'Parquet comes in several pieces here, which can’t be one file: name a folder, such as ' +
            `--out ${join(dirname(path), piece.day.day)}.`
        )
      await files.mkdir(dirname(path), { recursive: true })
      const file = await files.open(path, end === 0 ? 'w' : 'r+')
      try {
        await file.truncate(end)
        let at = end
        const written = await measured(piece, async (bytes) => {
          await file.write(bytes, 0, bytes.length, at)
          at += bytes.length
        })
        await file.sync()
        end = at
        return { file: basename(path), part: piece.part, ...written }
      } finally {
        await file.close()
      }
    }
  }
}

export function outputTarget(write: (bytes: Uint8Array) => Promise<void>): Target {
  return {
    manifest: undefined,
    mayRepeat: false,
    kept: (days) => Promise.resolve(days),
    write: async (piece) => ({ file: '-', part: piece.part, ...(await measured(piece, write)) })
  }
}

type Measured = Pick<WrittenPart, 'rows' | 'bytes' | 'sha256'>

const newline = 10
const parquetEnd = 'PAR1'

async function measured(
  { format, rows, body }: Piece,
  write: (bytes: Uint8Array) => Promise<void>
): Promise<Measured> {
  const hash = createHash('sha256')
  let [bytes, lines, last] = [0, 0, Buffer.alloc(0)]
  for await (const chunk of body) {
    await write(chunk)
    hash.update(chunk)
    bytes += chunk.length
    if (format === 'ndjson')
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) lines++
    last = Buffer.concat([last, chunk.subarray(-parquetEnd.length)]).subarray(-parquetEnd.length)
  }
  // An answer that a closing server ends early looks whole to a reader of HTTP.
  const isWhole = format === 'ndjson' ? lines === rows : last.toString('latin1') === parquetEnd
  if (!isWhole) throw new CandorError('EXPORT_CUT_OFF', 'A piece of the export did not come whole.')
  return { rows, bytes, sha256: hash.digest('hex') }
}

async function sizeOf(path: string, { files }: Files): Promise<number | undefined> {
  try {
    return (await files.stat(path)).size
  } catch {
    return undefined
  }
}

function padded(part: number, of: number): string {
  return String(part).padStart(String(of).length, '0')
}
