/**
 * Products as the dashboard shows them: what each declares, what of it arrives, and the page that
 * its users read.
 */
import { z } from 'zod'
import {
  generateDisclosure,
  type CompiledContract,
  type Digest,
  type FieldDeclaration,
  type FieldType
} from '@candor/contract'
import type { Effects } from '../../effects.ts'
import { advisoryLevels, type ReleaseFile } from '../../releases/release-file.ts'
import { recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import { endpoint, json, other, type AnswerOf, type Endpoint } from '../describe/endpoint.ts'
import type { Reach } from '../access/scope.ts'
import type { FieldUse } from '../field-use.ts'
import { keepAnswers } from '../kept-answer.ts'
import { createObserver, fieldDays, recordDays, type ObservedRecord } from './observed.ts'
import { day, instant, named, share, texts, whole } from '../describe/shapes.ts'
import { framedPolicy } from '../site/security-headers.ts'

export interface ApiProduct {
  /** Where its contract lies, and perhaps boards beside it. */
  readonly folder: string
  readonly newest: CompiledContract
  /** The newest among them. */
  readonly published: ReadonlyMap<Digest, CompiledContract>
}

/** Throws PRODUCT_UNKNOWN, for a product that is beyond the reach just as for one that is none. */
export type ProductNamed = (reach: Reach, name: string) => ApiProduct & { readonly product: string }

export interface ProductServices {
  /** Where reports go in, as a program on this machine would write it. */
  readonly ingest: () => string
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query'>
  readonly products: (reach: Reach) => ReadonlyMap<string, ApiProduct>
  readonly productNamed: ProductNamed
  readonly fieldUse: Pick<FieldUse, 'unused'>
  readonly releases: {
    newest(product: string): string | undefined
    of(product: string): { readonly file: ReleaseFile } | undefined
  }
}

const deadlineMs = 30_000
const keptMs = 60_000
/** When a contract was first seen does not change, and only reading every row tells it. */
const firstSeenMs = 600_000

const contractField = named('ContractField', () =>
  z.strictObject({
    name: z.string(),
    /** Null where the collector drops it. */
    type: z.string().nullable(),
    unit: z.string().nullable(),
    values: texts().nullable(),
    says: z.string(),
    ...declaredBy(),
    collector: z.enum(['keeps', 'reduces', 'drops']),
    sdk: z.enum(['sends', 'never']),
    because: z.string().nullable(),
    ...observedOf()
  })
)
const contractRecord = named('ContractRecord', () =>
  z.strictObject({
    name: z.string(),
    kind: z.enum(['event', 'snapshot', 'counter']),
    when: z.string(),
    ...declaredBy(),
    ...observedOf(),
    records30d: whole(),
    fields: z.array(contractField())
  })
)
const productSummary = named('ProductSummary', () =>
  z.strictObject({
    product: z.string(),
    title: z.string(),
    purpose: z.string(),
    identity: z.enum(['none', 'window', 'persistent']),
    records: whole(),
    /** Of what is kept: when the first report came, and the last one. */
    firstSeen: instant().nullable(),
    lastSeen: instant().nullable(),
    newest: z.string().nullable()
  })
)
/** As its author wrote it: whatever else a contract may say stands there too. */
const authored = named('AuthoredContract', () =>
  z.looseObject({
    product: z.string(),
    title: z.string(),
    purpose: z.string(),
    contact: z.string().optional(),
    retention: z.record(z.string(), z.string()).optional(),
    recipients: z
      .array(
        z.looseObject({
          name: z.string(),
          where: z.string().optional(),
          for: z.string().optional()
        })
      )
      .optional(),
    consent: z
      .looseObject({
        default: z.string().optional(),
        levels: z.record(z.string(), z.string()).optional()
      })
      .optional(),
    identity: z
      .looseObject({ kind: z.string().optional(), says: z.string().optional() })
      .optional(),
    questions: z.record(z.string(), z.string()).optional()
  })
)
const contractPageShape = named('ProductContract', () =>
  z.strictObject({
    product: z.string(),
    contract: authored(),
    digest: z.string(),
    published: z.array(z.strictObject({ digest: z.string(), firstSeen: instant().nullable() })),
    observed: z.strictObject({ recordDays: whole(), fieldDays: whole() }),
    records: z.array(contractRecord()),
    /** Fields that no question has read for 90 days, and the day of the last one. */
    retire: z.array(z.strictObject({ field: z.string(), lastAsked: day().nullable() })),
    /** Where the page for the product’s users is. */
    disclosureHtml: z.string()
  })
)
const shownRelease = named('Release', () =>
  z.strictObject({
    version: z.string(),
    date: day(),
    supports: z.record(z.string(), z.array(whole())).optional(),
    withdrawn: z.boolean().optional()
  })
)
const shownAdvisory = named('Advisory', () =>
  z.strictObject({
    id: z.string(),
    date: day(),
    severity: z.enum(advisoryLevels),
    title: z.string(),
    message: z.string().optional(),
    url: z.string(),
    /** `>=2.0.0 <2.14.3 || 2.15.0` */
    affected: z.string(),
    fixed: z.string().optional(),
    fixed_versions: texts().optional(),
    cve: texts().optional(),
    cvss: texts().optional(),
    platforms: z.record(z.string(), z.array(z.union([z.string(), z.number()]))).optional(),
    package: z.strictObject({ ecosystem: z.string(), name: z.string() }).optional(),
    modified: z.string().optional(),
    withdrawn: z.boolean().optional()
  })
)

/** Last days; `tba` while nobody has decided. */
const shownSupport = named('Support', () =>
  z.strictObject({
    versions: z.string(),
    end_of_security_support: z.string(),
    end_of_life: z.string()
  })
)

type Nullable = z.ZodNullable<z.ZodString>
function declaredBy(): {
  level: z.ZodString
  since: Nullable
  owner: Nullable
  expires: Nullable
} {
  const perhaps = (): Nullable => z.string().nullable()
  return { level: z.string(), since: perhaps(), owner: perhaps(), expires: perhaps() }
}

function observedOf(): {
  questions: z.ZodArray<z.ZodString>
  observedShare: z.ZodNullable<z.ZodNumber>
  lastSeen: z.ZodNullable<z.ZodISODate>
} {
  return {
    /** Of the contract’s questions, those that it answers. */
    questions: texts(),
    observedShare: share().nullable(),
    lastSeen: day().nullable()
  }
}

export function productEndpoints(services: ProductServices): readonly Endpoint[] {
  const lists = lazily(() =>
    keepAnswers<KeptRecords>(services.effects.clock, { ms: keptMs, keysMax: 100 })
  )
  const sights = lazily(() =>
    keepAnswers<ReadonlyMap<string, string>>(services.effects.clock, {
      ms: firstSeenMs,
      keysMax: 100
    })
  )
  const observer = lazily(() =>
    createObserver({ storage: services.storage, clock: services.effects.clock })
  )
  const pages = lazily(() =>
    keepAnswers<ContractPage>(services.effects.clock, { ms: keptMs, keysMax: 100 })
  )
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/products',
      says: 'every product that this collector knows',
      scope: 'read',
      answer: () => z.strictObject({ ingest: z.string(), products: z.array(productSummary()) }),
      handle: async ({ reach }) => {
        const kept = (product: string): Promise<KeptRecords> =>
          lists().of(product, () => keptRecords(services.storage, product))
        return json({ ingest: services.ingest(), ...(await listed(services, reach, kept)) })
      }
    }),
    endpoint({
      method: 'GET',
      path: '/api/v1/products/{product}',
      says: 'a product’s contract, and how often each record and field of it arrives',
      scope: 'read',
      answer: contractPageShape,
      async handle({ path, reach }) {
        const product = services.productNamed(reach, path.product)
        const key = `${product.product} ${product.newest.contract.digest}`
        const make = async (): Promise<ContractPage> => {
          const seen = sights().of(product.product, () =>
            firstSeen(services.storage, product.product)
          )
          const [observed, first] = await Promise.all([observer()(product.newest), seen])
          return contractPage(product, observed, first, services.fieldUse)
        }
        return json(await pages().of(key, make))
      }
    }),
    endpoint({
      method: 'GET',
      path: '/api/v1/products/{product}/disclosure',
      says: 'the page that tells the product’s users what is collected',
      scope: 'read',
      media: ['text/html'],
      handle({ path, reach }) {
        const { newest } = services.productNamed(reach, path.product)
        return other({
          status: 200,
          headers: {
            'Content-Type': 'text/html; charset=utf-8',
            'Content-Security-Policy': framedPolicy
          },
          body: generateDisclosure(newest.contract, { format: 'html' })
        })
      }
    }),
    endpoint({
      method: 'GET',
      path: '/api/v1/products/{product}/releases',
      says: 'releases and advisories, as the version check answers from them',
      scope: 'read',
      answer: () =>
        z.strictObject({
          newest: z.string().nullable(),
          releases: z.array(shownRelease()),
          advisories: z.array(shownAdvisory()),
          support: z.array(shownSupport())
        }),
      handle({ path, reach }) {
        const { product } = services.productNamed(reach, path.product)
        const { file } = services.releases.of(product) ?? {}
        const { releases = [], advisories = [], support = [] } = file ?? {}
        return json({
          newest: services.releases.newest(product) ?? null,
          releases,
          advisories: advisories.map(({ level, ...advisory }) => ({
            ...advisory,
            severity: level
          })),
          support
        })
      }
    })
  ]
}

interface ListedProducts {
  readonly products: readonly AnswerOf<typeof productSummary>[]
}

async function listed(
  { products, releases }: ProductServices,
  reach: Reach,
  kept: (product: string) => Promise<KeptRecords>
): Promise<ListedProducts> {
  const rows = await Promise.all(
    [...products(reach).values()].map(async ({ newest: { contract } }) => {
      const { product, title, purpose, identity } = contract
      const { records, first, last } = await kept(product)
      const moment = (at: number): string | null =>
        records === 0 ? null : new Date(at).toISOString()
      return {
        product,
        title,
        purpose,
        identity: identity.kind,
        records,
        firstSeen: moment(first),
        lastSeen: moment(last),
        newest: releases.newest(product) ?? null
      }
    })
  )
  return { products: rows }
}

interface KeptRecords {
  readonly records: number
  readonly first: number
  readonly last: number
}

/** The store answers all three from what it knows of its parts, without reading a row. */
async function keptRecords(storage: Pick<Storage, 'query'>, product: string): Promise<KeptRecords> {
  const [row] = await storage.query<{ records: number; first: number; last: number }>({
    sql:
      'SELECT count() AS records, toUnixTimestamp64Milli(min(received_at)) AS first, ' +
      `toUnixTimestamp64Milli(max(received_at)) AS last FROM ${recordTable(product)}`,
    deadlineMs
  })
  const { records = 0, first = 0, last = 0 } = row ?? {}
  return { records: Number(records), first: Number(first), last: Number(last) }
}

type ContractPage = AnswerOf<typeof contractPageShape>

function contractPage(
  { product, newest, published }: ReturnType<ProductServices['productNamed']>,
  observed: ReadonlyMap<string, ObservedRecord>,
  seen: ReadonlyMap<string, string>,
  fieldUse: Pick<FieldUse, 'unused'>
): ContractPage {
  const { contract } = newest
  return {
    product,
    contract: contract.document as ContractPage['contract'],
    digest: contract.digest,
    published: [...published.keys()].map((digest) => ({
      digest,
      firstSeen: seen.get(digest) ?? null
    })),
    observed: { recordDays, fieldDays },
    records: [...contract.records.values()].map((record) => {
      const { name, kind, when, level, since, owner, expires, serves, fields } = record
      const found = observed.get(name)
      return {
        name,
        kind,
        when,
        level,
        since: since ?? null,
        owner: owner ?? null,
        expires: expires ?? null,
        questions: serves,
        observedShare: found?.share ?? null,
        lastSeen: found?.lastSeen ?? null,
        records30d: found?.records ?? 0,
        fields: [...fieldRows(fields, '', found)]
      }
    }),
    retire: fieldUse
      .unused(product, keptFields(contract))
      .map(({ field, lastAsked }) => ({ field, lastAsked: lastAsked ?? null })),
    disclosureHtml: `/api/v1/products/${product}/disclosure`
  }
}

/** Each field of any record that is kept, once, by the name of its column. */
export function keptFields({ records }: CompiledContract['contract']): ReadonlySet<string> {
  const rows = [...records.values()].flatMap((record) => [
    ...fieldRows(record.fields, '', undefined)
  ])
  return new Set(rows.filter(({ collector }) => collector !== 'drops').map(({ name }) => name))
}

/** Fields inside objects stand by themselves, under the names of their columns. */
function* fieldRows(
  fields: ReadonlyMap<string, FieldDeclaration>,
  prefix: string,
  observed: ObservedRecord | undefined
): Generator<AnswerOf<typeof contractField>> {
  for (const field of fields.values()) {
    const name = `${prefix}${field.name}`
    if (field.type.is === 'object' && field.collector !== 'drops') {
      yield* fieldRows(field.type.fields, `${name}_`, observed)
      continue
    }
    const seen = field.collector === 'drops' ? undefined : observed?.fields.get(name)
    yield {
      name,
      // What is dropped needs no type, and has none that anybody wrote.
      type: field.collector === 'drops' ? null : typeWords(field.type),
      unit: unitOf(field.type) ?? null,
      values: valuesOf(field.type) ?? null,
      says: field.says,
      level: field.level,
      since: field.since ?? null,
      owner: field.owner ?? null,
      expires: field.expires ?? null,
      collector: field.collector,
      sdk: field.sdk,
      because: field.because ?? null,
      questions: field.serves,
      observedShare: seen?.share ?? null,
      lastSeen: seen?.lastSeen ?? null
    }
  }
}

function typeWords(type: FieldType): string {
  if (type.is === 'list') return `list of ${typeWords(type.of)}`
  if (type.is === 'map') return `map of ${typeWords(type.values)}`
  return type.is
}

/** A duration is kept in seconds, whatever unit it was sent in. */
function unitOf(type: FieldType): string | undefined {
  if (type.is === 'list') return unitOf(type.of)
  if (type.is === 'duration') return 's'
  return type.is === 'integer' || type.is === 'number' ? type.unit : undefined
}

function valuesOf(type: FieldType): readonly string[] | undefined {
  if (type.is === 'list') return valuesOf(type.of)
  return type.is === 'enum' ? type.values : undefined
}

async function firstSeen(
  storage: Pick<Storage, 'query'>,
  product: string
): Promise<ReadonlyMap<string, string>> {
  const rows = await storage.query<{ contract: string; first: number }>({
    sql:
      'SELECT contract, toUnixTimestamp64Milli(min(received_at)) AS first FROM ' +
      `${recordTable(product)} GROUP BY contract`,
    deadlineMs
  })
  return new Map(
    rows.map(({ contract, first }) => [contract, new Date(Number(first)).toISOString()])
  )
}

/** The endpoints are also listed without services, for the reference. */
function lazily<Value>(make: () => Value): () => Value {
  let value: Value | undefined
  return () => (value ??= make())
}
