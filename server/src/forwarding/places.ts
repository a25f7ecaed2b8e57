/**
 * How far each recipient is, what it is owed, and what it did not take: a file, so that a server
 * that is killed goes on where it was.
 */
import { strict as assert } from 'node:assert'
import { z } from 'zod'
import { OwnFile } from '../config/own-file.ts'
import { distrusted } from '../config/trusted-file.ts'
import type { Effects } from '../effects.ts'
import type { Instant } from '../record.ts'

const moment = z.int().min(0)
const place = z.strictObject({ at: moment, hash: z.string().regex(/^\d{1,20}$/) })

const standing = z.strictObject({
  /** Everything up to here was taken, stays by its terms, or is in `refused`. */
  place,
  /** Whether anything was ever sent: whoever was given nothing is told of no deletion. */
  hasSent: z.boolean(),
  /** Deletions that were asked for before this were noted; those near it by their keys. */
  notedUntil: moment,
  noted: z.array(z.string()),
  owed: z.array(
    z.strictObject({
      kind: z.enum(['deletion', 'installation', 'account', 'lineage']),
      id: z.string(),
      before: z.string(),
      users: z.array(z.string())
    })
  ),
  /** What it said it never takes as it is: from after one place to another. */
  refused: z.array(
    z.strictObject({
      after: place,
      until: place,
      records: z.int().min(0),
      says: z.string(),
      at: moment
    })
  )
})

export type Standing = z.infer<typeof standing>

const file = z.strictObject({ version: z.literal(1), recipients: z.record(z.string(), standing) })

export interface Places {
  has(key: string): boolean
  /** Of a product's recipient, which has one. */
  of(key: string): Standing
  /** Of a new one: from now on, by the store's clock and by our own. */
  begin(key: string, from: { readonly at: Instant; readonly now: Instant }): void
  /** Those that were there before and are no longer wanted. Their places are forgotten. */
  keepOnly(keys: ReadonlySet<string>): readonly string[]
  /** Durable once it resolves; a crash leaves the file before or the file after. */
  save(): Promise<void>
}

/** Throws where the file is there and is not ours: to begin anew would skip what is owed. */
export async function openPlaces(path: string, { files }: Pick<Effects, 'files'>): Promise<Places> {
  const found = await read(path, files)
  const recipients = new Map(Object.entries(found))
  const own = new OwnFile(
    path,
    () => JSON.stringify({ version: 1, recipients: Object.fromEntries(recipients) }),
    files
  )
  return {
    has: (key) => recipients.has(key),
    of(key) {
      const known = recipients.get(key)
      assert(known !== undefined)
      return known
    },
    begin(key, { at, now }) {
      const place = { at, hash: '0' }
      const nothing = { noted: [], owed: [], refused: [] }
      recipients.set(key, { place, hasSent: false, notedUntil: now, ...nothing })
    },
    keepOnly(keys) {
      const gone = [...recipients.keys()].filter((key) => !keys.has(key))
      for (const key of gone) recipients.delete(key)
      return gone
    },
    save: () => own.write()
  }
}

async function read(
  path: string,
  files: Effects['files']
): Promise<Readonly<Record<string, Standing>>> {
  let text: string
  try {
    text = await files.readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
  const problem = await distrusted(path, { files })
  if (problem !== undefined) throw new Error(problem)
  return file.parse(JSON.parse(text)).recipients
}
