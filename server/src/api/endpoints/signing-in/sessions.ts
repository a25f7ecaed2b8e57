/** Open sessions: one's own, and an operator's look at all of them; ended at once. */
import { z } from 'zod'
import { CandorError } from '../../../errors.ts'
import type { Access } from '../../access/access.ts'
import type { Audit } from '../../access/audit.ts'
import { reachOf, type Principal } from '../../access/scope.ts'
import type { ListedSession } from '../../access/sessions.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../../describe/endpoint.ts'
import { instant, named, whole } from '../../describe/shapes.ts'

interface SessionListServices {
  readonly access: Pick<Access, 'sessions' | 'checkCsrf'>
  readonly audit: Pick<Audit, 'write'>
}

const path = '/api/v1/sessions'
const entry = named('OpenSession', () =>
  z.strictObject({
    id: z.string(),
    /** Who: `operator`, a token’s name, or a member as the audit names them. */
    name: z.string(),
    from: z.enum(['operator', 'token', 'member']),
    openedAt: instant(),
    usedAt: instant(),
    endsAt: instant(),
    /** The one that asks. */
    isThis: z.boolean()
  })
)
export type OpenSession = AnswerOf<typeof entry>
type Owned = ListedSession & { readonly owner: string }

export function sessionListEndpoints(services: SessionListServices): readonly Endpoint[] {
  const end = async (
    who: Principal,
    isAmong: (session: Owned) => boolean
  ): Promise<{ readonly ended: number }> => {
    const seen = seenBy(who)
    const found = services.access.sessions.list().filter((one) => seen(one) && isAmong(one))
    if (found.length === 0)
      throw new CandorError('SESSION_UNKNOWN', 'There is no such open session.')
    const ids = new Set(found.map(({ id }) => id))
    const ended = await services.access.sessions.end(({ id }) => ids.has(id))
    for (const name of new Set(found.map((one) => one.name)))
      await services.audit.write({ who: who.name, act: 'session-revoke', token: name })
    return { ended }
  }
  return [
    endpoint({
      method: 'GET',
      path,
      says: 'open sessions: one’s own; an operator sees all',
      scope: 'anyone',
      answer: () => z.strictObject({ sessions: z.array(entry()) }),
      handle({ who }) {
        known(who)
        const sessions = services.access.sessions.list().filter(seenBy(who))
        return json({ sessions: sessions.map((one) => shown(one, who)) })
      }
    }),
    endpoint({
      method: 'DELETE',
      path,
      says: 'end all sessions of whoever asks, or, as an operator, of whoever is named',
      scope: 'anyone',
      query: () =>
        z.strictObject({
          name: z.string().max(300).optional().describe('whose; one’s own if left out')
        }),
      answer: () => z.strictObject({ ended: whole() }),
      async handle({ who, headers, query: { name } }) {
        known(who)
        services.access.checkCsrf(who, headers)
        return json(
          await end(who, (one) =>
            name === undefined ? one.owner === who.owner : one.name === name
          )
        )
      }
    }),
    endpoint({
      method: 'DELETE',
      path: `${path}/{session}`,
      says: 'end one session, by its id in the list',
      scope: 'anyone',
      answer: () => z.strictObject({ ended: whole() }),
      async handle({ who, headers, path: { session } }) {
        known(who)
        services.access.checkCsrf(who, headers)
        return json(await end(who, ({ id }) => id === session))
      }
    })
  ]
}

/** Throws TOKEN_MISSING. */
function known({ via }: Principal): void {
  if (via === 'nothing')
    throw new CandorError('TOKEN_MISSING', 'Sign in to see your sessions: `candor dashboard`.')
}

function seenBy(who: Principal): (session: Owned) => boolean {
  const { isAll } = reachOf(who.rights, 'operate', () => undefined)
  return ({ owner }) => isAll || owner === who.owner
}

function shown({ owner: _owner, ...one }: Owned, who: Principal): OpenSession {
  const iso = (at: number): string => new Date(at).toISOString()
  return {
    ...one,
    openedAt: iso(one.openedAt),
    usedAt: iso(one.usedAt),
    endsAt: iso(one.endsAt),
    isThis: one.id === who.session
  }
}
