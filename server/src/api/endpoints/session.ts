/** Signing in and out with a browser, and the links by which that is done. */
import { CandorError } from '../../errors.ts'
import type { HttpAnswer } from '../../http/route.ts'
import type { Access } from '../access/access.ts'
import { scopes, type Principal } from '../access/scope.ts'
import type { Audit } from '../access/audit.ts'
import { json, type Endpoint } from '../describe/endpoint.ts'
import { asJson, flag, instant, list, object, oneOf, orNull, text } from '../describe/schema.ts'

export interface SessionServices {
  readonly access: Pick<Access, 'signIn' | 'signOut' | 'checkCsrf' | 'link'>
  readonly audit: Pick<Audit, 'write'>
}

const path = '/api/v1/session'
const sessionSchema = object({
  signedIn: flag,
  name: orNull(text),
  scopes: list(oneOf(scopes)),
  csrf: orNull(text)
})

export function sessionEndpoints(services: SessionServices): readonly Endpoint[] {
  return [
    {
      method: 'GET',
      path,
      says: 'who asks, and what they may do',
      scope: 'anyone',
      answers: asJson(sessionSchema),
      handle: ({ who }) => sessionAnswer(who)
    },
    {
      method: 'POST',
      path,
      says: 'sign a browser in, by the secret of a one-time link or by a token',
      // No CSRF header: whoever is signed in already may follow a new link, whose secret no other
      // page knows.
      scope: 'anyone',
      body: { properties: { link: text, token: text } },
      answers: asJson(sessionSchema),
      async handle({ body, headers }) {
        const { who, cookie } = services.access.signIn(proofOf(body), headers)
        await services.audit.write({ who: who.name, act: 'sign-in' })
        return withCookie(sessionAnswer(who), cookie)
      }
    },
    {
      method: 'DELETE',
      path,
      says: 'sign out',
      scope: 'anyone',
      answers: asJson(sessionSchema),
      async handle({ who, headers }) {
        services.access.checkCsrf(who, headers)
        const cookie = services.access.signOut(headers)
        if (who.via === 'session') await services.audit.write({ who: who.name, act: 'sign-out' })
        return withCookie(json({ signedIn: false, name: null, scopes: [], csrf: null }), cookie)
      }
    },
    {
      method: 'POST',
      path: '/api/v1/sign-in-links',
      says:
        'a link that signs its reader in once, within ten minutes, with the rights of who ' +
        'asked for it',
      scope: 'operate',
      body: { properties: {} },
      answers: asJson(object({ path: text, expiresAt: instant })),
      async handle({ who }) {
        const { path, endsAt } = services.access.link(who)
        await services.audit.write({ who: who.name, act: 'sign-in-link' })
        return json({ path, expiresAt: new Date(endsAt).toISOString() })
      }
    }
  ]
}

function proofOf({
  link,
  token
}: Readonly<Record<string, unknown>>): { readonly link: string } | { readonly token: string } {
  if (typeof link === 'string' && token === undefined) return { link }
  if (typeof token === 'string' && link === undefined) return { token }
  throw new CandorError(
    'PARAMETER_INVALID',
    'Say either `link`, the part of a sign-in link behind the #, or `token`.'
  )
}

function sessionAnswer({ name, scopes, via, csrf }: Principal): HttpAnswer {
  const signedIn = via !== 'nothing'
  return json({ signedIn, name: signedIn ? name : null, scopes, csrf: csrf ?? null })
}

function withCookie(answer: HttpAnswer, cookie: string): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, 'Set-Cookie': cookie } }
}
