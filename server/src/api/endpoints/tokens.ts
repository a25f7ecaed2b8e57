/**
 * Tokens for others, made and revoked over the API: nobody can give rights that they do not have.
 */
import { CandorError } from '../../errors.ts'
import type { Access } from '../access/access.ts'
import { scopes as allScopes, type Principal, type Scope } from '../access/scope.ts'
import type { Audit } from '../access/audit.ts'
import { json, type Endpoint, type Schema } from '../describe/endpoint.ts'
import { asDays, oneOf, requiredText } from '../describe/parameters.ts'
import {
  asJson,
  day,
  instant,
  list,
  object,
  oneOf as oneWord,
  orNull,
  text
} from '../describe/schema.ts'

export interface TokenServices {
  readonly access: Pick<Access, 'tokens'>
  readonly audit: Pick<Audit, 'write'>
}

/** Five years: whoever needs longer should think about it again then. */
const daysMax = 5 * 366
const entry: Readonly<Record<string, Schema>> = {
  id: text,
  name: text,
  scopes: list(oneWord(allScopes)),
  createdAt: instant,
  createdBy: text,
  expiresAt: instant,
  lastUsedOn: orNull(day)
}

export function tokenEndpoints(services: TokenServices): readonly Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/tokens',
      says: 'the tokens that were given to others; never the tokens themselves',
      scope: 'operate',
      answers: asJson(object({ tokens: list(object(entry)) })),
      handle: () => json({ tokens: services.access.tokens.list() })
    },
    {
      method: 'POST',
      path: '/api/v1/tokens',
      says: 'make a token, which is told here and never again; at most with the rights of who asks',
      scope: 'operate',
      body: {
        properties: {
          name: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{0,39}$' },
          scopes: { ...list(oneWord(allScopes)), minItems: 1 },
          expires: {
            type: 'string',
            description: 'Such as 90d, 12w, 6m or 1y; at most 5y.',
            default: '90d'
          }
        },
        required: ['name', 'scopes']
      },
      answers: asJson(object({ token: text, ...entry })),
      async handle({ body, who }) {
        const name = nameOf(body['name'])
        const scopes = scopesOf(body['scopes'], who)
        const days = asDays(requiredText(body['expires'] ?? '90d', 'expires', '90d'))
        if (days > daysMax)
          throw new CandorError(
            'PARAMETER_INVALID',
            '"expires" must be 5 years at most; for example 90d'
          )
        const { tokens } = services.access
        const { token, entry: made } = await tokens.create({
          name,
          scopes,
          days,
          by: who.name,
          parent: who.token ?? null
        })
        try {
          await services.audit.write({ who: who.name, act: 'token-create', token: name, scopes })
        } catch (error) {
          // What can't be written down is not granted.
          await tokens.revoke(made.id)
          throw error
        }
        return json({ token, ...made })
      }
    },
    {
      method: 'DELETE',
      path: '/api/v1/tokens/{token}',
      says:
        'revoke a token by its name or id: it opens nothing any more, and neither do sessions ' +
        'that it opened and tokens that it made',
      scope: 'operate',
      answers: asJson(object({ revoked: object(entry) })),
      async handle({ path, who }) {
        const { tokens } = services.access
        const found = tokens.find(path['token'] ?? '')
        const beyond = found.scopes.filter((scope) => !who.scopes.includes(scope))
        if (beyond.length > 0)
          throw new CandorError(
            'SCOPE_MISSING',
            `A token can't take what it could not give: ${beyond.join(', ')}.`
          )
        const revoked = await tokens.revoke(found.id)
        await services.audit.write({ who: who.name, act: 'token-revoke', token: revoked.name })
        return json({ revoked })
      }
    }
  ]
}

function nameOf(value: unknown): string {
  const name = requiredText(value, 'name', 'grafana')
  // The operator's own name would make the audit say what is not so.
  if (/^[a-z0-9][a-z0-9._-]{0,39}$/.test(name) && name !== 'operator' && name !== 'nobody')
    return name
  throw new CandorError(
    'PARAMETER_INVALID',
    'A token’s name has 1 to 40 small letters, digits, dots and dashes, and is not operator; ' +
      'for example grafana'
  )
}

function scopesOf(value: unknown, who: Principal): readonly Scope[] {
  const given: readonly unknown[] = Array.isArray(value) ? value : []
  const scopes = [
    ...new Set(
      given.map((scope) => oneOf(requiredText(scope, 'scopes', 'read'), allScopes, 'scope'))
    )
  ]
  if (scopes.length === 0)
    throw new CandorError(
      'PARAMETER_INVALID',
      '"scopes" must list at least one; for example ["read"]'
    )
  const beyond = scopes.filter((scope) => !who.scopes.includes(scope))
  if (beyond.length === 0) return scopes
  throw new CandorError(
    'SCOPE_MISSING',
    `A token can't give what its maker has not: ${beyond.join(', ')}.`
  )
}
