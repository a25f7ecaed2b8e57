/**
 * Who is a member, and what may they do? What a provider said of somebody is kept as digests, and
 * held against the rules of the configuration at each request.
 */
import type { MemberRule, OidcConfig, Role } from '../../config/oidc-settings.ts'
import { scopes, type Right, type Scope } from './scope.ts'
import { digestOf } from './secret.ts'

export interface Identity {
  /** As the audit names them; never the name of a token or of the operator. */
  readonly name: string
  /** Tells one person from another, whatever they are called. */
  readonly subject: string
  /** Digests of all that a rule could ask of them. */
  readonly facts: readonly string[]
}

const roleScopes: Readonly<Record<Role, readonly Scope[]>> = {
  viewer: ['read'],
  maintainer: ['read', 'maintain'],
  operator: scopes
}

/** More is a directory, not a person's groups. */
const valuesMax = 500

export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string }

export function identityOf(
  claims: Claims,
  { issuer, groupsClaim, namedBy }: Pick<OidcConfig, 'issuer' | 'groupsClaim' | 'namedBy'>
): Identity {
  const { sub, email } = claims
  // Whoever may write any address into their profile is not therefore its owner.
  const own =
    claims['email_verified'] === true && typeof email === 'string' ? email.toLowerCase() : undefined
  const facts = [
    factOf(issuer, 'subject', sub),
    ...(own === undefined ? [] : [factOf(issuer, 'email', own)]),
    ...valuesOf(claims[groupsClaim]).map((group) => factOf(issuer, 'group', group)),
    ...Object.entries(claims).flatMap(([name, value]) =>
      valuesOf(value).map((one) => factOf(issuer, `claim ${name}`, one))
    )
  ]
  const name = namedBy === 'email' ? own : undefined
  return {
    name: name ?? `member ${sub.slice(0, 100)}`,
    subject: factOf(issuer, 'subject', sub),
    facts: [...new Set(facts)].slice(0, 2 * valuesMax)
  }
}

/** What the rules as they are now give to somebody of whom this was said. */
export function rightsOf(
  facts: readonly string[],
  { issuer, members }: Pick<OidcConfig, 'issuer' | 'members'>
): readonly Right[] {
  const known = new Set(facts)
  return members.filter(({ whom }) => known.has(factOf(issuer, whom.claim, whom.is))).map(rightOf)
}

function rightOf({ role, products }: MemberRule): Right {
  return { scopes: roleScopes[role], products }
}

/** Of one provider: another’s word for the same address is another fact. */
function factOf(issuer: string, claim: string, is: string): string {
  return digestOf(JSON.stringify([issuer, claim, is])).slice(0, 32)
}

function valuesOf(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value.slice(0, valuesMax) : [value]
  return list.flatMap((one) =>
    typeof one === 'string' ? [one] : typeof one === 'boolean' ? [String(one)] : []
  )
}
