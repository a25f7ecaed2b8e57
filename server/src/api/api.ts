/**
 * The API: every route that the command line, the dashboard and other programs may call, in one
 * list that is served and described.
 */
import { closest } from 'fastest-levenshtein'
import { z } from 'zod'
import { CandorError } from '../errors.ts'
import type { Effects } from '../effects.ts'
import type { HttpRoute } from '../http/route.ts'
import type { PlausibleClock } from '../plausible-clock.ts'
import type { Storage } from '../storage/storage.ts'
import type { Access } from './access/access.ts'
import type { Reach } from './access/scope.ts'
import { auditEndpoint, type Audit } from './access/audit.ts'
import { clockEndpoints } from './endpoints/keeping/clock.ts'
import { backupEndpoints, type BackupServices } from './endpoints/keeping/backups.ts'
import { moveEndpoints, type MoveServices } from './endpoints/keeping/move.ts'
import { quarantineEndpoints, type QuarantineServices } from './endpoints/keeping/quarantine.ts'
import { boardEndpoints, type BoardServices } from './endpoints/boards.ts'
import { doctorEndpoint, type KnownCheck } from './doctor/doctor.ts'
import { endpoint, json, type Endpoint } from './describe/endpoint.ts'
import {
  recordExportEndpoints,
  type RecordExportServices
} from './endpoints/exporting/record-export.ts'
import { healthEndpoint, type HealthSources } from './endpoints/health.ts'
import { installationEndpoint, type InstallationServices } from './endpoints/installation.ts'
import { mountEndpoints } from './mount.ts'
import { openapiDocument } from './describe/openapi.ts'
import { productEndpoints, type ApiProduct, type ProductServices } from './endpoints/products.ts'
import { queryEndpoint } from './endpoints/query.ts'
import {
  askerOf,
  questionEndpoints,
  type QuestionServices
} from './endpoints/question-endpoints.ts'
import { glanceEndpoint } from './endpoints/glance.ts'
import { riskEndpoint } from './endpoints/risk-endpoint.ts'
import type { FieldUse } from './field-use.ts'
import type { HeaderRules } from './site/security-headers.ts'
import { sessionEndpoints, type SessionServices } from './endpoints/signing-in/session.ts'
import { sessionListEndpoints } from './endpoints/signing-in/sessions.ts'
import { signInEndpoints } from './endpoints/signing-in/sign-in.ts'
import { tailEndpoint, type TailServices } from './endpoints/tail.ts'
import { tokenEndpoints } from './endpoints/tokens.ts'
import { accountEndpoints, type AccountServices } from './endpoints/operating/accounts.ts'
import { importEndpoints, type ImportServices } from './endpoints/operating/imports.ts'
import { advisoryEndpoint, type AdvisoryServices } from './endpoints/operating/advisories.ts'
import {
  publicationEndpoints,
  type PublicationServices
} from './endpoints/operating/publication.ts'
import { trialEndpoint, type TrialServices } from './endpoints/operating/trials.ts'
import { writeKeyEndpoints, type WriteKeyServices } from './endpoints/operating/write-keys.ts'

export interface ApiServices {
  readonly access: Access
  readonly oidc: SessionServices['oidc']
  readonly oidcConfig: SessionServices['oidcConfig']
  readonly audit: Audit
  readonly effects: Effects
  readonly clock: PlausibleClock
  readonly storage: Storage
  readonly products: () => ReadonlyMap<string, ApiProduct>
  readonly releases: ProductServices['releases']
  readonly ingest: ProductServices['ingest']
  readonly writeKeys: WriteKeyServices['writeKeys']
  readonly accounts: AccountServices['accounts']
  readonly addAdvisory: AdvisoryServices['addAdvisory']
  readonly publications: PublicationServices['publications']
  readonly installations: Omit<InstallationServices, 'storage' | 'audit'>
  readonly pendingErasures: RecordExportServices['pendingErasures']
  readonly oldestWaitingAt: RecordExportServices['oldestWaitingAt']
  readonly counts: QuestionServices['counts']
  readonly fieldUse: FieldUse
  readonly trials: TrialServices['trials']
  readonly imports: ImportServices['imports']
  readonly backups: BackupServices['backups']
  readonly mover: MoveServices['mover']
  readonly replayRows: QuarantineServices['replayRows']
  readonly subscribe: TailServices['subscribe']
  readonly checks: () => Promise<readonly KnownCheck[]>
  readonly health: HealthSources
  readonly headers: HeaderRules
  readonly saved: BoardServices['saved']
}

export interface Api {
  readonly routes: readonly HttpRoute[]
  /** For the reference. */
  readonly endpoints: readonly Endpoint[]
}

/** Touches no service before the first request. */
export function createApi(services: ApiServices): Api {
  const inside = {
    ...services,
    get installations() {
      return { ...services.installations, audit: services.audit }
    },
    products: (reach: Reach) => within(services.products(), reach),
    productNamed: (reach: Reach, name: string) =>
      productNamed(within(services.products(), reach), name),
    productOfLink: (name: string) => productNamed(services.products(), name)
  }
  const ask = askerOf(inside)
  const described: Endpoint[] = [
    ...sessionEndpoints(inside),
    ...signInEndpoints(inside),
    ...sessionListEndpoints(inside),
    ...tokenEndpoints(inside),
    ...writeKeyEndpoints(inside),
    ...accountEndpoints(inside),
    advisoryEndpoint(inside),
    ...publicationEndpoints(inside),
    trialEndpoint(inside),
    ...productEndpoints(inside),
    ...questionEndpoints({ ...inside, ask }),
    glanceEndpoint({ ...inside, ask }),
    queryEndpoint(inside),
    riskEndpoint(inside),
    ...recordExportEndpoints(inside),
    tailEndpoint(inside),
    healthEndpoint(inside),
    doctorEndpoint(inside),
    ...clockEndpoints(inside),
    ...moveEndpoints(inside),
    ...quarantineEndpoints(inside),
    ...backupEndpoints(inside),
    ...importEndpoints(inside),
    installationEndpoint(inside),
    auditEndpoint(inside),
    ...boardEndpoints({ ...inside, ask })
  ]
  const endpoints: readonly Endpoint[] = [...described, openapiEndpoint(() => endpoints)]
  return {
    endpoints,
    routes: mountEndpoints(endpoints, () => ({
      access: services.access,
      headers: services.headers,
      streamOf: (product) => services.products().get(product)?.newest.contract.streamOf
    }))
  }
}

function openapiEndpoint(endpoints: () => readonly Endpoint[]): Endpoint {
  return endpoint({
    method: 'GET',
    path: '/api/v1/openapi.json',
    says: 'this description',
    scope: 'anyone',
    answer: () => z.looseObject({ openapi: z.string(), paths: z.record(z.string(), z.unknown()) }),
    handle: () => json({ ...openapiDocument(endpoints()) })
  })
}

/** Whoever may not see a product is answered as if there were none of that name. */
function within(
  products: ReadonlyMap<string, ApiProduct>,
  reach: Reach
): ReadonlyMap<string, ApiProduct> {
  return reach.isAll ? products : new Map([...products].filter(([name]) => reach.has(name)))
}

function productNamed(
  products: ReadonlyMap<string, ApiProduct>,
  name: string
): ApiProduct & { readonly product: string } {
  const found = products.get(name)
  if (found !== undefined) return { ...found, product: name }
  const names = [...products.keys()]
  const near = names.length === 0 ? undefined : closest(name.slice(0, 60), names)
  throw new CandorError(
    'PRODUCT_UNKNOWN',
    near === undefined
      ? 'No such product is known.'
      : `No such product is known; did you mean "${near}"? There are: ${names.join(', ')}`
  )
}
