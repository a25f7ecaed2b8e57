/**
 * Boards, notes on days and saved filters over the API; and the links by which others see one
 * board.
 */
import { z } from 'zod'
import type { AnswerTable } from '../../analytics/asking/question.ts'
import { annotationSchema, boardSchema, segmentSchema, type Board } from '../../boards/board.ts'
import { readBoardFiles } from '../../boards/board-files.ts'
import type { Saved, SharedBoard } from '../../boards/saved.ts'
import type { Effects } from '../../effects.ts'
import { CandorError, isCandorError } from '../../errors.ts'
import type { Audit } from '../access/audit.ts'
import { json, type ApiRequest, type Endpoint, type Schema } from '../describe/endpoint.ts'
import { asDays } from '../describe/parameters.ts'
import {
  anything,
  asJson,
  flag,
  instant,
  list,
  object,
  oneOf,
  orNull,
  text
} from '../describe/schema.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'
import type { ProductServices } from './products.ts'
import type { AskProduct } from './question-endpoints.ts'

export interface BoardServices {
  readonly effects: Pick<Effects, 'clock' | 'files'>
  readonly saved: Saved
  readonly ask: AskProduct
  readonly products: () => ReadonlyMap<string, { readonly folder: string }>
  readonly productNamed: ProductServices['productNamed']
  readonly audit: Pick<Audit, 'write'>
}

type SharedCard = { readonly title: string | null; readonly question: string } & (
  | { readonly answer: AnswerTable; readonly problem: null }
  | { readonly answer: null; readonly problem: string }
)

/** A year: whoever needs longer should think about it again then. */
const shareDaysMax = 366
/** Many readers of one link cost the store one look a minute. */
const sharedMs = 60_000
const sharedKeysMax = 200

const boardBody = schemaOf(boardSchema)
const boardAnswer = object({
  name: text,
  title: text,
  product: text,
  since: text,
  cards: list(object({ question: text, 'title?': text, parameters: anything })),
  from: oneOf(['saved', 'file'])
})
const annotationAnswer = object({ id: text, 'product?': text, day: text, says: text, by: text })
const segmentAnswer = object({ name: text, title: text, product: text, filters: anything })
const shareAnswer = object({ id: text, board: text, createdBy: text, endsAt: instant })
const removed = asJson(object({ removed: flag }))

export function boardEndpoints(services: BoardServices): readonly Endpoint[] {
  let kept: KeptAnswers<readonly SharedCard[]> | undefined
  return [
    ...ownBoards(services),
    ...links(services),
    {
      method: 'GET',
      path: '/api/v1/shared',
      says: 'the board of a link, with its answers: the secret stands in the header Candor-Share',
      scope: 'anyone',
      answers: asJson(
        object({
          board: boardAnswer,
          cards: list(
            object({
              title: orNull(text),
              question: text,
              answer: orNull(anything),
              problem: orNull(text)
            })
          )
        })
      ),
      async handle({ headers }) {
        const link = usable(services).shared(headers['candor-share'] ?? '')
        const board = link && (await boardOf(link, services))
        if (board === undefined) throw unknownBoard('This link shows nothing, or no longer.')
        kept ??= keepAnswers(services.effects.clock, { ms: sharedMs, keysMax: sharedKeysMax })
        const cards = await kept.of(JSON.stringify(board), () => answersOf(board, services))
        return json({ board, cards })
      }
    },
    ...notes(services),
    ...segments(services)
  ]
}

function ownBoards(services: BoardServices): readonly Endpoint[] {
  const path = '/api/v1/boards'
  return [
    {
      method: 'GET',
      path,
      says: 'every board: those that were saved here, and those that lie beside a contract',
      scope: 'read',
      answers: asJson(object({ boards: list(boardAnswer), problems: list(text) })),
      handle: async () => json(await allBoards(services))
    },
    {
      method: 'POST',
      path,
      says: 'save a board, or replace the one of that name',
      scope: 'operate',
      body: boardBody,
      answers: asJson(boardAnswer),
      async handle({ body }) {
        const board = parsed(boardSchema, body)
        services.productNamed(board.product)
        const { boards } = await allBoards(services)
        if (boards.some(({ name, from }) => name === board.name && from === 'file'))
          throw new CandorError(
            'PARAMETER_INVALID',
            `"${board.name}" is a file beside a contract: change it there, or choose another name`
          )
        await usable(services).putBoard(board)
        return json({ ...board, from: 'saved' })
      }
    },
    removal(`${path}/{name}`, 'remove a saved board, and the links to it', ({ path }) =>
      usable(services).removeBoard(path['name'] ?? '')
    )
  ]
}

function links(services: BoardServices): readonly Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/shares',
      says: 'the links that show a board to whoever has them; never the links themselves',
      scope: 'operate',
      answers: asJson(object({ shares: list(shareAnswer) })),
      handle: () => json({ shares: usable(services).shares().map(readable) })
    },
    {
      method: 'POST',
      path: '/api/v1/shares',
      says: 'make a read-only link to one board as it is now, which is told here and never again',
      scope: 'operate',
      body: {
        properties: {
          board: text,
          expires: { type: 'string', description: 'Such as 30d or 6m; a year at most.' }
        },
        required: ['board']
      },
      answers: asJson(
        object({ path: text, id: text, board: text, createdBy: text, endsAt: instant })
      ),
      async handle({ body, who }) {
        const asked = parsed(
          z.strictObject({ board: z.string(), expires: z.string().default('30d') }),
          body
        )
        const days = asDays(asked.expires)
        if (days > shareDaysMax)
          throw new CandorError(
            'PARAMETER_INVALID',
            '"expires" must be a year at most; for example 30d'
          )
        const named = await boardNamed(asked.board, services)
        if (named === undefined) throw unknownBoard('There is no board of that name.')
        const { from: _, ...board } = named
        const by = who.name
        // Written down first: what can't be told later is not granted.
        await services.audit.write({ who: by, act: 'board-share' })
        const { secret, share } = await usable(services).share(board, {
          by,
          token: who.token,
          days
        })
        // In the fragment, which browsers send to nobody: neither logs nor proxies see it.
        return json({ path: `/shared#${secret}`, ...readable(share) })
      }
    },
    removal('/api/v1/shares/{name}', 'end a link', async ({ path, who }) => {
      const wasThere = await usable(services).revoke(path['name'] ?? '')
      await services.audit.write({ who: who.name, act: 'board-unshare' })
      return wasThere
    })
  ]
}

function notes(services: BoardServices): readonly Endpoint[] {
  const path = '/api/v1/annotations'
  return [
    {
      method: 'GET',
      path,
      says: 'notes on days, which charts mark',
      scope: 'read',
      parameters: [{ name: 'product', says: 'only those that concern it', schema: text }],
      answers: asJson(object({ annotations: list(annotationAnswer) })),
      handle({ parameters }) {
        const product = parameters.get('product')
        const all = usable(services).annotations()
        return json({
          annotations: all.filter(
            (note) => product === undefined || (note.product ?? product) === product
          )
        })
      }
    },
    {
      method: 'POST',
      path,
      says: 'note what happened on a day: a release, a campaign, an outage',
      scope: 'operate',
      body: schemaOf(annotationSchema),
      answers: asJson(annotationAnswer),
      async handle({ body, who }) {
        const note = parsed(annotationSchema, body)
        if (note.product !== undefined) services.productNamed(note.product)
        return json(await usable(services).annotate({ ...note, by: who.name }))
      }
    },
    removal(`${path}/{name}`, 'remove a note', ({ path }) =>
      usable(services).removeAnnotation(path['name'] ?? '')
    )
  ]
}

function segments(services: BoardServices): readonly Endpoint[] {
  const path = '/api/v1/segments'
  return [
    {
      method: 'GET',
      path,
      says: 'filters with a name',
      scope: 'read',
      answers: asJson(object({ segments: list(segmentAnswer) })),
      handle: () => json({ segments: usable(services).segments() })
    },
    {
      method: 'POST',
      path,
      says: 'give filters a name, or replace those of that name',
      scope: 'operate',
      body: schemaOf(segmentSchema),
      answers: asJson(segmentAnswer),
      async handle({ body }) {
        const segment = parsed(segmentSchema, body)
        services.productNamed(segment.product)
        await usable(services).putSegment(segment)
        return json(segment)
      }
    },
    removal(`${path}/{name}`, 'forget filters of that name', ({ path }) =>
      usable(services).removeSegment(path['name'] ?? '')
    )
  ]
}

function removal(
  path: string,
  says: string,
  remove: (request: ApiRequest) => Promise<boolean>
): Endpoint {
  return {
    method: 'DELETE',
    path,
    says,
    scope: 'operate',
    answers: removed,
    handle: async (request) => json({ removed: await remove(request) })
  }
}

async function allBoards(services: BoardServices): Promise<{
  readonly boards: readonly (Board & { readonly from: 'saved' | 'file' })[]
  readonly problems: readonly string[]
}> {
  const files = await Promise.all(
    [...services.products()].map(([product, { folder }]) =>
      readBoardFiles({ product, folder }, services.effects.files)
    )
  )
  const inFiles = files.flatMap(({ boards }) => boards)
  const saved = usable(services)
    .boards()
    .filter(({ name }) => !inFiles.some((board) => board.name === name))
  return {
    boards: [
      ...inFiles.map((board) => ({ ...board, from: 'file' as const })),
      ...saved.map((board) => ({ ...board, from: 'saved' as const }))
    ],
    problems: files.flatMap(({ problems }) => problems)
  }
}

async function boardNamed(
  name: string,
  services: BoardServices
): Promise<(Board & { readonly from: 'saved' | 'file' }) | undefined> {
  return (await allBoards(services)).boards.find((board) => board.name === name)
}

/**
 * As it was when the link was made: whoever made it looked at what it shows. A board that is gone
 * shows nothing; links of before hold no board, and show the one of that name.
 */
async function boardOf(
  { name, shows }: SharedBoard,
  services: BoardServices
): Promise<(Board & { readonly from: 'saved' | 'file' }) | undefined> {
  const now = await boardNamed(name, services)
  return now && { ...now, ...shows }
}

/** One card that can't be answered leaves the others as they are. */
async function answersOf(board: Board, services: BoardServices): Promise<readonly SharedCard[]> {
  const cards: SharedCard[] = []
  // One after the other: a link takes one seat of the store, however many cards it has.
  for (const { question, title = null, parameters } of board.cards) {
    try {
      const answer = await services.ask(
        board.product,
        question,
        new Map(Object.entries({ since: board.since, ...parameters }))
      )
      // The statement is for whoever may run one.
      const { sql: _, ...shown } = answer
      cards.push({ title, question, answer: shown, problem: null })
    } catch (error) {
      if (!isCandorError(error)) throw error
      cards.push({ title, question, answer: null, problem: error.message })
    }
  }
  return cards
}

function usable({ saved }: BoardServices): Saved {
  if (saved.problem !== undefined) throw saved.problem
  return saved
}

function unknownBoard(message: string): CandorError {
  return new CandorError('BOARD_UNKNOWN', message)
}

function readable<Timed extends { readonly endsAt: number }>(
  share: Timed
): Omit<Timed, 'endsAt'> & { readonly endsAt: string } {
  return { ...share, endsAt: new Date(share.endsAt).toISOString() }
}

function parsed<Shape extends z.ZodType>(shape: Shape, body: unknown): z.infer<Shape> {
  const read = shape.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new CandorError(
    'PARAMETER_INVALID',
    `"${issue?.path.join('.') ?? ''}" ${issue?.message ?? 'is wrong'}`
  )
}

function schemaOf(shape: z.ZodType): NonNullable<Endpoint['body']> {
  const { properties = {}, required = [] } = z.toJSONSchema(shape, { io: 'input' }) as {
    properties?: Readonly<Record<string, Schema>>
    required?: readonly string[]
  }
  return { properties, required }
}
