/** An API on a real socket, in a folder that goes with it, under a clock that a test moves. */
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { movedClock } from '../plausible-clock.ts'
import { openSaved } from '../boards/saved.ts'
import type { OidcConfig } from '../config/oidc-settings.ts'
import { systemEffects, systemNetwork, type Effects } from '../effects.ts'
import { createHttpServer } from '../http/server.ts'
import { testContract } from '../storage/contract.test-support.ts'
import { Access } from './access/access.ts'
import { OidcSignIn } from './access/oidc.ts'
import type { Scope } from './access/scope.ts'
import { createApi, type ApiServices } from './api.ts'
import { openAudit } from './access/audit.ts'
import { describedBy } from './describe/described.test-support.ts'
import type { Endpoint } from './describe/endpoint.ts'
import { openapiDocument } from './describe/openapi.ts'
import { createSite } from './site/site.ts'

export const operatorToken = 'the-operators-own-token'
const testWriteKey = {
  key: 'abc123',
  product: 'dlt',
  revoked: false,
  from: 'command',
  createdAt: '2026-11-20T00:00:00.000Z'
} as const

export interface Call {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown
}

export interface Told {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** `code` of an error. */
  readonly code: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

export interface TestApi {
  readonly url: string
  readonly folder: string
  readonly access: Access
  readonly endpoints: readonly Endpoint[]
  /** What routes threw: nothing, in a test that does not say so. */
  readonly faults: unknown[]
  moveClock(ms: number): void
  /** As the operator. */
  ask(path: string, call?: Call): Promise<Told>
  /** With the headers given, and no other but Host. */
  bare(path: string, call?: Call): Promise<Told>
  /** A token with these scopes. */
  tokenFor(scopes: readonly Scope[], days?: number): Promise<string>
  /** Headers of a browser that has signed in. */
  browser(): Promise<{ readonly cookie: string; readonly csrf: string }>
  close(): Promise<void>
}

export interface TestApiOptions {
  readonly changes?: Partial<ApiServices>
  /** An existing one: as after a restart. */
  readonly folder?: string
  readonly onLoopback?: boolean
  readonly hosts?: readonly string[]
  readonly isEncrypted?: boolean
  readonly oidc?: OidcConfig
  readonly siteFolders?: readonly string[]
}

export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const {
    changes = {},
    onLoopback = true,
    hosts = [],
    isEncrypted = false,
    siteFolders = []
  } = options
  const folder =
    options.folder ?? (await systemEffects.files.mkdtemp(join(tmpdir(), 'candor-api-')))
  let movedMs = 0
  const effects: Effects = {
    ...systemEffects,
    clock: { ...systemEffects.clock, now: () => Date.now() + movedMs }
  }
  const guards = {
    origins: { onLoopback, hosts },
    headers: { isStrictlyEncrypted: isEncrypted && !onLoopback }
  }
  const access = await Access.open({
    folder,
    operatorToken,
    origins: guards.origins,
    isEncrypted,
    oidc: () => options.oidc,
    effects
  })
  const dlt = testContract()
  const { routes, endpoints } = createApi({
    access,
    oidc: new OidcSignIn({
      config: () => options.oidc,
      secret: undefined,
      network: systemNetwork,
      effects
    }),
    oidcConfig: () => options.oidc,
    audit: openAudit({ path: join(folder, 'audit.ndjson'), bytesMax: 2 ** 24, effects }),
    effects,
    clock: movedClock(effects.clock),
    storage: {
      query: () => Promise.resolve([]),
      userQuery: () =>
        Promise.resolve({
          columns: [{ name: 'n', type: 'UInt64' }],
          rows: [{ n: 1 }],
          truncated: true
        }),
      state: () => ({ is: 'ready', engine: 'embedded', since: 0 })
    } as never,
    products: () =>
      new Map([['dlt', { newest: dlt, published: new Map([[dlt.contract.digest, dlt]]), folder }]]),
    writeKeys: {
      list: () => [testWriteKey],
      create: () => Promise.resolve(testWriteKey),
      revoke: () => Promise.resolve({ ...testWriteKey, revoked: true })
    },
    accounts: undefined,
    addAdvisory: () => Promise.resolve(),
    publications: {
      publish: () =>
        Promise.resolve({ published: [], withheld: [], written: [], next: '2026-12-08' }),
      files: () => Promise.resolve(new Map([['index.html', Buffer.from('<!doctype html>')]]))
    },
    ingest: () => 'http://127.0.0.1:4700',
    releases: { newest: () => undefined, of: () => undefined },
    installations: {
      tokensOf: () => [],
      pendingSince: () => undefined,
      requestErasure: () => Promise.resolve()
    },
    pendingErasures: () => [],
    oldestWaitingAt: () => undefined,
    counts: () => undefined,
    fieldUse: { used: () => undefined, unused: () => [], close: () => Promise.resolve() },
    imports: {
      take: ({ product, import: name, chunk, isLast }) =>
        Promise.resolve({ ...noImport, product, import: name, next: chunk + 1, isDone: isLast }),
      list: () => []
    },
    backups: {
      stage: () => Promise.resolve(noBackup),
      remove: () => Promise.resolve()
    },
    mover: undefined,
    replayRows: () => Promise.resolve({ again: 0, gone: 0 }),
    trials: { begin: () => undefined },
    subscribe: () => () => undefined,
    checks: () => Promise.resolve([{ name: 'store', is: 'ok', says: 'it answers' }]),
    health: {
      inbox: () => ({
        entriesWaiting: 0,
        bytesWaiting: 0,
        oldestWaitingAt: undefined,
        refusing: undefined
      }),
      inboxBytesMax: 1_000,
      disk: () => Promise.resolve({ free: 1, total: 2 }),
      pulse: { perSecond: () => 0, engineRestarts: () => 0 },
      quarantined: () => Promise.resolve(0),
      dropped: () => new Map()
    },
    headers: guards.headers,
    saved: await openSaved({
      path: join(folder, 'boards.json'),
      effects,
      isTokenLive: (token) => access.tokens.isLive(token)
    }),
    ...changes
  })
  const faults: unknown[] = []
  const server = createHttpServer({
    routes: [...routes, ...createSite({ effects, ...guards, folders: siteFolders })],
    clock: systemEffects.clock,
    hooks: { fault: (error) => faults.push(error) }
  })
  const { url } = await server.listen({ host: '127.0.0.1', port: 0 })
  // Whatever a test asks: what is answered is what the description says.
  const problemsOf = describedBy(openapiDocument(endpoints))
  const bare = async (path: string, call: Call = {}): Promise<Told> => {
    const told = await send(`${url}${path}`, call)
    if (!String(told.headers['content-type']).startsWith('application/json')) return told
    const { status, body } = told
    const problems = problemsOf({ method: call.method ?? 'GET', path, status, body })
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return told
  }
  return {
    url,
    folder,
    access,
    endpoints,
    faults,
    moveClock: (ms) => void (movedMs += ms),
    bare,
    ask: (path, call = {}) =>
      bare(path, {
        ...call,
        headers: { authorization: `Bearer ${operatorToken}`, ...call.headers }
      }),
    async tokenFor(scopes, days = 90) {
      const name = `test-${scopes.join('-')}-${days}`
      return (await access.tokens.create({ name, scopes, days, by: 'operator', parent: null }))
        .token
    },
    async browser() {
      const link = access.operatorLink().split('#')[1]
      const { headers, body } = await bare('/api/v1/session', { method: 'POST', body: { link } })
      return { cookie: cookieOf(headers), csrf: String(body['csrf']) }
    },
    async close() {
      await server.close({ deadlineMs: 1_000 })
      await access.close()
      await systemEffects.files.rm(folder, { recursive: true, force: true })
    }
  }
}

/** `name=value` of the cookie that an answer sets. */
export function cookieOf(headers: Told['headers']): string {
  const set = headers['set-cookie']
  return String(Array.isArray(set) ? set[0] : set).split(';')[0] ?? ''
}

/** Not `fetch`, which lets nobody choose Host, Origin or Cookie. */
function send(url: string, { method = 'GET', headers = {}, body }: Call): Promise<Told> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.once('error', reject)
      answer.once('end', () =>
        resolve(told(answer.statusCode ?? 0, answer.headers, Buffer.concat(chunks).toString()))
      )
    })
    sent.once('error', reject)
    sent.end(text)
  })
}

function told(status: number, headers: Told['headers'], text: string): Told {
  const isJson = String(headers['content-type']).startsWith('application/json')
  const body = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {}
  return {
    status,
    headers,
    text,
    code: typeof body['code'] === 'string' ? body['code'] : undefined,
    body
  }
}

const noImport = {
  events: 0,
  kept: 0,
  onlyCounted: 0,
  fieldsDropped: {},
  dropped: {},
  first: null,
  last: null,
  lastAt: 0
}
const noBackup = {
  name: '2026-11-20',
  folder: '/data/backups/2026-11-20',
  at: 0,
  tables: 'embedded',
  entriesWaiting: 0,
  deletions: 0,
  counts: []
} as const
