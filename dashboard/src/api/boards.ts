/** Boards, notes on days and links, as the API keeps them. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { UseMutationResult, UseQueryResult } from '@tanstack/react-query'
import type { Annotation, Board, MadeShare, Routes, Segment } from './answers.ts'
import { ask } from './client.ts'
import { useSession } from './queries.ts'

export function useBoards(): UseQueryResult<Routes['GET boards']['answer']> {
  return useQuery({ queryKey: ['boards'], queryFn: ({ signal }) => ask('GET boards', { signal }) })
}

export function useAnnotations(product: string): UseQueryResult<readonly Annotation[]> {
  return useQuery({
    queryKey: ['annotations', product],
    enabled: product !== '',
    queryFn: async ({ signal }) =>
      (await ask('GET annotations', { query: { product }, signal })).annotations
  })
}

export function useSharedBoard(secret: string): UseQueryResult<Routes['GET shared']['answer']> {
  return useQuery({
    queryKey: ['shared', secret],
    queryFn: ({ signal }) => ask('GET shared', { signal, headers: { 'Candor-Share': secret } }),
    refetchInterval: 60_000
  })
}

export function useSaveBoard(): UseMutationResult<Board, Error, Omit<Board, 'from'>> {
  const csrf = useSession().data?.csrf ?? ''
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ name, title, product, since, cards }) =>
      ask('POST boards', { body: { name, title, product, since, cards }, csrf }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['boards'] })
  })
}

type Own = Pick<Board, 'name' | 'product'>

export function useRemoveBoard(): UseMutationResult<unknown, Error, Own> {
  const csrf = useSession().data?.csrf ?? ''
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ name, product }) =>
      ask('DELETE boards/{name}', { path: { name }, query: { product }, csrf }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['boards'] })
  })
}

/** Told once: the server keeps only its digest. */
export function useShareBoard(): UseMutationResult<
  MadeShare,
  Error,
  { readonly board: string; readonly product: string; readonly expires: string }
> {
  const csrf = useSession().data?.csrf ?? ''
  return useMutation({ mutationFn: (body) => ask('POST shares', { body, csrf }) })
}

export function useSegments(product: string): UseQueryResult<readonly Segment[]> {
  return useQuery({
    queryKey: ['segments'],
    enabled: product !== '',
    queryFn: async ({ signal }) => (await ask('GET segments', { signal })).segments,
    select: (all) => all.filter((segment) => segment.product === product)
  })
}

export function useSaveSegment(): UseMutationResult<Segment, Error, Segment> {
  const csrf = useSession().data?.csrf ?? ''
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (segment) => ask('POST segments', { body: segment, csrf }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['segments'] })
  })
}

export function useRemoveSegment(): UseMutationResult<unknown, Error, Own> {
  const csrf = useSession().data?.csrf ?? ''
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ name, product }) =>
      ask('DELETE segments/{name}', { path: { name }, query: { product }, csrf }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['segments'] })
  })
}

/** `Monday morning!` is `monday-morning`: what stands in an address. */
export function nameFor(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
}
