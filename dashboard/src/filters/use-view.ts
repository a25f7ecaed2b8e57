/** Reads the view from the address and writes it back, so that Back undoes a filter. */
import { useCallback, useMemo } from 'react'
import { useLocation, useSearch } from 'wouter'
import { readView, writeView, type FilterName, type View } from './view.ts'

export interface ViewState {
  readonly view: View
  change(changes: Partial<View>): void
  /**
   * Another product: the period and, in Explore, the question go along. Filters, fields and what
   * else is the old product's own do not.
   */
  choose(product: string): void
  setFilter(name: FilterName, values: readonly string[]): void
  /** Adds the value if it is not there, and takes it away if it is. */
  toggleFilter(name: FilterName, value: string): void
  /** The page's own parameters; undefined removes one. */
  setOwn(changes: Readonly<Record<string, string | undefined>>): void
  readonly own: URLSearchParams
}

export function useView(): ViewState {
  const search = useSearch()
  const [path, navigate] = useLocation()
  const view = useMemo(() => readView(search), [search])
  const own = useMemo(() => new URLSearchParams(search), [search])
  const change = useCallback(
    (changes: Partial<View>) =>
      navigate(`${path}${writeView({ ...readView(search), ...changes }, search)}`),
    [navigate, path, search]
  )
  const choose = useCallback(
    (product: string) => {
      const query = new URLSearchParams(writeView({ ...readView(search), product, filters: {} }))
      const question = new URLSearchParams(search).get('question')
      if (question !== null) query.set('question', question)
      // The first product is chosen for the reader, and Back does not lead to none.
      const replace = readView(search).product === undefined && path !== '/products'
      // On the page of all products, choosing one opens it.
      const to = path === '/products' ? '/overview' : path
      navigate(`${to}?${query.toString()}`, { replace })
    },
    [navigate, path, search]
  )
  const setFilter = useCallback(
    (name: FilterName, values: readonly string[]) =>
      change({ filters: { ...readView(search).filters, [name]: values } }),
    [change, search]
  )
  const toggleFilter = useCallback(
    (name: FilterName, value: string) => {
      const all = readView(search).filters[name] ?? []
      // “All but these” is no list that one more could be added to.
      const now = all[0]?.startsWith('!') === true ? [] : all
      setFilter(name, now.includes(value) ? now.filter((item) => item !== value) : [...now, value])
    },
    [search, setFilter]
  )
  const setOwn = useCallback(
    (changes: Readonly<Record<string, string | undefined>>) => {
      const query = new URLSearchParams(search)
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === '') query.delete(name)
        else query.set(name, value)
      }
      const text = query.toString().replaceAll('%2C', ',')
      navigate(`${path}${text === '' ? '' : `?${text}`}`)
    },
    [navigate, path, search]
  )
  return { view, change, choose, setFilter, toggleFilter, setOwn, own }
}
