/** What is kept about one installation: shown, exported or deleted on its user's word. */
import { z } from 'zod'
import type { SenderToken } from '../../collector/deletion.ts'
import type { Instant, Token } from '../../record.ts'
import { recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Reach } from '../access/scope.ts'
import { auditReasons, type Audit } from '../access/audit.ts'
import { endpoint, json, type AnswerOf, type Endpoint } from '../describe/endpoint.ts'
import { instant, named, once, productName, whole } from '../describe/shapes.ts'

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

/** A text that some client could have sent. */
const idShape = once(() =>
  z
    .string('is missing; give it as its user sees it')
    .min(1, 'is missing; give it as its user sees it')
    .max(512, 'is longer than 512 characters; give it as its user sees it')
    .describe('As its user sees it; re-keyed before anything looks for it.')
)

const requested = named('DeletionRequested', () =>
  z.strictObject({
    product: z.string(),
    deletion: z.literal('requested'),
    within: z.string(),
    note: z.string()
  })
)
/** Of a deletion that was asked for, and is still to be carried out. */
const pending = () => ({
  deletion: z.literal('pending').optional(),
  requestedAt: instant().optional(),
  within: z.string().optional()
})
const absent = named('NothingKept', () =>
  z.strictObject({
    product: z.string(),
    found: z.literal(false),
    ...pending(),
    note: z.string()
  })
)
const keptRow = named('KeptRow', () => z.record(z.string(), z.unknown()))
const summary = once(() =>
  z.strictObject({
    product: z.string(),
    found: z.literal(true),
    ...pending(),
    records: whole(),
    firstSeen: z.string(),
    lastSeen: z.string()
  })
)
const shown = named('ShownInstallation', () =>
  summary().extend({
    names: z.array(
      z.strictObject({
        name: z.string(),
        records: z.number(),
        last_seen: z.string(),
        version: z.string().nullable()
      })
    ),
    latest: keptRow().optional()
  })
)
const exported = named('ExportedInstallation', () =>
  summary().extend({ rows: z.array(keptRow()), truncated: z.boolean() })
)
type InstallationAnswer = AnswerOf<
  typeof requested | typeof absent | typeof shown | typeof exported
>

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
    readonly productNamed: (reach: Reach, name: string) => { readonly product: string }
  }
): Endpoint {
  return endpoint({
    method: 'POST',
    path: '/api/v1/installation',
    says: 'what is kept about one installation: shown, exported or deleted; audited',
    scope: 'delete',
    body: () =>
      z.strictObject({
        action: z.enum(actions),
        product: productName(),
        id: idShape(),
        reason: z.enum(auditReasons)
      }),
    answer: () => z.union([requested(), absent(), shown(), exported()]),
    async handle({ body, who, reach }) {
      const { product } = services.productNamed(reach, body.product)
      const { storage, installations } = services
      const request = { ...body, who: who.name, product }
      return json(await lookAtInstallation({ storage, ...installations }, request))
    }
  })
}

export async function lookAtInstallation(
  services: InstallationServices,
  { who, action, product, id, reason }: InstallationRequest
): Promise<InstallationAnswer> {
  const { storage, audit } = services
  const named = services.tokensOf(product, id)
  const tokens = named.map(({ token }) => token)
  const [seen] = await storage.query<{ records: number; first_seen: string; last_seen: string }>({
    sql: `
      SELECT
        count() AS records,
        toString(min(occurred_at)) AS first_seen,
        toString(max(occurred_at)) AS last_seen
      FROM ${recordTable(product)}
      WHERE ${isOfOne}`,
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
          deletion: 'pending' as const,
          requestedAt: new Date(pendingSince).toISOString(),
          within: '72 hours'
        }
  if (!found) return { product, found: false, ...deletion, note: 'Nothing is kept about this id.' }
  const known = {
    product,
    found: true,
    ...deletion,
    records: Number(seen?.records),
    firstSeen: seen?.first_seen ?? '',
    lastSeen: seen?.last_seen ?? ''
  } as const
  return action === 'show'
    ? { ...known, ...(await show(services, product, tokens)) }
    : { ...known, ...(await exportAll(services, product, tokens)) }
}

async function show(
  { storage }: InstallationServices,
  product: string,
  tokens: readonly Token[]
): Promise<Pick<AnswerOf<typeof shown>, 'names' | 'latest'>> {
  const names = await storage.query<AnswerOf<typeof shown>['names'][number]>({
    sql: `
      SELECT
        name,
        count() AS records,
        toString(max(occurred_at)) AS last_seen,
        argMax(version, occurred_at) AS version
      FROM ${recordTable(product)}
      WHERE ${isOfOne}
      GROUP BY name
      ORDER BY records DESC`,
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
): Promise<Pick<AnswerOf<typeof exported>, 'rows' | 'truncated'>> {
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
