/** Boards, notes on days and links, as the API keeps them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import type { Answer } from './answer.ts'
import { get, post, remove } from './client.ts'
import { useSession } from './queries.ts'

interface BoardCard {
  readonly question: string
  readonly title?: string
  /** Without the product. */
  readonly parameters: Readonly<Record<string, string>>
}

export interface Board {
  readonly name: string
  readonly title: string
  readonly product: string
  readonly since: string
  readonly cards: readonly BoardCard[]
  /** file: it lies beside the product's contract, and is changed there. */
  readonly from: 'saved' | 'file'
}

export interface Annotation {
  readonly id: string
  readonly product?: string
  readonly day: string
  readonly says: string
  readonly by: string
}

export interface SharedBoard {
  readonly board: Board
  readonly cards: readonly {
    readonly title: string | null
    readonly question: string
    readonly answer: Answer | null
    readonly problem: string | null
  }[]
}

export function useBoards(): UseQueryResult<{
  readonly boards: readonly Board[]
  readonly problems: readonly string[]
}> {
  return useQuery({ queryKey: ['boards'], queryFn: ({ signal }) => get('boards', {}, signal) })
}

export function useAnnotations(product: string): UseQueryResult<readonly Annotation[]> {
  return useQuery({
    queryKey: ['annotations', product],
    enabled: product !== '',
    queryFn: async ({ signal }) =>
      (await get<{ annotations: readonly Annotation[] }>('annotations', { product }, signal))
        .annotations
  })
}

export function useSharedBoard(secret: string): UseQueryResult<SharedBoard> {
  return useQuery({
    queryKey: ['shared', secret],
    queryFn: ({ signal }) => get<SharedBoard>('shared', {}, signal, { 'Candor-Share': secret }),
    refetchInterval: 60_000
  })
}

export function useSaveBoard(): UseMutationResult<Board, Error, Omit<Board, 'from'>> {
  const csrf = useSession().data?.csrf ?? ''
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ name, title, product, since, cards }) =>
      post<Board>('boards', { name, title, product, since, cards }, csrf),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['boards'] })
  })
}

export function useRemoveBoard(): UseMutationResult<void, Error, string> {
  const csrf = useSession().data?.csrf ?? ''
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (name) => remove(`boards/${encodeURIComponent(name)}`, csrf),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['boards'] })
  })
}

/** Told once: the server keeps only its digest. */
export function useShareBoard(): UseMutationResult<
  { readonly path: string; readonly endsAt: string },
  Error,
  { readonly board: string; readonly expires: string }
> {
  const csrf = useSession().data?.csrf ?? ''
  return useMutation({ mutationFn: (asked) => post('shares', asked, csrf) })
}
