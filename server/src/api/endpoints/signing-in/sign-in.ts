/** Signing in through a provider: the way there, and the way back. */
import { z } from 'zod'
import { codeOf } from '../../../errors.ts'
import type { HttpAnswer } from '../../../http/route.ts'
import { identityOf } from '../../access/members.ts'
import { callbackPath, flowMs } from '../../access/oidc.ts'
import { endpoint, other, type Endpoint } from '../../describe/endpoint.ts'
import type { SessionServices } from './session.ts'

export function signInEndpoints(services: SessionServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/session/oidc',
      says: 'sends a browser to the provider that signs members in',
      scope: 'anyone',
      query: () =>
        z.strictObject({
          to: z.string().max(1_000).optional().describe('the page to show then; one of ours')
        }),
      media: ['text/html'],
      async handle({ query, headers }) {
        try {
          const { location, cookie } = await services.oidc.begin(query.to ?? '')
          return other(sentTo(location, services.access.flowCookie(cookie, flowMs / 1000, headers)))
        } catch (error) {
          return other(failedFor(error))
        }
      }
    }),
    endpoint({
      method: 'GET',
      path: callbackPath,
      says: 'where the provider sends a browser back to: opens a session of thirty days',
      scope: 'anyone',
      isArrival: true,
      media: ['text/html'],
      async handle({ rawQuery, headers }) {
        try {
          const { claims, to } = await services.oidc.finish(
            rawQuery,
            services.access.flowOf(headers)
          )
          const config = services.oidcConfig()
          if (config === undefined) return other(sentTo('/sign-in?failed=away'))
          const identity = identityOf(claims, config)
          const { who, cookie } = await services.access.signIn({ identity }, headers)
          await services.audit.write({ who: who.name, act: 'sign-in' })
          return other(sentTo(to, cookie))
        } catch (error) {
          return other(failedFor(error))
        }
      }
    })
  ]
}

/** Whoever is turned away is not told why: only that the provider is away. */
function failedFor(error: unknown): HttpAnswer {
  return sentTo(`/sign-in?failed=${codeOf(error) === 'OIDC_UNAVAILABLE' ? 'away' : 'refused'}`)
}

function sentTo(location: string, cookie?: string): HttpAnswer {
  return {
    status: 303,
    headers: {
      Location: location,
      'Content-Type': 'text/html; charset=utf-8',
      ...(cookie !== undefined && { 'Set-Cookie': cookie })
    },
    body: ''
  }
}
