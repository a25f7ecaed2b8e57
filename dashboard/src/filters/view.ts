/**
 * What the reader looks at: a product, a period and filters, as they stand in the address, so that
 * a link is a view.
 */
import { addDays, dayOf } from '#values/days'
import { daysOf } from '#values/spans'
import type { Parameters } from '../api/client.ts'

export const filterNames = ['version', 'os', 'class', 'automation', 'container', 'level'] as const
export type FilterName = (typeof filterNames)[number]

export const filterTitles: Readonly<Record<FilterName, string>> = {
  version: 'Version',
  os: 'Operating system',
  class: 'Environment',
  automation: 'Automation',
  container: 'Container',
  level: 'Consent level'
}

export const defaultSince = '30d'

export interface View {
  readonly product: string | undefined
  /** `30d` or a day, `2026-08-01`. */
  readonly since: string
  /** A day; undefined: today. */
  readonly until: string | undefined
  readonly compare: boolean
  readonly filters: Readonly<Partial<Record<FilterName, readonly string[]>>>
}

const span = /^[1-9]\d{0,3}[dwmy]$/
const day = /^\d{4}-\d{2}-\d{2}$/

/** What can't be read is left out: an address that somebody typed still shows a page. */
export function readView(search: string): View {
  const query = new URLSearchParams(search)
  const since = query.get('since') ?? ''
  const until = query.get('until') ?? ''
  const filters: Partial<Record<FilterName, readonly string[]>> = {}
  for (const name of filterNames) {
    const values = valuesOf(query.get(name))
    if (values.length > 0) filters[name] = values
  }
  return {
    product: textOf(query.get('product')),
    since: span.test(since) || day.test(since) ? since : defaultSince,
    until: day.test(until) ? until : undefined,
    compare: query.get('compare') === 'previous',
    filters
  }
}

/** Whose runs a page counts, as the filter `automation` says it. */
export const whose = {
  people: ['!ci', 'agent', 'test'],
  automation: ['ci', 'agent', 'test'],
  all: []
} as const satisfies Readonly<Record<string, readonly string[]>>
export type Whose = keyof typeof whose
export const whoseTitles: Readonly<Record<Whose, string>> = {
  people: 'People',
  automation: 'Automation',
  all: 'All'
}

/** Undefined where somebody chose other values by hand. */
export function whoseOf({ filters }: Pick<View, 'filters'>): Whose | undefined {
  const chosen = (filters.automation ?? []).join(',')
  return (['people', 'automation', 'all'] as const).find((one) => whose[one].join(',') === chosen)
}

/** About the first day that is shown; the server tells the exact one. */
export function firstDayOf({ since }: Pick<View, 'since'>, now: number): string {
  if (day.test(since)) return since
  return addDays(dayOf(now), 1 - (daysOf(since) ?? daysOf(defaultSince) ?? 1))
}

/**
 * The address of a view: parameters that are no part of it (a page's own) stay, unless `keepOthers`
 * is false.
 */
export function writeView(view: View, search = '', keepOthers = true): string {
  const query = new URLSearchParams(keepOthers ? search : '')
  const set = (name: string, value: string | undefined): void => {
    query.delete(name)
    if (value !== undefined && value !== '') query.set(name, value)
  }
  set('product', view.product)
  set('since', view.since === defaultSince ? undefined : view.since)
  set('until', view.until)
  set('compare', view.compare ? 'previous' : undefined)
  for (const name of filterNames) set(name, view.filters[name]?.join(','))
  const text = query.toString().replaceAll('%2C', ',')
  return text === '' ? '' : `?${text}`
}

/** The parameters of a question: its own, and those common ones that it takes. */
export function parametersFor(
  view: View,
  { common }: { readonly common: readonly string[] },
  own: Parameters = {}
): Readonly<Record<string, string>> {
  const all: Parameters = {
    product: view.product,
    since: view.since,
    until: view.until,
    compare: view.compare ? 'previous' : undefined,
    ...Object.fromEntries(filterNames.map((name) => [name, view.filters[name]?.join(',')]))
  }
  const taken: Record<string, string> = {}
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined && (name === 'product' || common.includes(name))) taken[name] = value
  }
  for (const [name, value] of Object.entries(own))
    if (value !== undefined && value !== '') taken[name] = value
  return taken
}

function textOf(text: string | null): string | undefined {
  return text === null || text === '' ? undefined : text
}

function valuesOf(text: string | null): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
}
