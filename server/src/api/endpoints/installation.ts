/** What is kept about one installation: shown, exported or deleted on its user's word. */
import { CandorError } from '../../errors.ts'
import type { SenderToken } from '../../collector/deletion.ts'
import type { Instant, Token } from '../../record.ts'
import { recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import { auditReasons, type Audit } from '../access/audit.ts'
import { json, type Endpoint } from '../describe/endpoint.ts'
import { oneOf, requiredText } from '../describe/parameters.ts'
import { asJson, anything, map, oneOf as oneWord, text } from '../describe/schema.ts'

/** A month of a busy installation; an export beyond it says so. */
const rowsMax = 100_000
const deadlineMs = 60_000

export interface InstallationServices {
  readonly storage: Storage
  readonly audit: Pick<Audit, 'write'>
  /** The id's tokens, of whatever kind of id the product has, in every key epoch. */
  readonly tokensOf: (product: string, id: string) => readonly SenderToken[]
  /** Makes the deletion durable; it is carried out within 72 hours. */
  readonly requestErasure: (product: string, tokens: readonly SenderToken[]) => Promise<void>
  /** When a deletion of it was asked for that is still to be carried out. */
  readonly pendingSince: (product: string, tokens: readonly SenderToken[]) => Instant | undefined
}

/** Of one sender, by whatever it is known. */
const isOfOne =
  '(installation IN {tokens:Array(String)} OR account IN {tokens:Array(String)} OR lineage ' +
  'IN {tokens:Array(String)})'

const actions = ['show', 'export', 'delete'] as const

export interface InstallationRequest {
  /** As the audit names it. */
  readonly who: string
  readonly action: (typeof actions)[number]
  readonly product: string
  /** As its user sees it. Lives only until it is re-keyed. */
  readonly id: string
  readonly reason: (typeof auditReasons)[number]
}

export function installationEndpoint(
  services: Pick<InstallationServices, 'storage'> & {
    readonly installations: Omit<InstallationServices, 'storage'>
    readonly productNamed: (name: string) => { readonly product: string }
  }
): Endpoint {
  return {
    method: 'POST',
    path: '/api/v1/installation',
    says: 'what is kept about one installation: shown, exported or deleted; audited',
    scope: 'delete',
    body: {
      properties: {
        action: oneWord(actions),
        product: text,
        id: {
          type: 'string',
          minLength: 1,
          maxLength: 512,
          description: 'As its user sees it; re-keyed before anything looks for it.'
        },
        reason: oneWord(auditReasons)
      },
      required: ['action', 'product', 'id', 'reason']
    },
    answers: asJson(map(anything)),
    async handle({ body, who }) {
      const { product } = services.productNamed(requiredText(body['product'], 'product', 'dlt'))
      const action = oneOf(requiredText(body['action'], 'action', 'show'), actions, 'action')
      const reason = oneOf(requiredText(body['reason'], 'reason', 'access'), auditReasons, 'reason')
      const { storage, installations } = services
      const request = { who: who.name, action, product, id: checkedId(body['id']), reason }
      return json(await lookAtInstallation({ storage, ...installations }, request))
    }
  }
}

export async function lookAtInstallation(
  services: InstallationServices,
  { who, action, product, id, reason }: InstallationRequest
): Promise<unknown> {
  const { storage, audit } = services
  const named = services.tokensOf(product, id)
  const tokens = named.map(({ token }) => token)
  const [seen] = await storage.query<{ records: number; first_seen: Instant; last_seen: Instant }>({
    sql: `SELECT count() AS records, toString(min(occurred_at)) AS first_seen, toString(max(occurred_at)) AS last_seen
      FROM ${recordTable(product)} WHERE ${isOfOne}`,
    parameters: { tokens },
    deadlineMs
  })
  const found = Number(seen?.records ?? 0) > 0
  await audit.write({
    who,
    act: `installation-${action}`,
    product,
    installation: tokens,
    reason,
    found
  })
  if (action === 'delete') {
    await services.requestErasure(product, named)
    return {
      product,
      deletion: 'requested',
      within: '72 hours',
      note:
        'Rows, waiting entries, snapshot and installation are erased; counts that were frozen ' +
        'before are not altered.'
    }
  }
  const pendingSince = services.pendingSince(product, named)
  const deletion =
    pendingSince === undefined
      ? {}
      : {
          deletion: 'pending',
          requestedAt: new Date(pendingSince).toISOString(),
          within: '72 hours'
        }
  if (!found) return { product, found: false, ...deletion, note: 'Nothing is kept about this id.' }
  const summary = {
    product,
    found: true,
    ...deletion,
    records: Number(seen?.records),
    firstSeen: seen?.first_seen,
    lastSeen: seen?.last_seen
  }
  return action === 'show'
    ? { ...summary, ...(await show(services, product, tokens)) }
    : { ...summary, ...(await exportAll(services, product, tokens)) }
}

async function show(
  { storage }: InstallationServices,
  product: string,
  tokens: readonly Token[]
): Promise<object> {
  const names = await storage.query<Readonly<Record<string, unknown>>>({
    sql: `SELECT name, count() AS records, toString(max(occurred_at)) AS last_seen, argMax(version, occurred_at) AS version
      FROM ${recordTable(product)} WHERE ${isOfOne} GROUP BY name ORDER BY records DESC`,
    parameters: { tokens },
    deadlineMs
  })
  const [latest] = await rowsOf(storage, product, tokens, 1)
  return { names, latest }
}

async function exportAll(
  { storage }: InstallationServices,
  product: string,
  tokens: readonly Token[]
): Promise<object> {
  const rows = await rowsOf(storage, product, tokens, rowsMax + 1)
  return { rows: rows.slice(0, rowsMax), truncated: rows.length > rowsMax }
}

async function rowsOf(
  storage: Storage,
  product: string,
  tokens: readonly Token[],
  limit: number
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const rows = await storage.query<Readonly<Record<string, unknown>>>({
    sql:
      `SELECT * FROM ${recordTable(product)} WHERE ${isOfOne} ORDER BY occurred_at DESC LIMIT ` +
      `${limit}`,
    parameters: { tokens },
    deadlineMs
  })
  // Absent fields of other records would bury the few that are there.
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => isPresent(value)))
  )
}

function isPresent(value: unknown): boolean {
  if (value === null || value === '') return false
  return typeof value !== 'object' || Object.keys(value as object).length > 0
}

/** The id must be a text that some client could have sent. */
export function checkedId(id: unknown): string {
  if (typeof id === 'string' && id !== '' && id.length <= 512) return id
  throw new CandorError(
    'PARAMETER_INVALID',
    'The id is missing or longer than 512 characters; give it as its user sees it.'
  )
}
