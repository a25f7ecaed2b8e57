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
import type { Answer, Column, ProductSummary, Question, Session } from './answer.ts'
import { isAwayError, noteAway } from './away.ts'
import { ApiError, get, type Parameters } from './client.ts'

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
 * What every page needs, asked before the first one is drawn; resolves once it is known who is
 * signed in.
 */
export async function askAhead(queries: QueryClient, product: string | undefined): Promise<void> {
  const session = await queries.fetchQuery(sessionQuery)
  if (!session.signedIn) return
  void queries.prefetchQuery(productsQuery)
  if (product !== undefined) void queries.prefetchQuery(questionsQuery(product))
}

const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('session', {}, signal),
  staleTime: 300_000
})

export function useSession(): UseQueryResult<Session> {
  return useQuery(sessionQuery)
}

interface Products {
  /** Where reports go in. */
  readonly ingest: string
  readonly products: readonly ProductSummary[]
}

const productsQuery = queryOptions({
  queryKey: ['products'],
  queryFn: ({ signal }) => get<Products>('products', {}, signal)
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

export interface QuestionField {
  readonly name: string
  readonly records: readonly string[]
  readonly type: string
  readonly unit: string | null
  readonly values: readonly string[] | null
  /** Few distinct values: records can be told apart by it. */
  readonly isDimension: boolean
  /** Whether it holds shapes of SQL statements. */
  readonly isShape: boolean
}

export interface QuestionCatalogue {
  readonly questions: readonly Question[]
  readonly dimensions: readonly string[]
  readonly fields: readonly QuestionField[]
  readonly records: readonly { readonly name: string; readonly kind: string }[]
}

const questionsQuery = (product: string) =>
  queryOptions({
    queryKey: ['questions', product],
    staleTime: Infinity,
    queryFn: async ({ signal }): Promise<QuestionCatalogue> => {
      const { questions, dimensionsOf } = await get<{
        questions: readonly Question[]
        dimensionsOf: Readonly<Record<string, Omit<QuestionCatalogue, 'questions'>>>
      }>('questions', { product }, signal)
      const withOwn = questions.map((question) => ({
        ...question,
        parameters: question.parameters.filter(({ name }) => !question.common.includes(name))
      }))
      return {
        dimensions: [],
        fields: [],
        records: [],
        ...dimensionsOf[product],
        questions: withOwn
      }
    }
  })

export function useQuestions(product: string): UseQueryResult<QuestionCatalogue> {
  return useQuery({ ...questionsQuery(product), enabled: product !== '' })
}

/** Numbers of days move slowly; a minute is soon enough to see a record that was just sent. */
const answerEveryMs = 60_000

/** Asks; while a changed question is under way, the old answer stays, so that nothing jumps. */
export function useAnswer(
  question: string,
  parameters: Parameters,
  isWanted = true
): UseQueryResult<Answer> {
  return useQuery({
    queryKey: ['answer', question, parameters],
    queryFn: ({ signal }) => get<Answer>(`questions/${question}`, parameters, signal),
    enabled: isWanted,
    placeholderData: keepPreviousData,
    // Only while somebody looks: a page in the background asks nothing.
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

export interface ContractField {
  readonly name: string
  readonly type: string
  readonly unit: string | null
  readonly values: readonly string[] | null
  readonly says: string
  readonly level: string
  readonly since: string | null
  readonly owner: string | null
  readonly expires: string | null
  readonly collector: 'keeps' | 'reduces' | 'drops'
  readonly sdk: 'sends' | 'never'
  readonly because: string | null
  /** Of the contract's questions, those that it answers. */
  readonly questions: readonly string[]
  readonly observedShare: number | null
  readonly lastSeen: string | null
}

export interface ContractRecord {
  readonly name: string
  readonly kind: 'event' | 'snapshot' | 'counter'
  readonly when: string
  readonly level: string
  readonly since: string | null
  readonly owner: string | null
  readonly expires: string | null
  readonly questions: readonly string[]
  readonly observedShare: number | null
  readonly lastSeen: string | null
  readonly records30d: number
  readonly fields: readonly ContractField[]
}

export interface ProductContract {
  readonly contract: {
    readonly product: string
    readonly title: string
    readonly purpose: string
    readonly contact?: string
    readonly retention?: Readonly<Record<string, string>>
    readonly recipients?: readonly {
      readonly name: string
      readonly where?: string
      readonly for?: string
    }[]
    readonly consent?: {
      readonly default?: string
      readonly levels?: Readonly<Record<string, string>>
    }
    readonly identity?: { readonly kind?: string; readonly says?: string }
    readonly questions?: Readonly<Record<string, string>>
  }
  readonly digest: string
  readonly published: readonly { readonly digest: string; readonly firstSeen: string | null }[]
  readonly records: readonly ContractRecord[]
  readonly disclosureHtml: string
}

export function useContract(product: string): UseQueryResult<ProductContract> {
  return useQuery({
    queryKey: ['contract', product],
    queryFn: ({ signal }) =>
      get<ProductContract>(`products/${encodeURIComponent(product)}`, {}, signal)
  })
}

export interface Advisory {
  readonly id: string
  readonly severity: string
  readonly title: string
  /** `>=2.0.0 <2.14.3 || 2.15.0` */
  readonly affected: string
  readonly fixed?: string
  readonly url?: string
  readonly withdrawn?: boolean
}

export interface Releases {
  readonly newest: string | null
  readonly releases: readonly { readonly version: string; readonly date: string | null }[]
  readonly advisories: readonly Advisory[]
}

export function useReleases(product: string): UseQueryResult<Releases> {
  return useQuery({
    queryKey: ['releases', product],
    queryFn: ({ signal }) =>
      get<Releases>(`products/${encodeURIComponent(product)}/releases`, {}, signal)
  })
}

export interface Health {
  readonly ingest: { readonly perSecond: number; readonly last24h: number | null }
  readonly lagSeconds: number
  readonly inbox: {
    readonly entries: number
    readonly bytes: number
    readonly limitBytes: number
    readonly refusing: string | null
  }
  readonly engine: {
    readonly state: 'starting' | 'ready' | 'unreachable'
    readonly kind: string
    readonly since: string
    readonly restarts: number
  }
  readonly disk: { readonly freeBytes: number; readonly totalBytes: number }
  readonly storage: readonly {
    readonly product: string
    readonly rows: number
    readonly bytes: number
    readonly oldest: string | null
    readonly recordsDays: number
  }[]
  readonly quarantine: number | null
  /** Since the server started. */
  readonly dropped: readonly { readonly reason: string; readonly count: number }[]
  readonly doctor: readonly {
    readonly name: string
    readonly is: 'ok' | 'warning' | 'failed'
    readonly says: string
  }[]
}

const healthEveryMs = 5_000

export function useHealth(): UseQueryResult<Health> {
  return useQuery({
    queryKey: ['health'],
    queryFn: ({ signal }) => get<Health>('health', {}, signal),
    refetchInterval: healthEveryMs
  })
}

export interface Act {
  readonly at: string
  readonly who: string
  readonly act: string
  readonly product?: string
  readonly reason?: string
  readonly found?: boolean
  readonly token?: string
}

export function useAudit(isWanted: boolean): UseQueryResult<readonly Act[]> {
  return useQuery({
    queryKey: ['audit'],
    queryFn: async ({ signal }) =>
      (await get<{ acts: readonly Act[] }>('audit', { limit: '50' }, signal)).acts,
    enabled: isWanted
  })
}

export function isNumeric({ type }: Pick<Column, 'type'>): boolean {
  return type === 'integer' || type === 'number' || type === 'share'
}
