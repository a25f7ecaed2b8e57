/** Signing in and out with a browser, and the links by which that is done. */
import { z } from 'zod'
import { CandorError } from '../../../errors.ts'
import type { OidcConfig } from '../../../config/oidc-settings.ts'
import type { Access } from '../../access/access.ts'
import type { OidcSignIn } from '../../access/oidc.ts'
import { nobody, scopes, scopesOf, type Principal } from '../../access/scope.ts'
import type { Audit } from '../../access/audit.ts'
import {
  endpoint,
  json,
  type AnswerOf,
  type Endpoint,
  type Reply
} from '../../describe/endpoint.ts'
import { instant, named, texts } from '../../describe/shapes.ts'

export interface SessionServices {
  readonly access: Pick<
    Access,
    'signIn' | 'signOut' | 'checkCsrf' | 'link' | 'flowCookie' | 'flowOf' | 'sessions'
  >
  readonly oidc: Pick<OidcSignIn, 'begin' | 'finish'>
  readonly oidcConfig: () => OidcConfig | undefined
  readonly audit: Pick<Audit, 'write'>
}

const path = '/api/v1/session'
const session = named('Session', () =>
  z.strictObject({
    signedIn: z.boolean(),
    /** Null where nobody is signed in. */
    name: z.string().nullable(),
    /** All that it may on any product. */
    scopes: z.array(z.enum(scopes)),
    /** What it may where; null: on all products. */
    rights: z.array(
      z.strictObject({ scopes: z.array(z.enum(scopes)), products: texts().nullable() })
    ),
    csrf: z.string().nullable(),
    /** What the button of the sign-in page says; null where no provider signs in. */
    provider: z.string().nullable()
  })
)
type SessionAnswer = AnswerOf<typeof session>

export function sessionEndpoints(services: SessionServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path,
      says: 'who asks, and what they may do',
      scope: 'anyone',
      answer: session,
      handle: ({ who }) => json(sessionOf(who, services))
    }),
    endpoint({
      method: 'POST',
      path,
      says: 'sign a browser in, by the secret of a one-time link or by a token',
      // No CSRF header: whoever is signed in already may follow a new link, whose secret no other
      // page knows.
      scope: 'anyone',
      body: () => z.strictObject({ link: z.string().optional(), token: z.string().optional() }),
      answer: session,
      async handle({ body, headers }) {
        const { who, cookie } = await services.access.signIn(proofOf(body), headers)
        await services.audit.write({ who: who.name, act: 'sign-in' })
        return withCookie(sessionOf(who, services), cookie)
      }
    }),
    endpoint({
      method: 'DELETE',
      path,
      says: 'sign out',
      scope: 'anyone',
      answer: session,
      async handle({ who, headers }) {
        services.access.checkCsrf(who, headers)
        const cookie = await services.access.signOut(headers)
        if (who.via === 'session') await services.audit.write({ who: who.name, act: 'sign-out' })
        return withCookie(sessionOf(nobody, services), cookie)
      }
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/sign-in-links',
      says:
        'a link that signs its reader in once, within ten minutes, with the rights of who ' +
        'asked for it',
      scope: 'operate',
      body: () => z.strictObject({}),
      answer: () => z.strictObject({ path: z.string(), expiresAt: instant() }),
      async handle({ who }) {
        const { path, endsAt } = services.access.link(who)
        await services.audit.write({ who: who.name, act: 'sign-in-link' })
        return json({ path, expiresAt: new Date(endsAt).toISOString() })
      }
    })
  ]
}

function proofOf({
  link,
  token
}: {
  readonly link?: string | undefined
  readonly token?: string | undefined
}): { readonly link: string } | { readonly token: string } {
  if (link !== undefined && token === undefined) return { link }
  if (token !== undefined && link === undefined) return { token }
  throw new CandorError(
    'PARAMETER_INVALID',
    'Say either `link`, the part of a sign-in link behind the #, or `token`.'
  )
}

function sessionOf(
  { name, rights, via, csrf }: Principal,
  { oidcConfig }: Pick<SessionServices, 'oidcConfig'>
): SessionAnswer {
  const signedIn = via !== 'nothing'
  return {
    signedIn,
    name: signedIn ? name : null,
    scopes: scopesOf(rights),
    rights: rights.map((right) => ({
      scopes: scopesOf([right]),
      products: right.products === 'all' ? null : right.products
    })),
    csrf: csrf ?? null,
    provider: oidcConfig()?.name ?? null
  }
}

function withCookie(session: SessionAnswer, cookie: string): Reply<SessionAnswer> {
  return json(session, { 'Set-Cookie': cookie })
}
