/**
 * Keeps what readers saved in one file of the data folder, and the links by which others see a
 * board: of those only digests.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { DAY_MS } from '#values/days'
import { replaceFile } from '../config/own-file.ts'
import { distrusted } from '../config/trusted-file.ts'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import {
  annotationSchema,
  boardSchema,
  segmentSchema,
  type Annotation,
  type Board,
  type Segment
} from './board.ts'

interface Share {
  /** Eight hexadecimal digits; no secret. */
  readonly id: string
  readonly board: string
  /** Undefined: of a link of before whose board is gone. */
  readonly product: string | undefined
  readonly createdBy: string
  readonly endsAt: Instant
}

export interface Saved {
  /** Why nothing can be read or written: the file is there, and is no file of ours. */
  readonly problem: CandorError | undefined
  boards(): readonly Board[]
  /** Replaces the product's of that name. Throws PARAMETER_INVALID where there are too many. */
  putBoard(board: Board): Promise<void>
  /** False: there was none. Its links end with it. */
  removeBoard(board: Pick<Board, 'name' | 'product'>): Promise<boolean>
  annotations(): readonly Annotation[]
  annotate(annotation: Omit<Annotation, 'id'>): Promise<Annotation>
  removeAnnotation(id: string): Promise<boolean>
  segments(): readonly Segment[]
  putSegment(segment: Segment): Promise<void>
  removeSegment(segment: Pick<Segment, 'name' | 'product'>): Promise<boolean>
  shares(): readonly Share[]
  /** The secret is told here and never again. */
  share(
    board: Board,
    options: { readonly by: string; readonly token: string | undefined; readonly days: number }
  ): Promise<{
    readonly secret: string
    readonly share: Share
  }>
  revoke(id: string): Promise<boolean>
  /** What a link shows; undefined: it or its maker's token ended, or it never was one. */
  shared(secret: string): SharedBoard | undefined
}

export interface SharedBoard {
  readonly name: string
  /** The board as it was when the link was made; undefined: links of before kept none. */
  readonly shows: Board | undefined
}

interface SavedOptions {
  readonly path: string
  readonly effects: Pick<Effects, 'files' | 'clock' | 'random'>
  /** By its id: whether the token still opens anything. */
  readonly isTokenLive: (token: string) => boolean
}

/** Of each product: far above what a team makes, far below what would make the file slow. */
const boardsMax = 200
const annotationsMax = 1_000
const segmentsMax = 200
const sharesMax = 500

const shareSchema = z.strictObject({
  id: z.string(),
  digest: z.string(),
  board: z.string(),
  createdBy: z.string(),
  /** The id of the token that made it; null: the operator. It ends with that one. */
  token: z.string().nullable().default(null),
  endsAt: z.number(),
  /** The board as it was; links of before have none. */
  shows: boardSchema.optional()
})
const fileSchema = z.strictObject({
  version: z.literal(1),
  boards: z.array(boardSchema),
  annotations: z.array(annotationSchema.extend({ id: z.string(), by: z.string() })),
  segments: z.array(segmentSchema),
  shares: z.array(shareSchema)
})
type File = z.infer<typeof fileSchema>
const nothing: File = { version: 1, boards: [], annotations: [], segments: [], shares: [] }
type FileShare = z.infer<typeof shareSchema>

/**
 * A file that can't be read stays as it is, and all that needs it throws BOARDS_UNREADABLE:
 * beginning anew would overwrite what others saved. Everything else of the server goes on.
 */
export async function openSaved({ path, effects, isTokenLive }: SavedOptions): Promise<Saved> {
  const { files, clock, random } = effects
  const read = await readSaved(path, files)
  const problem = read instanceof CandorError ? read : undefined
  let file: File = read instanceof CandorError ? nothing : read
  let writing: Promise<void> = Promise.resolve()

  /** One after the other; what could not be written is not true in memory either. */
  const change = (make: (now: File) => File): Promise<void> => {
    const turn = afterThat(writing, make)
    writing = turn.catch(() => undefined)
    return turn
  }
  const afterThat = async (before: Promise<void>, make: (now: File) => File): Promise<void> => {
    if (problem !== undefined) throw problem
    await before
    const changed = make(file)
    await replaceFile(path, JSON.stringify(changed), files)
    file = changed
  }
  const remove = async (
    make: (now: File) => File,
    count: (now: File) => number
  ): Promise<boolean> => {
    const before = count(file)
    await change(make)
    return count(file) < before
  }
  const isLive = ({ endsAt, token }: FileShare): boolean =>
    endsAt > clock.now() && (token === null || isTokenLive(token))
  const live = (): readonly FileShare[] => file.shares.filter(isLive)

  return {
    problem,
    boards: () => file.boards,
    putBoard: (board) =>
      change((now) => ({ ...now, boards: put(now.boards, board, boardsMax, 'boards') })),
    removeBoard: (gone) =>
      remove(
        (now) => withoutBoard(now, gone),
        ({ boards }) => boards.length
      ),
    annotations: () => file.annotations,
    async annotate(annotation) {
      const made = { ...annotation, id: random(4).toString('hex') }
      await change((now) => ({
        ...now,
        annotations: withoutOldest([...now.annotations, made], made.product)
      }))
      return made
    },
    removeAnnotation: (id) =>
      remove(
        (now) => ({ ...now, annotations: now.annotations.filter((one) => one.id !== id) }),
        ({ annotations }) => annotations.length
      ),
    segments: () => file.segments,
    putSegment: (segment) =>
      change((now) => ({ ...now, segments: put(now.segments, segment, segmentsMax, 'segments') })),
    removeSegment: (gone) =>
      remove(
        (now) => ({ ...now, segments: now.segments.filter((one) => !isSame(one, gone)) }),
        ({ segments }) => segments.length
      ),
    shares: () => live().map((share) => shown(share, file)),
    async share(board, { by, token = null, days }) {
      const secret = random(32).toString('base64url')
      const made: FileShare = {
        id: random(4).toString('hex'),
        digest: digestOf(secret),
        board: board.name,
        shows: board,
        createdBy: by,
        token,
        endsAt: clock.now() + days * DAY_MS
      }
      await change((now) => ({ ...now, shares: [...live(), made].slice(-sharesMax) }))
      const { digest: _digest, token: _token, shows: _shows, ...share } = made
      return { secret, share: { ...share, product: board.product } }
    },
    revoke: (id) =>
      remove(
        (now) => ({ ...now, shares: now.shares.filter((one) => one.id !== id) }),
        ({ shares }) => shares.length
      ),
    shared(secret) {
      const digest = Buffer.from(digestOf(secret))
      const found = live().find((one) => timingSafeEqual(Buffer.from(one.digest), digest))
      return found && { name: found.board, shows: found.shows }
    }
  }
}

function shown({ id, board, shows, createdBy, endsAt }: FileShare, { boards }: File): Share {
  const product = shows?.product ?? boards.find(({ name }) => name === board)?.product
  return { id, board, product, createdBy, endsAt }
}

type Own = Pick<Board, 'name' | 'product'>

/** Two products may each have a board of one name. */
function isSame(one: Own, other: Own): boolean {
  return one.name === other.name && one.product === other.product
}

function withoutBoard(file: File, gone: Own): File {
  return {
    ...file,
    boards: file.boards.filter((board) => !isSame(board, gone)),
    // Links of before kept no board, and so no product.
    shares: file.shares.filter(
      ({ board, shows }) => !isSame({ product: gone.product, ...shows, name: board }, gone)
    )
  }
}

/** The oldest of its product go: nobody looks at the note of a day years ago. */
function withoutOldest<Note extends { readonly product?: string | undefined }>(
  notes: readonly Note[],
  product: string | undefined
): Note[] {
  const oldest = notes.find((note) => note.product === product)
  const own = notes.filter((note) => note.product === product).length
  return notes.filter((note) => own <= annotationsMax || note !== oldest)
}

function put<Named extends Own>(
  all: readonly Named[],
  one: Named,
  max: number,
  what: string
): Named[] {
  const others = all.filter((other) => !isSame(other, one))
  if (others.filter(({ product }) => product === one.product).length >= max)
    throw new CandorError(
      'PARAMETER_INVALID',
      `There are ${max} ${what} of it already; remove one first.`
    )
  return [...others, one]
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

async function readSaved(path: string, files: Effects['files']): Promise<File | CandorError> {
  // A link in it opens a board to whoever made it up.
  const problem = await distrusted(path, { files })
  if (problem !== undefined)
    return new CandorError('BOARDS_UNREADABLE', `No board of this file is believed: ${problem}`)
  let text: string
  try {
    text = await files.readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return nothing
    return unreadable(path, cause)
  }
  try {
    return fileSchema.parse(JSON.parse(text))
  } catch (cause) {
    return unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): CandorError {
  return new CandorError(
    'BOARDS_UNREADABLE',
    `${path} can't be read as what readers saved. Put a backup of it back, or move it away ` +
      'to begin anew.',
    { cause }
  )
}
