/** Accounts of an edition: who they are, what is kept of each, what each is answered. */
import { z } from 'zod'
import type { SenderToken } from '../../../collector/deletion.ts'
import { CandorError } from '../../../errors.ts'
import type { Account, Accounts } from '../../../products/accounts.ts'
import type { Token } from '../../../record.ts'
import { recordTable } from '../../../storage/tables/rows.ts'
import type { Storage } from '../../../storage/storage.ts'
import { auditReasons, type Audit } from '../../access/audit.ts'
import type { Reach } from '../../access/scope.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../../describe/endpoint.ts'
import { named, once, productName, texts, whole } from '../../describe/shapes.ts'
import type { ApiProduct } from '../products.ts'

const accountsMax = 10_000
const reportsMax = 10_000
const deadlineMs = 60_000

export interface AccountServices {
  readonly storage: Storage
  readonly audit: Pick<Audit, 'write'>
  readonly products: (reach: Reach) => ReadonlyMap<string, ApiProduct>
  /** Undefined where none are kept. */
  readonly accounts: Accounts | undefined
  readonly installations: {
    /** The tokens of an id as a customer quotes it. */
    readonly tokensOf: (product: string, id: string) => readonly SenderToken[]
    readonly requestErasure: (product: string, tokens: readonly SenderToken[]) => Promise<void>
  }
}

const listed = named('ListedAccount', () =>
  z.strictObject({
    product: z.string(),
    name: z.string().nullable(),
    tokens: texts(),
    billingActive: z.boolean().nullable(),
    installations: whole(),
    lastSeen: z.string().nullable()
  })
)
const shown = named('ShownAccount', () =>
  z.strictObject({
    product: z.string(),
    name: z.string().nullable(),
    tokens: texts(),
    alias: z.string().nullable(),
    plan: z.string().nullable(),
    billingActive: z.boolean().nullable(),
    purpose: z.string(),
    contact: z.string().nullable(),
    recordsDays: whole(),
    installations: whole(),
    records: whole(),
    firstSeen: z.string().nullable(),
    lastSeen: z.string().nullable(),
    reports: z
      .array(z.record(z.string(), z.unknown()))
      .describe('The newest report of each kind and installation.')
  })
)
export type ListedAccount = AnswerOf<typeof listed>
export type ShownAccount = AnswerOf<typeof shown>

/** Whom somebody means: one of the three. */
const whom = once(() =>
  z.strictObject({
    product: productName(),
    account: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('Its name in the file of accounts, its alias, or its token.'),
    key: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('What its programs send; re-keyed before anything looks for it.'),
    installation: z
      .string()
      .min(1)
      .max(512)
      .optional()
      .describe('The id of one of its installations, as a customer quotes it.'),
    reason: z.enum(auditReasons)
  })
)
type Whom = z.infer<ReturnType<typeof whom>>

export function accountEndpoints(services: AccountServices): readonly Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/accounts',
      says: 'the accounts that editions’ streams are kept of, by the names that they were given',
      scope: 'maintain',
      answer: () => z.strictObject({ accounts: z.array(listed()) }),
      handle: async ({ reach }) => json({ accounts: await listAccounts(services, reach) })
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/accounts/show',
      says: 'what is kept of one account, by its name, its key or an id that it quotes; audited',
      scope: 'delete',
      body: whom,
      answer: () => shown(),
      handle: async ({ body, who, reach }) =>
        json(await showAccount(services, reach, body, who.name))
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/accounts/link',
      says: 'give an account its readable name, and say what its programs are answered; audited',
      scope: 'maintain',
      body: () =>
        z.strictObject({
          product: productName(),
          name: z.string().min(1).max(200),
          token: z
            .string()
            .regex(/^[0-9a-f]{32}$/, 'must be a token as `candor account list` shows it')
            .optional(),
          key: z.string().min(1).max(512).optional(),
          alias: z.string().min(1).max(100).optional(),
          id: z.int().min(0).optional(),
          plan: z.string().max(100).optional(),
          billingActive: z.boolean().optional()
        }),
      answer: () => z.strictObject({ name: z.string(), billingActive: z.boolean() }),
      async handle({ body, who, reach }) {
        const accounts = kept(services)
        const { key, token, ...said } = body
        streamNamed(services, reach, body.product)
        const tokens = [
          ...(token === undefined ? [] : [token]),
          ...(key === undefined ? [] : accounts.tokensOf(body.product, key))
        ]
        await services.audit.write({
          who: who.name,
          act: 'account-link',
          product: body.product,
          installation: tokens
        })
        const { name, billingActive } = await accounts.link({ ...said, tokens })
        return json({ name, billingActive })
      }
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/accounts/delete',
      says: 'erase all that is kept of one account, within 72 hours; audited',
      scope: 'delete',
      body: whom,
      answer: () =>
        z.strictObject({
          product: z.string(),
          deletion: z.literal('requested'),
          within: z.string()
        }),
      async handle({ body, who, reach }) {
        const { product, tokens } = await find(services, reach, body)
        await services.audit.write({
          who: who.name,
          act: 'account-delete',
          product,
          installation: tokens,
          reason: body.reason
        })
        await services.installations.requestErasure(
          product,
          tokens.map((token) => ({ kind: 'account', token }))
        )
        return json({ product, deletion: 'requested' as const, within: '72 hours' })
      }
    })
  ]
}

async function listAccounts(
  services: AccountServices,
  reach: Reach
): Promise<readonly ListedAccount[]> {
  const accounts = kept(services)
  await accounts.refresh()
  const heard = await Promise.all(
    [...services.products(reach)].map(async ([product, { newest }]) => {
      if (newest.contract.streamOf === undefined) return []
      const rows = await services.storage.query<{
        token: Token
        epoch: number
        installations: number
        last_seen: string
      }>({
        sql: `
          SELECT
            account AS token,
            max(key_epoch) AS epoch,
            uniqExact(installation) AS installations,
            toString(max(received_at)) AS last_seen
          FROM ${recordTable(product)}
          WHERE ifNull(account, '') != ''
          GROUP BY account
          ORDER BY last_seen DESC
          LIMIT ${accountsMax}`,
        parameters: {},
        deadlineMs
      })
      return rows.map((row) => ({ product, ...row }))
    })
  )
  const rows = heard.flat()
  const own = accounts.list().filter(({ product }) => reach.has(product))
  const strangers = rows.filter(
    ({ product, token }) => accounts.named(product, token) === undefined
  )
  const linked: ListedAccount[] = []
  for (const account of own) {
    const heardOf = rows.filter(
      ({ product, token }) => product === account.product && account.tokens.includes(token)
    )
    // Only several keys of one epoch may share an installation; then the store has to look again.
    const isShared = new Set(heardOf.map(({ epoch }) => Number(epoch))).size < heardOf.length
    linked.push({
      product: account.product,
      name: account.name,
      tokens: account.tokens,
      billingActive: account.billingActive,
      installations: isShared
        ? await installationsOf(services, account.product, account.tokens)
        : Math.max(0, ...heardOf.map(({ installations }) => Number(installations))),
      lastSeen:
        heardOf
          .map((row) => row.last_seen)
          .toSorted()
          .at(-1) ?? null
    })
  }
  return [
    ...linked,
    ...strangers.map((row) => ({
      product: row.product,
      name: null,
      tokens: [row.token],
      billingActive: null,
      installations: Number(row.installations),
      lastSeen: row.last_seen
    }))
  ]
}

/**
 * Of all keys of one account. An installation has another token in each epoch of the secret, so
 * epochs are counted apart, and the largest count is what is known.
 */
async function installationsOf(
  { storage }: AccountServices,
  product: string,
  tokens: readonly Token[]
): Promise<number> {
  const [row] = await storage.query<{ installations: number }>({
    sql: `
      SELECT max(n) AS installations FROM (
        SELECT uniqExact(installation) AS n
        FROM ${recordTable(product)}
        WHERE account IN {tokens:Array(String)}
        GROUP BY key_epoch
      )`,
    parameters: { tokens },
    deadlineMs
  })
  return Number(row?.installations ?? 0)
}

async function showAccount(
  services: AccountServices,
  reach: Reach,
  asked: Whom,
  who: string
): Promise<ShownAccount> {
  const { product, tokens, account } = await find(services, reach, asked)
  const { contract } = streamNamed(services, reach, product)
  const { storage } = services
  const [seen] = await storage.query<{
    records: number
    first_seen: string
    last_seen: string
  }>({
    sql: `
      SELECT
        count() AS records,
        toString(min(received_at)) AS first_seen,
        toString(max(received_at)) AS last_seen
      FROM ${recordTable(product)}
      WHERE account IN {tokens:Array(String)}`,
    parameters: { tokens },
    deadlineMs
  })
  const records = Number(seen?.records ?? 0)
  await services.audit.write({
    who,
    act: 'account-show',
    product,
    installation: tokens,
    reason: asked.reason,
    found: records > 0
  })
  const reports = await storage.query<Readonly<Record<string, unknown>>>({
    sql: `
      SELECT * FROM ${recordTable(product)}
      WHERE account IN {tokens:Array(String)}
      ORDER BY received_at DESC
      LIMIT 1 BY installation, name
      LIMIT ${reportsMax}`,
    parameters: { tokens },
    deadlineMs
  })
  return {
    product,
    name: account?.name ?? null,
    tokens,
    alias: account?.alias ?? null,
    plan: account?.plan ?? null,
    billingActive: account?.billingActive ?? null,
    purpose: contract.purpose,
    contact: contract.contact ?? null,
    recordsDays: contract.retention.recordsDays,
    installations: records === 0 ? 0 : await installationsOf(services, product, tokens),
    records,
    firstSeen: records === 0 ? null : (seen?.first_seen ?? null),
    lastSeen: records === 0 ? null : (seen?.last_seen ?? null),
    reports: reports.map((row) =>
      Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null && value !== ''))
    )
  }
}

/** Throws ACCOUNT_UNKNOWN: what was asked for is not said again, since it may be a key. */
async function find(
  services: AccountServices,
  reach: Reach,
  { product, account, key, installation }: Whom
): Promise<{
  readonly product: string
  readonly tokens: readonly Token[]
  readonly account: Account | undefined
}> {
  const accounts = kept(services)
  await accounts.refresh()
  streamNamed(services, reach, product)
  const own = accounts.list().filter((each) => each.product === product)
  const named = own.find(
    ({ name, alias, tokens }) => account !== undefined && [name, alias, ...tokens].includes(account)
  )
  const tokens =
    named?.tokens ??
    (key !== undefined
      ? accounts.tokensOf(product, key)
      : installation !== undefined
        ? await accountsOf(services, product, installation)
        : account !== undefined && /^[0-9a-f]{32}$/.test(account)
          ? [account]
          : [])
  if (tokens.length === 0)
    throw new CandorError(
      'ACCOUNT_UNKNOWN',
      'No such account is known here: `candor account list` shows those that are.'
    )
  const linked = named ?? own.find((each) => each.tokens.some((one) => tokens.includes(one)))
  return { product, tokens: linked?.tokens ?? tokens, account: linked }
}

/** Under which account an installation reported last. */
async function accountsOf(
  { storage, installations }: AccountServices,
  product: string,
  id: string
): Promise<readonly Token[]> {
  const tokens = installations
    .tokensOf(product, id)
    .flatMap(({ kind, token }) => (kind === 'installation' ? [token] : []))
  const [row] = await storage.query<{ account: Token }>({
    sql: `
      SELECT account FROM ${recordTable(product)}
      WHERE installation IN {tokens:Array(String)} AND ifNull(account, '') != ''
      ORDER BY received_at DESC
      LIMIT 1`,
    parameters: { tokens },
    deadlineMs
  })
  return row === undefined ? [] : [row.account]
}

function kept({ accounts }: AccountServices): Accounts {
  if (accounts !== undefined) return accounts
  throw new CandorError(
    'ACCOUNTS_NOT_KEPT',
    'No accounts are kept here: name a file, `accounts: ./accounts.yaml`, in candor.yaml.'
  )
}

function streamNamed(
  { products }: AccountServices,
  reach: Reach,
  name: string
): ApiProduct['newest'] {
  const seen = products(reach)
  const found = seen.get(name)?.newest
  if (found?.contract.streamOf !== undefined) return found
  const streams = [...seen].flatMap(([product, { newest }]) =>
    newest.contract.streamOf === undefined ? [] : [product]
  )
  throw new CandorError(
    'PRODUCT_UNKNOWN',
    `Accounts belong to the stream of an edition: ${streams.join(', ') || 'there is none here'}.`
  )
}
