/**
 * Every question to the server as a query with a name, so that two parts of a page that ask the
 * same share one answer.
 */
import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  queryOptions,
  useQuery,
  useQueryClient,
  type UseQueryResult
} from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import type {
  Act,
  Answer,
  Askable,
  Column,
  Glance,
  Health,
  ProductContract,
  ProductSummary,
  Question,
  Routes,
  Session
} from './answers.ts'
import { isAwayError, noteAway } from './away.ts'
import { ApiError, ask, type Parameters } from './client.ts'

export function createQueries(): QueryClient {
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      // A session that ended elsewhere, or with the server: the pages then lead to the sign-in.
      onError: (error, { queryKey }) => {
        if (isAwayError(error)) noteAway(client)
        if (error instanceof ApiError && error.status === 401 && queryKey[0] !== 'session')
          void client.invalidateQueries({ queryKey: ['session'] })
      }
    }),
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // A machine without a network still reaches a server of its own.
        networkMode: 'always',
        // A refused question stays refused; a busy or restarting store may answer a moment later.
        retry: (failures, error) =>
          failures < 2 &&
          error instanceof ApiError &&
          (error.status === 503 || error.status === 429),
        // Whoever comes back to the page in the morning sees the morning.
        refetchOnWindowFocus: true
      }
    }
  })
  return client
}

/**
 * What every page needs, asked before the first one is drawn; resolves once it is known whether
 * somebody is signed in.
 */
export async function askAhead(
  queries: QueryClient,
  product: string | undefined
): Promise<{ readonly isSignedIn: boolean }> {
  const { signedIn } = await queries.fetchQuery(sessionQuery)
  if (signedIn) {
    void queries.prefetchQuery(productsQuery)
    if (product !== undefined) void queries.prefetchQuery(questionsQuery(product))
  }
  return { isSignedIn: signedIn }
}

const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => ask('GET session', { signal }),
  staleTime: 300_000
})

export function useSession(): UseQueryResult<Session> {
  return useQuery(sessionQuery)
}

/** Whether this session has the scope, on that product. */
export function useMay(scope: Session['scopes'][number], product: string | undefined): boolean {
  const { data } = useSession()
  return (
    data?.rights.some(
      ({ scopes, products }) =>
        scopes.includes(scope) &&
        (products === null || (product !== undefined && products.includes(product)))
    ) === true
  )
}

const productsQuery = queryOptions({
  queryKey: ['products'],
  queryFn: ({ signal }) => ask('GET products', { signal })
})

export function useProducts(): UseQueryResult<readonly ProductSummary[]> {
  return useQuery({
    ...productsQuery,
    select: ({ products }) => products,
    // Whoever waits for the first record need not load the page again.
    refetchInterval: ({ state }) =>
      state.data?.products.some(({ records }) => records === 0) === true ? 15_000 : false
  })
}

/** Where reports go in; undefined until it is known. */
export function useIngest(): string | undefined {
  return useQuery({ ...productsQuery, select: ({ ingest }) => ingest }).data
}

export interface QuestionCatalogue extends Omit<Askable, 'questions'> {
  /** Each with its own parameters; the common ones are filters of the whole page. */
  readonly questions: readonly Question[]
  /** What the contract itself asks, and which of the questions answer it, whole. */
  readonly contractQuestions: Askable['questions']
}

export const questionsQuery = (product: string) =>
  queryOptions({
    queryKey: ['questions', product],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<QuestionCatalogue> => {
      const { questions, dimensionsOf } = await ask('GET questions', {
        query: { product },
        signal
      })
      const withOwn = questions.map((question) => ({
        ...question,
        parameters: question.parameters.filter(({ name }) => !question.common.includes(name))
      }))
      return {
        dimensions: [],
        advisories: [],
        fields: [],
        records: [],
        ...dimensionsOf[product],
        contractQuestions: dimensionsOf[product]?.questions ?? [],
        questions: withOwn
      }
    }
  })

export function useQuestions(product: string): UseQueryResult<QuestionCatalogue> {
  return useQuery({ ...questionsQuery(product), enabled: product !== '' })
}

/** Numbers of days move slowly; a minute is soon enough to see a record that was just sent. */
const answerEveryMs = 60_000

export const answerQuery = (question: string, parameters: Parameters) =>
  queryOptions({
    queryKey: ['answer', question, parameters],
    queryFn: ({ signal }): Promise<Answer> =>
      ask('GET questions/{question}', { path: { question }, query: parameters, signal })
  })

/** Asks; while a changed question is under way, the old answer stays, so that nothing jumps. */
export function useAnswer(
  question: string,
  parameters: Parameters,
  { isWanted = true }: { readonly isWanted?: boolean } = {}
): UseQueryResult<Answer> {
  return useQuery({
    ...answerQuery(question, parameters),
    enabled: isWanted,
    placeholderData: keepPreviousData,
    // Only while somebody looks: a page in the background asks nothing.
    refetchInterval: answerEveryMs
  })
}

export const glanceQuery = (parameters: Routes['GET glance']['query']) =>
  queryOptions({
    queryKey: ['answer', 'glance', parameters],
    queryFn: ({ signal }): Promise<Glance> => ask('GET glance', { query: parameters, signal })
  })

/** The numbers of full days: they change when a late record comes, or a day ends. */
export function useGlance(parameters: Routes['GET glance']['query']): UseQueryResult<Glance> {
  return useQuery({
    ...glanceQuery(parameters),
    placeholderData: keepPreviousData,
    refetchInterval: answerEveryMs
  })
}

/** When the newest answer on the page was given; undefined: none yet. */
export function useAsOf(): number | undefined {
  const cache = useQueryClient().getQueryCache()
  return useSyncExternalStore(
    (changed) => cache.subscribe(changed),
    () => {
      const times = cache
        .findAll({ queryKey: ['answer'], type: 'active' })
        .map(({ state }) => state.dataUpdatedAt)
      const newest = Math.max(0, ...times)
      return newest === 0 ? undefined : newest
    }
  )
}

export function useContract(
  product: string,
  { isWanted = true }: { readonly isWanted?: boolean } = {}
): UseQueryResult<ProductContract> {
  return useQuery({
    queryKey: ['contract', product],
    queryFn: ({ signal }) => ask('GET products/{product}', { path: { product }, signal }),
    enabled: isWanted
  })
}

export function useReleases(
  product: string
): UseQueryResult<Routes['GET products/{product}/releases']['answer']> {
  return useQuery({
    queryKey: ['releases', product],
    queryFn: ({ signal }) => ask('GET products/{product}/releases', { path: { product }, signal })
  })
}

const healthEveryMs = 5_000

export function useHealth(): UseQueryResult<Health> {
  return useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => ask('GET health', { signal }),
    refetchInterval: healthEveryMs
  })
}

export function useAudit({
  isWanted
}: {
  readonly isWanted: boolean
}): UseQueryResult<readonly Act[]> {
  return useQuery({
    queryKey: ['audit'],
    queryFn: async ({ signal }) => (await ask('GET audit', { query: { limit: 50 }, signal })).acts,
    enabled: isWanted
  })
}

export function isNumeric({ type }: Pick<Column, 'type'>): boolean {
  return type === 'integer' || type === 'number' || type === 'share'
}
