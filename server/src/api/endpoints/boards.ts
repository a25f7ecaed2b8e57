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
import { everywhere, type Reach } from '../access/scope.ts'
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
import type { ApiProduct, ProductServices } from './products.ts'
import { answerShape, shownAnswer, type AskProduct } from './question-endpoints.ts'

export interface BoardServices {
  readonly effects: Pick<Effects, 'clock' | 'files'>
  readonly saved: Saved
  readonly ask: AskProduct
  readonly products: (reach: Reach) => ReadonlyMap<string, { readonly folder: string }>
  /** For whoever has a link: it shows one board of one product, whoever they are. */
  readonly productOfLink: (name: string) => ApiProduct & { readonly product: string }
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
  z.strictObject({
    id: z.string(),
    board: z.string(),
    product: z.string().optional(),
    createdBy: z.string(),
    endsAt: instant()
  })
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
      handle: async ({ reach }) => json(await allBoards(services, reach))
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'save a board, or replace the one of that name',
      scope: 'maintain',
      body: () => boardSchema,
      answer: board,
      async handle({ body, reach }) {
        const { product } = services.productNamed(reach, body.product)
        const boards = await boardsNamed(body.name, services, reach)
        if (boards.some((board) => board.product === product && board.from === 'file'))
          throw new CandorError(
            'PARAMETER_INVALID',
            `"${body.name}" is a file beside a contract: change it there, or choose another name`
          )
        await usable(services).putBoard(body)
        return json({ ...body, from: 'saved' })
      }
    }),
    removal(
      `${path}/{name}`,
      'remove a saved board, and the links to it',
      async ({ path, query, reach }) => {
        const saved = usable(services)
        const all = saved.boards().filter(({ name }) => name === path.name)
        const found = oneOf(all, query.product, reach)
        return found !== undefined && saved.removeBoard(found)
      }
    )
  ]
}

function links(services: BoardServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/shares',
      says: 'the links that show a board to whoever has them; never the links themselves',
      scope: 'maintain',
      answer: () => z.strictObject({ shares: z.array(share()) }),
      handle: ({ reach }) =>
        json({
          shares: usable(services)
            .shares()
            .filter(({ product }) => isWithin(product, reach))
            .map(readable)
        })
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/shares',
      says: 'make a read-only link to one board as it is now, which is told here and never again',
      scope: 'maintain',
      body: () =>
        z.strictObject({
          board: word('monday'),
          product: productName().optional().describe('where several have a board of that name'),
          expires: z.string().default('30d').describe('Such as 30d or 6m; a year at most.')
        }),
      answer: () => share().extend({ path: z.string() }).meta({ id: 'MadeShare' }),
      async handle({ body: asked, who, reach }) {
        const days = asDays(asked.expires)
        if (days > shareDaysMax)
          throw new CandorError(
            'PARAMETER_INVALID',
            '"expires" must be a year at most; for example 30d'
          )
        const known = oneOf(await boardsNamed(asked.board, services, reach), asked.product, reach)
        if (known === undefined) throw unknownBoard('There is no board of that name.')
        const { from: _, ...found } = known
        const by = who.name
        // Written down first: what can't be told later is not granted.
        await services.audit.write({ who: by, act: 'board-share', product: found.product })
        const { secret, share: made } = await usable(services).share(found, {
          by,
          token: who.token,
          days
        })
        // In the fragment, which browsers send to nobody: neither logs nor proxies see it.
        return json({ path: `/shared#${secret}`, ...readable(made) })
      }
    }),
    removal('/api/v1/shares/{name}', 'end a link', async ({ path, who, reach }) => {
      const saved = usable(services)
      const found = saved.shares().find(({ id }) => id === path.name)
      if (found === undefined || !isWithin(found.product, reach)) return false
      const wasThere = await saved.revoke(found.id)
      const { product } = found
      await services.audit.write({
        who: who.name,
        act: 'board-unshare',
        ...(product !== undefined && { product })
      })
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
      handle({ query: { product: name }, reach }) {
        const product = name === undefined ? name : services.productNamed(reach, name).product
        const all = usable(services).annotations()
        return json({
          annotations: all.filter(
            (note) =>
              (note.product === undefined || reach.has(note.product)) &&
              (product === undefined || (note.product ?? product) === product)
          )
        })
      }
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'note what happened on a day: a release, a campaign, an outage',
      scope: 'maintain',
      body: () => annotationSchema,
      answer: annotation,
      async handle({ body: note, who, reach }) {
        if (note.product !== undefined) services.productNamed(reach, note.product)
        else if (!reach.isAll)
          throw new CandorError('PARAMETER_INVALID', '"product" is missing; for example dlt')
        return json(await usable(services).annotate({ ...note, by: who.name }))
      }
    }),
    removal(`${path}/{name}`, 'remove a note', async ({ path, reach }) => {
      const saved = usable(services)
      const found = saved.annotations().find(({ id }) => id === path.name)
      return (
        found !== undefined && isWithin(found.product, reach) && saved.removeAnnotation(found.id)
      )
    })
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
      handle: ({ reach }) =>
        json({
          segments: usable(services)
            .segments()
            .filter(({ product }) => reach.has(product))
        })
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'give filters a name, or replace those of that name',
      scope: 'maintain',
      body: () => segmentSchema,
      answer: segment,
      async handle({ body, reach }) {
        services.productNamed(reach, body.product)
        await usable(services).putSegment(body)
        return json(body)
      }
    }),
    removal(`${path}/{name}`, 'forget filters of that name', async ({ path, query, reach }) => {
      const saved = usable(services)
      const all = saved.segments().filter(({ name }) => name === path.name)
      const found = oneOf(all, query.product, reach)
      return found !== undefined && saved.removeSegment(found)
    })
  ]
}

function removal(
  path: `/api/v1/${string}/{name}`,
  says: string,
  remove: (
    request: ApiRequest<'{name}', { readonly product?: string | undefined }>
  ) => Promise<boolean>
): Endpoint {
  return endpoint({
    method: 'DELETE',
    path,
    says,
    scope: 'maintain',
    query: () =>
      z.strictObject({
        product: productName().optional().describe('where several have one of that name')
      }),
    answer: () => z.strictObject({ removed: z.boolean() }),
    handle: async (request) => json({ removed: await remove(request) })
  })
}

async function allBoards(
  services: BoardServices,
  reach: Reach
): Promise<{
  readonly boards: readonly ShownBoard[]
  readonly problems: readonly string[]
}> {
  const files = await Promise.all(
    [...services.products(reach)].map(([product, { folder }]) =>
      readBoardFiles({ product, folder }, services.effects.files)
    )
  )
  const inFiles = files.flatMap(({ boards }) => boards)
  const saved = usable(services)
    .boards()
    .filter(
      ({ name, product }) =>
        reach.has(product) &&
        !inFiles.some((board) => board.name === name && board.product === product)
    )
  return {
    boards: [
      ...inFiles.map((board) => ({ ...board, from: 'file' as const })),
      ...saved.map((board) => ({ ...board, from: 'saved' as const }))
    ],
    problems: files.flatMap(({ problems }) => problems)
  }
}

async function boardsNamed(
  name: string,
  services: BoardServices,
  reach: Reach
): Promise<readonly ShownBoard[]> {
  return (await allBoards(services, reach)).boards.filter((board) => board.name === name)
}

/** Throws PARAMETER_INVALID where several products have one, and none of them was named. */
function oneOf<Own extends { readonly name: string; readonly product: string }>(
  all: readonly Own[],
  product: string | undefined,
  reach: Reach
): Own | undefined {
  const found = all.filter(
    (one) => reach.has(one.product) && (product === undefined || one.product === product)
  )
  const [first, second] = found
  if (second === undefined) return first
  throw new CandorError(
    'PARAMETER_INVALID',
    `"product" is missing: several have one of that name, ${first?.product ?? ''} for example`
  )
}

/** What is of no product is of the whole collector. */
function isWithin(product: string | undefined, reach: Reach): boolean {
  return product === undefined ? reach.isAll : reach.has(product)
}

/**
 * As it was when the link was made: whoever made it looked at what it shows. A board that is gone
 * shows nothing; links of before hold no board, and show the one of that name.
 */
async function boardOf(
  { name, shows }: SharedBoard,
  services: BoardServices
): Promise<ShownBoard | undefined> {
  // A link is judged by what it shows, whoever has it.
  const all = await boardsNamed(name, services, everywhere)
  const now = all.find(({ product }) => product === (shows?.product ?? product))
  return now && { ...now, ...shows }
}

/** One card that can't be answered leaves the others as they are. */
async function answersOf(
  board: ShownBoard,
  services: BoardServices
): Promise<readonly SharedCard[]> {
  const cards: SharedCard[] = []
  const product = services.productOfLink(board.product)
  // One after the other: a link takes one seat of the store, however many cards it has.
  for (const { question, title = null, parameters } of board.cards) {
    try {
      const answer = await services.ask(
        product,
        question,
        new Map(Object.entries({ since: board.since, ...parameters }))
      )
      // The statement is for whoever may run one.
      const { sql: _, ...shown } = shownAnswer(withoutRareShapes(answer, product.newest))
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
