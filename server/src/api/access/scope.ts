/** What a token or a session may do. */

export const scopes = ['read', 'operate', 'delete'] as const
export type Scope = (typeof scopes)[number]

export const scopeSays: Readonly<Record<Scope, string>> = {
  read: 'questions, products, SQL, live view, health',
  operate: 'audit, tokens, sign-in links, doctor, accounts by name',
  delete: 'show, export and delete one installation or account'
}

/** Who asks, as far as the server must know. */
export interface Principal {
  /**
   * `operator`, a token's name, or that of whoever's token opened the session. Our own words: may
   * be audited.
   */
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly via: 'token' | 'session' | 'nothing'
  /** The id of the token that the rights come from; undefined: the operator's own, or none. */
  readonly token: string | undefined
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

export const nobody: Principal = {
  name: 'nobody',
  scopes: [],
  via: 'nothing',
  token: undefined,
  key: 'nobody',
  isLive: () => true
}
