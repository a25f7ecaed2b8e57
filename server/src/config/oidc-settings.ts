/**
 * What `oidc` may say in candor.yaml: who vouches for people, and which of them may do what on
 * which products.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { isUnheard } from './loopback.ts'

const text = z.string('must be text').min(1, 'must not be empty').max(300, 'is too long')
/** Who somebody is does not travel in clear beyond this machine. */
const url = text
  .refine((value) => {
    if (!URL.canParse(value)) return false
    const read = new URL(value)
    return isUnheard(read) && read.username === '' && read.hash === '' && read.search === ''
  }, 'must be an https:// URL, or lie on this machine')
  .transform((value) => value.replace(/\/+$/, ''))
const product = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be names of products')

const roles = ['viewer', 'maintainer', 'operator'] as const
export type Role = (typeof roles)[number]

const rule = z
  .strictObject({
    email: z.string().toLowerCase().includes('@', 'must be an e-mail address').optional(),
    group: text.optional(),
    subject: text.optional(),
    claim: z.record(text, text).optional(),
    role: z.enum(roles, 'must be viewer, maintainer or operator'),
    products: z.array(product, 'must be a list of products').min(1, 'must name one').optional()
  })
  .refine(
    ({ email, group, subject, claim }) =>
      [email, group, subject, claim].filter((one) => one !== undefined).length === 1 &&
      (claim === undefined || Object.keys(claim).length === 1),
    'must say whom it is about: one of email, group, subject, or claim with one name'
  )
  .refine(
    ({ role, products }) => (role === 'operator') === (products === undefined),
    'must list products, or have the role operator, which is of all'
  )

export const oidcSchema = z.strictObject({
  issuer: url,
  client_id: text,
  client_secret_file: text.optional(),
  dashboard: url,
  name: text.max(40, 'is too long').default('single sign-on'),
  scopes: z.array(text).max(20, 'are too many').default(['openid', 'email', 'profile']),
  groups_claim: text.default('groups'),
  named_by: z.enum(['email', 'subject'], 'must be email or subject').default('email'),
  members: z.array(rule).max(1_000, 'are too many').default([])
})

export interface MemberRule {
  /** `email` and the like, with what must stand there; of a claim, its name too. */
  readonly whom: { readonly claim: string; readonly is: string }
  readonly role: Role
  readonly products: 'all' | readonly string[]
}

export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecretFile: string | undefined
  /** Where browsers reach the dashboard. */
  readonly dashboard: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly groupsClaim: string
  readonly namedBy: 'email' | 'subject'
  readonly members: readonly MemberRule[]
}

/** Relative paths are relative to the file that says them. */
export function oidcConfig(read: z.infer<typeof oidcSchema>, file: string): OidcConfig {
  const secret = read.client_secret_file
  return Object.freeze({
    issuer: read.issuer,
    clientId: read.client_id,
    clientSecretFile: secret === undefined ? undefined : resolve(dirname(file), secret),
    dashboard: read.dashboard,
    name: read.name,
    scopes: [...new Set(['openid', ...read.scopes])],
    groupsClaim: read.groups_claim,
    namedBy: read.named_by,
    members: read.members.map(({ email, group, subject, claim = {}, role, products }) => {
      const [[name, is] = ['', '']] = Object.entries(claim)
      const whom =
        email !== undefined
          ? { claim: 'email', is: email }
          : group !== undefined
            ? { claim: 'group', is: group }
            : subject !== undefined
              ? { claim: 'subject', is: subject }
              : { claim: `claim ${name}`, is }
      return { whom, role, products: products ?? ('all' as const) }
    })
  })
}
