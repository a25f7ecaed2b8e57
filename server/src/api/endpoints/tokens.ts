/**
 * Tokens for others, made and revoked over the API: nobody can give rights that they do not have.
 */
import { z } from 'zod'
import { CandorError } from '../../errors.ts'
import type { Access } from '../access/access.ts'
import {
  beyond,
  scopes as allScopes,
  type Principal,
  type Reach,
  type Right
} from '../access/scope.ts'
import type { Audit } from '../access/audit.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../describe/endpoint.ts'
import { asDays } from '../describe/days.ts'
import { day, instant, named, productName, texts } from '../describe/shapes.ts'

export interface TokenServices {
  readonly access: Pick<Access, 'tokens'>
  readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  readonly audit: Pick<Audit, 'write'>
}

/** Five years: whoever needs longer should think about it again then. */
const daysMax = 5 * 366
const entry = named('Token', () =>
  z.strictObject({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(allScopes)),
    /** Null: all. */
    products: texts().nullable(),
    createdAt: instant(),
    createdBy: z.string(),
    expiresAt: instant(),
    lastUsedOn: day().nullable()
  })
)
export type ListedToken = AnswerOf<typeof entry>

export function tokenEndpoints(services: TokenServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/tokens',
      says: 'the tokens that were given to others; never the tokens themselves',
      scope: 'operate',
      answer: () => z.strictObject({ tokens: z.array(entry()) }),
      handle: () => json({ tokens: services.access.tokens.list() })
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/tokens',
      says: 'make a token, which is told here and never again; at most with the rights of who asks',
      scope: 'operate',
      body: () =>
        z.strictObject({
          name: z
            .string()
            .regex(
              /^(?!operator$|nobody$)[a-z0-9][a-z0-9._-]{0,39}$/,
              // The operator’s own name would make the audit say what is not so.
              'must be 1 to 40 small letters, digits, dots and dashes, and not operator'
            )
            .meta({ examples: ['grafana'] }),
          scopes: z.array(z.enum(allScopes)).min(1, 'must list at least one, such as ["read"]'),
          products: z
            .array(productName())
            .min(1, 'must list at least one; leave it out for all')
            .optional()
            .describe('On which products; on all, if none are named.'),
          expires: z.string().default('90d').describe('Such as 90d, 12w, 6m or 1y; at most 5y.')
        }),
      answer: () => entry().extend({ token: z.string() }).meta({ id: 'MadeToken' }),
      async handle({ body, who, reach }) {
        const { name } = body
        const products = body.products?.map((each) => services.productNamed(reach, each).product)
        const { scopes } = rightOf({ scopes: body.scopes, products: products ?? 'all' }, who)
        const days = asDays(body.expires)
        if (days > daysMax)
          throw new CandorError(
            'PARAMETER_INVALID',
            '"expires" must be 5 years at most; for example 90d'
          )
        const { tokens } = services.access
        const { token, entry: made } = await tokens.create({
          name,
          scopes,
          products,
          days,
          by: who.name,
          parent: who.token ?? null
        })
        try {
          await services.audit.write({
            who: who.name,
            act: 'token-create',
            token: name,
            scopes,
            ...(products && { products })
          })
        } catch (error) {
          // What can't be written down is not granted.
          await tokens.revoke(made.id)
          throw error
        }
        return json({ token, ...made })
      }
    }),
    endpoint({
      method: 'DELETE',
      path: '/api/v1/tokens/{token}',
      says:
        'revoke a token by its name or id: it opens nothing any more, and neither do sessions ' +
        'that it opened and tokens that it made',
      scope: 'operate',
      answer: () => z.strictObject({ revoked: entry() }),
      async handle({ path, who }) {
        const { tokens } = services.access
        const found = tokens.find(path.token)
        const { scopes, products } = found
        const lacking = beyond(who.rights, { scopes, products: products ?? 'all' })
        if (lacking.length > 0)
          throw new CandorError(
            'SCOPE_MISSING',
            `A token can't take what it could not give: ${lacking.join(', ')}.`
          )
        const revoked = await tokens.revoke(found.id)
        await services.audit.write({ who: who.name, act: 'token-revoke', token: revoked.name })
        return json({ revoked })
      }
    })
  ]
}

function rightOf(wanted: Right, who: Principal): Right {
  const right = { ...wanted, scopes: [...new Set(wanted.scopes)] }
  if (right.products !== 'all' && right.scopes.includes('operate'))
    throw new CandorError(
      'PARAMETER_INVALID',
      '"scopes": operate is about the whole collector. Give maintain on these products instead.'
    )
  const lacking = beyond(who.rights, right)
  if (lacking.length === 0) return right
  throw new CandorError(
    'SCOPE_MISSING',
    `A token can't give what its maker has not: ${lacking.join(', ')}.`
  )
}
