/** What a token or a session may do, and on which products. */
import type { Grant } from './sessions.ts'

export const scopes = ['read', 'maintain', 'operate', 'delete'] as const
export type Scope = (typeof scopes)[number]

export const scopeSays: Readonly<Record<Scope, string>> = {
  read: 'questions, products, SQL, live view, health',
  maintain:
    'boards, notes, write keys, advisories, publications, quarantine, accounts by name, audit ' +
    'of its products',
  operate: 'all that maintain allows, and tokens, sessions, sign-in links, doctor, clock',
  delete: 'show, export and delete one installation or account'
}

/** Some scopes, on some products. */
export interface Right {
  readonly scopes: readonly Scope[]
  /** A product’s name stands for the streams of its editions as well. */
  readonly products: 'all' | readonly string[]
}

/** On which products something may be done. */
export interface Reach {
  /** All that there are, and all that there will be: the whole collector. */
  readonly isAll: boolean
  has(product: string): boolean
}

/** Who asks, as far as the server must know. */
export interface Principal {
  /**
   * `operator`, a token's name, or that of whoever's token opened the session. Our own words: may
   * be audited.
   */
  readonly name: string
  readonly from: Grant['from']
  readonly rights: readonly Right[]
  readonly via: 'token' | 'session' | 'nothing'
  /** The id of the token that the rights come from; undefined: the operator's own, or none. */
  readonly token: string | undefined
  /** Who it is, over all their sessions: the operator, a token, or a member. */
  readonly owner: string
  /** Of a session: its id in the list of them. */
  readonly session?: string
  /** What its requests are counted under. */
  readonly key: string
  /** Of a session: what the header of unsafe requests must hold. */
  readonly csrf?: string
  /**
   * False once its token was revoked or has expired, or its session has ended: an open live view
   * ends then.
   */
  isLive(): boolean
}

export const everything: readonly Right[] = [{ scopes, products: 'all' }]

export const nobody: Principal = {
  name: 'nobody',
  from: { is: 'token', token: '' },
  rights: [],
  via: 'nothing',
  token: undefined,
  owner: 'nobody',
  key: 'nobody',
  isLive: () => true
}

export const nowhere: Reach = { isAll: false, has: () => false }
export const everywhere: Reach = { isAll: true, has: () => true }

/** Every scope that it has on any product. */
export function scopesOf(rights: readonly Right[]): readonly Scope[] {
  return scopes.filter((scope) => rights.some((right) => allows(right, scope)))
}

/** `streamOf`: of an edition's stream, the product that it is a stream of. */
export function reachOf(
  rights: readonly Right[],
  scope: Scope,
  streamOf: (product: string) => string | undefined
): Reach {
  const fitting = rights.filter((right) => allows(right, scope))
  const isAll = fitting.some(({ products }) => products === 'all')
  const names = new Set(
    fitting.flatMap(({ products }) => (products === 'all' ? [] : [...products]))
  )
  return {
    isAll,
    has: (product) => isAll || names.has(product) || names.has(streamOf(product) ?? product)
  }
}

/** The scopes of `wanted` that whoever has `given` may not hand on. */
export function beyond(given: readonly Right[], { scopes, products }: Right): readonly Scope[] {
  return scopes.filter((scope) => {
    const reach = reachOf(given, scope, () => undefined)
    return products === 'all' ? !reach.isAll : !products.every(reach.has)
  })
}

/** What an operator of the whole collector may do, a maintainer may on each product. */
function allows({ scopes }: Right, wanted: Scope): boolean {
  return scopes.includes(wanted) || (wanted === 'maintain' && scopes.includes('operate'))
}
