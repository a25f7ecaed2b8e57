/**
 * Boards, notes on days and saved filters over the API; and the links by which others see one
 * board.
 */
import { z } from 'zod'
import { annotationSchema, boardSchema, segmentSchema, type Board } from '../../boards/board.ts'
import { readBoardFiles } from '../../boards/board-files.ts'
import { withoutRareShapes } from '../../boards/rare-shapes.ts'
import type { Saved, SharedBoard } from '../../boards/saved.ts'
import type { Effects } from '../../effects.ts'
import { CandorError, isCandorError } from '../../errors.ts'
import type { Audit } from '../access/audit.ts'
import {
  endpoint,
  json,
  type AnswerOf,
  type ApiRequest,
  type Endpoint
} from '../describe/endpoint.ts'
import { asDays } from '../describe/days.ts'
import { instant, named, productName, texts, word } from '../describe/shapes.ts'
import { keepAnswers, type KeptAnswers } from '../kept-answer.ts'
import type { ProductServices } from './products.ts'
import { answerShape, shownAnswer, type AskProduct } from './question-endpoints.ts'

export interface BoardServices {
  readonly effects: Pick<Effects, 'clock' | 'files'>
  readonly saved: Saved
  readonly ask: AskProduct
  readonly products: () => ReadonlyMap<string, { readonly folder: string }>
  readonly productNamed: ProductServices['productNamed']
  readonly audit: Pick<Audit, 'write'>
}

/** A year: whoever needs longer should think about it again then. */
const shareDaysMax = 366
/** Many readers of one link cost the store one look a minute. */
const sharedMs = 60_000
const sharedKeysMax = 200

const board = named('Board', () =>
  z.strictObject({
    name: z.string(),
    title: z.string(),
    product: z.string(),
    since: z.string(),
    cards: z.array(
      z.strictObject({
        question: z.string(),
        title: z.string().optional(),
        /** Without the product. */
        parameters: z.record(z.string(), z.string())
      })
    ),
    /** file: it lies beside the product’s contract, and is changed there. */
    from: z.enum(['saved', 'file'])
  })
)
const annotation = named('Annotation', () =>
  z.strictObject({
    id: z.string(),
    /** Absent: it concerns every product. */
    product: z.string().optional(),
    day: z.string(),
    says: z.string(),
    by: z.string()
  })
)
const segment = named('Segment', () =>
  z.strictObject({
    name: z.string(),
    title: z.string(),
    product: z.string(),
    filters: z.record(z.string(), z.string())
  })
)
const share = named('Share', () =>
  z.strictObject({ id: z.string(), board: z.string(), createdBy: z.string(), endsAt: instant() })
)
const sharedCard = named('SharedCard', () =>
  z.strictObject({
    title: z.string().nullable(),
    question: z.string(),
    /** Null where it could not be answered; `problem` says why. */
    answer: answerShape().nullable(),
    problem: z.string().nullable()
  })
)
type ShownBoard = Board & { readonly from: 'saved' | 'file' }
type SharedCard = AnswerOf<typeof sharedCard>

export function boardEndpoints(services: BoardServices): readonly Endpoint[] {
  let kept: KeptAnswers<readonly SharedCard[]> | undefined
  return [
    ...ownBoards(services),
    ...links(services),
    endpoint({
      method: 'GET',
      path: '/api/v1/shared',
      says: 'the board of a link, with its answers: the secret stands in the header Candor-Share',
      scope: 'anyone',
      answer: () => z.strictObject({ board: board(), cards: z.array(sharedCard()) }),
      async handle({ headers }) {
        const link = usable(services).shared(headers['candor-share'] ?? '')
        const shown = link && (await boardOf(link, services))
        if (shown === undefined) throw unknownBoard('This link shows nothing, or no longer.')
        kept ??= keepAnswers(services.effects.clock, { ms: sharedMs, keysMax: sharedKeysMax })
        const cards = await kept.of(JSON.stringify(shown), () => answersOf(shown, services))
        return json({ board: shown, cards })
      }
    }),
    ...notes(services),
    ...segments(services)
  ]
}

function ownBoards(services: BoardServices): readonly Endpoint[] {
  const path = '/api/v1/boards'
  return [
    endpoint({
      method: 'GET',
      path,
      says: 'every board: those that were saved here, and those that lie beside a contract',
      scope: 'read',
      answer: () => z.strictObject({ boards: z.array(board()), problems: texts() }),
      handle: async () => json(await allBoards(services))
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'save a board, or replace the one of that name',
      scope: 'operate',
      body: () => boardSchema,
      answer: board,
      async handle({ body }) {
        services.productNamed(body.product)
        const { boards } = await allBoards(services)
        if (boards.some(({ name, from }) => name === body.name && from === 'file'))
          throw new CandorError(
            'PARAMETER_INVALID',
            `"${body.name}" is a file beside a contract: change it there, or choose another name`
          )
        await usable(services).putBoard(body)
        return json({ ...body, from: 'saved' })
      }
    }),
    removal(`${path}/{name}`, 'remove a saved board, and the links to it', ({ path }) =>
      usable(services).removeBoard(path.name)
    )
  ]
}

function links(services: BoardServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/shares',
      says: 'the links that show a board to whoever has them; never the links themselves',
      scope: 'operate',
      answer: () => z.strictObject({ shares: z.array(share()) }),
      handle: () => json({ shares: usable(services).shares().map(readable) })
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/shares',
      says: 'make a read-only link to one board as it is now, which is told here and never again',
      scope: 'operate',
      body: () =>
        z.strictObject({
          board: word('monday'),
          expires: z.string().default('30d').describe('Such as 30d or 6m; a year at most.')
        }),
      answer: () => share().extend({ path: z.string() }).meta({ id: 'MadeShare' }),
      async handle({ body: asked, who }) {
        const days = asDays(asked.expires)
        if (days > shareDaysMax)
          throw new CandorError(
            'PARAMETER_INVALID',
            '"expires" must be a year at most; for example 30d'
          )
        const known = await boardNamed(asked.board, services)
        if (known === undefined) throw unknownBoard('There is no board of that name.')
        const { from: _, ...found } = known
        const by = who.name
        // Written down first: what can't be told later is not granted.
        await services.audit.write({ who: by, act: 'board-share' })
        const { secret, share: made } = await usable(services).share(found, {
          by,
          token: who.token,
          days
        })
        // In the fragment, which browsers send to nobody: neither logs nor proxies see it.
        return json({ path: `/shared#${secret}`, ...readable(made) })
      }
    }),
    removal('/api/v1/shares/{name}', 'end a link', async ({ path, who }) => {
      const wasThere = await usable(services).revoke(path.name)
      await services.audit.write({ who: who.name, act: 'board-unshare' })
      return wasThere
    })
  ]
}

function notes(services: BoardServices): readonly Endpoint[] {
  const path = '/api/v1/annotations'
  return [
    endpoint({
      method: 'GET',
      path,
      says: 'notes on days, which charts mark',
      scope: 'read',
      query: () =>
        z.strictObject({
          product: productName().optional().describe('only those that concern it')
        }),
      answer: () => z.strictObject({ annotations: z.array(annotation()) }),
      handle({ query: { product } }) {
        const all = usable(services).annotations()
        return json({
          annotations: all.filter(
            (note) => product === undefined || (note.product ?? product) === product
          )
        })
      }
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'note what happened on a day: a release, a campaign, an outage',
      scope: 'operate',
      body: () => annotationSchema,
      answer: annotation,
      async handle({ body: note, who }) {
        if (note.product !== undefined) services.productNamed(note.product)
        return json(await usable(services).annotate({ ...note, by: who.name }))
      }
    }),
    removal(`${path}/{name}`, 'remove a note', ({ path }) =>
      usable(services).removeAnnotation(path.name)
    )
  ]
}

function segments(services: BoardServices): readonly Endpoint[] {
  const path = '/api/v1/segments'
  return [
    endpoint({
      method: 'GET',
      path,
      says: 'filters with a name',
      scope: 'read',
      answer: () => z.strictObject({ segments: z.array(segment()) }),
      handle: () => json({ segments: usable(services).segments() })
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'give filters a name, or replace those of that name',
      scope: 'operate',
      body: () => segmentSchema,
      answer: segment,
      async handle({ body }) {
        services.productNamed(body.product)
        await usable(services).putSegment(body)
        return json(body)
      }
    }),
    removal(`${path}/{name}`, 'forget filters of that name', ({ path }) =>
      usable(services).removeSegment(path.name)
    )
  ]
}

function removal(
  path: `/api/v1/${string}/{name}`,
  says: string,
  remove: (request: ApiRequest<'{name}'>) => Promise<boolean>
): Endpoint {
  return endpoint({
    method: 'DELETE',
    path,
    says,
    scope: 'operate',
    answer: () => z.strictObject({ removed: z.boolean() }),
    handle: async (request) => json({ removed: await remove(request) })
  })
}

async function allBoards(services: BoardServices): Promise<{
  readonly boards: readonly ShownBoard[]
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

async function boardNamed(name: string, services: BoardServices): Promise<ShownBoard | undefined> {
  return (await allBoards(services)).boards.find((board) => board.name === name)
}

/**
 * As it was when the link was made: whoever made it looked at what it shows. A board that is gone
 * shows nothing; links of before hold no board, and show the one of that name.
 */
async function boardOf(
  { name, shows }: SharedBoard,
  services: BoardServices
): Promise<ShownBoard | undefined> {
  const now = await boardNamed(name, services)
  return now && { ...now, ...shows }
}

/** One card that can't be answered leaves the others as they are. */
async function answersOf(
  board: ShownBoard,
  services: BoardServices
): Promise<readonly SharedCard[]> {
  const cards: SharedCard[] = []
  // One after the other: a link takes one seat of the store, however many cards it has.
  for (const { question, title = null, parameters } of board.cards) {
    try {
      const answer = await services.ask(
        board.product,
        question,
        new Map(Object.entries({ since: board.since, ...parameters }))
      )
      const { newest } = services.productNamed(board.product)
      // The statement is for whoever may run one.
      const { sql: _, ...shown } = shownAnswer(withoutRareShapes(answer, newest))
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
