/**
 * Products as the dashboard shows them: what each declares, what of it arrives, and the page that
 * its users read.
 */
import {
  generateDisclosure,
  type CompiledContract,
  type Digest,
  type FieldDeclaration,
  type FieldType
} from '@candor/contract'
import type { Effects } from '../../effects.ts'
import type { ReleaseFile } from '../../releases/release-file.ts'
import { recordTable } from '../../storage/tables/rows.ts'
import type { Storage } from '../../storage/storage.ts'
import { json, type Endpoint } from '../describe/endpoint.ts'
import { keepAnswers } from '../kept-answer.ts'
import { createObserver, fieldDays, recordDays, type ObservedRecord } from './observed.ts'
import {
  anything,
  asJson,
  day,
  instant,
  list,
  map,
  object,
  oneOf,
  orNull,
  share,
  text,
  whole
} from '../describe/schema.ts'
import { framedPolicy } from '../site/security-headers.ts'

export interface ApiProduct {
  /** Where its contract lies, and perhaps boards beside it. */
  readonly folder: string
  readonly newest: CompiledContract
  /** The newest among them. */
  readonly published: ReadonlyMap<Digest, CompiledContract>
}

export interface ProductServices {
  /** Where reports go in, as a program on this machine would write it. */
  readonly ingest: () => string
  readonly effects: Pick<Effects, 'clock'>
  readonly storage: Pick<Storage, 'query'>
  readonly products: () => ReadonlyMap<string, ApiProduct>
  /** Throws PRODUCT_UNKNOWN. */
  readonly productNamed: (name: string) => ApiProduct & { readonly product: string }
  readonly releases: {
    newest(product: string): string | undefined
    of(product: string): { readonly file: ReleaseFile } | undefined
  }
}

const deadlineMs = 30_000
const keptMs = 60_000
/** When a contract was first seen does not change, and only reading every row tells it. */
const firstSeenMs = 600_000

const fieldSchema = object({
  name: text,
  type: orNull(text),
  unit: orNull(text),
  values: orNull(list(text)),
  says: text,
  level: text,
  since: orNull(text),
  owner: orNull(text),
  expires: orNull(text),
  collector: oneOf(['keeps', 'reduces', 'drops']),
  sdk: oneOf(['sends', 'never']),
  because: orNull(text),
  questions: list(text),
  observedShare: orNull(share),
  lastSeen: orNull(day)
})
const recordSchema = object({
  name: text,
  kind: oneOf(['event', 'snapshot', 'counter']),
  when: text,
  level: text,
  since: orNull(text),
  owner: orNull(text),
  expires: orNull(text),
  questions: list(text),
  observedShare: orNull(share),
  lastSeen: orNull(day),
  records30d: whole,
  fields: list(fieldSchema)
})

export function productEndpoints(services: ProductServices): readonly Endpoint[] {
  const lists = lazily(() =>
    keepAnswers<ListedProducts>(services.effects.clock, { ms: keptMs, keysMax: 1 })
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
    {
      method: 'GET',
      path: '/api/v1/products',
      says: 'every product that this collector knows',
      scope: 'read',
      answers: asJson(
        object({
          ingest: text,
          products: list(
            object({
              product: text,
              title: text,
              purpose: text,
              identity: oneOf(['none', 'window', 'persistent']),
              records: whole,
              lastSeen: orNull(instant),
              newest: orNull(text)
            })
          )
        })
      ),
      handle: async () =>
        json({ ingest: services.ingest(), ...(await lists().of('', () => listed(services))) })
    },
    {
      method: 'GET',
      path: '/api/v1/products/{product}',
      says: 'a product’s contract, and how often each record and field of it arrives',
      scope: 'read',
      answers: asJson(
        object({
          product: text,
          contract: map(anything),
          digest: text,
          published: list(object({ digest: text, firstSeen: orNull(instant) })),
          observed: object({ recordDays: whole, fieldDays: whole }),
          records: list(recordSchema),
          disclosureHtml: text
        })
      ),
      async handle({ path }) {
        const product = services.productNamed(path['product'] ?? '')
        const key = `${product.product} ${product.newest.contract.digest}`
        const make = async (): Promise<ContractPage> => {
          const seen = sights().of(product.product, () =>
            firstSeen(services.storage, product.product)
          )
          return contractPage(product, ...(await Promise.all([observer()(product.newest), seen])))
        }
        return json(await pages().of(key, make))
      }
    },
    {
      method: 'GET',
      path: '/api/v1/products/{product}/disclosure',
      says: 'the page that tells the product’s users what is collected',
      scope: 'read',
      answers: { 'text/html': text },
      handle({ path }) {
        const { newest } = services.productNamed(path['product'] ?? '')
        return {
          status: 200,
          headers: {
            'Content-Type': 'text/html; charset=utf-8',
            'Content-Security-Policy': framedPolicy
          },
          body: generateDisclosure(newest.contract, { format: 'html' })
        }
      }
    },
    {
      method: 'GET',
      path: '/api/v1/products/{product}/releases',
      says: 'releases and advisories, as the version check answers from them',
      scope: 'read',
      answers: asJson(
        object({
          newest: orNull(text),
          releases: list({
            ...object({ version: text, date: day }),
            additionalProperties: anything
          }),
          advisories: list({
            ...object({ id: text, severity: text, title: text, affected: text }),
            additionalProperties: anything
          })
        })
      ),
      handle({ path }) {
        const { product } = services.productNamed(path['product'] ?? '')
        const { releases = [], advisories = [] } = services.releases.of(product)?.file ?? {}
        return json({
          newest: services.releases.newest(product) ?? null,
          releases,
          advisories: advisories.map(({ level, ...advisory }) => ({ ...advisory, severity: level }))
        })
      }
    }
  ]
}

interface ListedProducts {
  readonly products: readonly object[]
}

async function listed({ storage, products, releases }: ProductServices): Promise<ListedProducts> {
  const rows = await Promise.all(
    [...products().values()].map(async ({ newest: { contract } }) => {
      const { product, title, purpose, identity } = contract
      const { records, last } = await kept(storage, product)
      const lastSeen = records === 0 ? null : new Date(last).toISOString()
      return {
        product,
        title,
        purpose,
        identity: identity.kind,
        records,
        lastSeen,
        newest: releases.newest(product) ?? null
      }
    })
  )
  return { products: rows }
}

/** The store answers both from what it knows of its parts, without reading a row. */
async function kept(
  storage: Pick<Storage, 'query'>,
  product: string
): Promise<{ readonly records: number; readonly last: number }> {
  const [row] = await storage.query<{ records: number; last: number }>({
    sql:
      'SELECT count() AS records, toUnixTimestamp64Milli(max(received_at)) AS last FROM ' +
      `${recordTable(product)}`,
    deadlineMs
  })
  return { records: Number(row?.records ?? 0), last: Number(row?.last ?? 0) }
}

type ContractPage = Readonly<Record<string, unknown>>

function contractPage(
  { product, newest, published }: ReturnType<ProductServices['productNamed']>,
  observed: ReadonlyMap<string, ObservedRecord>,
  seen: ReadonlyMap<string, string>
): ContractPage {
  const { contract } = newest
  return {
    product,
    contract: contract.document,
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
    disclosureHtml: `/api/v1/products/${product}/disclosure`
  }
}

/** Fields inside objects stand by themselves, under the names of their columns. */
function* fieldRows(
  fields: ReadonlyMap<string, FieldDeclaration>,
  prefix: string,
  observed: ObservedRecord | undefined
): Generator<object> {
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
