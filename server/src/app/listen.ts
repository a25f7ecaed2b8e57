/**
 * Opens the doors: which routes are behind which address,
 * and where a command on this machine finds them.
 */
import { writeServerFile } from '../api/server-file.ts'
import type { Effects } from '../effects.ts'
import { codeOf, stackOf } from '../errors.ts'
import type { HttpRoute } from '../http/route.ts'
import {
  createHttpServer,
  type HttpHooks,
  type HttpServer,
  type HttpServerOptions
} from '../http/server.ts'
import { createPeers } from '../http/peers.ts'
import type { Answers } from './answers.ts'
import type { Intake } from './intake.ts'
import type { Publications } from './publishing.ts'
import type { AppOptions, Started } from './started.ts'

export interface Doors {
  /** public: undefined where nothing is shown. */
  readonly urls: {
    readonly ingest: string
    readonly admin: string
    readonly public: string | undefined
  }
  /** After products came: paths of theirs, from the next request on. */
  readonly reroute: () => void
}

type Tls = { readonly cert: string; readonly key: string } | undefined

/** How long requests in flight may take to end when the server is asked to stop. */
const drainMs = 5_000

/**
 * The routes of both addresses, as one table. What strangers send never shares an address with what
 * the operator asks, on loopback too: a proxy that hands on all of one address hands on one half.
 */
function routeTable(
  { reports, open }: Pick<Intake, 'reports' | 'open'>,
  { metrics, api, site }: Answers['routes']
): { readonly ingest: readonly HttpRoute[]; readonly admin: readonly HttpRoute[] } {
  return {
    ingest: [...reports(), ...open],
    admin: [...open, metrics, ...api, ...site]
  }
}

export async function openDoors(
  { config, effects, log }: AppOptions,
  parts: {
    readonly intake: Intake
    readonly answers: Answers
    readonly publications: Pick<Publications, 'routes'>
    readonly servers: HttpServer[]
  },
  { token, tls }: { readonly token: string; readonly tls: { ingest: Tls; admin: Tls } },
  started: Started
): Promise<Doors> {
  const { intake, answers, servers } = parts
  const { clock } = effects
  const hooks: HttpHooks = {
    answered: (route, status, receivedAt) =>
      answers.metrics.answered(route?.path ?? '(none)', status, (clock.now() - receivedAt) / 1000),
    fault: (error) =>
      log.error({ code: codeOf(error), stack: stackOf(error) }, 'a request could not be answered')
  }
  const table = routeTable(intake, answers.routes)
  const open = async (
    address: { readonly host: string; readonly port: number },
    door: Pick<HttpServerOptions, 'limits' | 'peers'> & {
      readonly flags: { readonly host: string; readonly port: string }
    },
    routes: readonly HttpRoute[],
    tls: Tls
  ): Promise<string> => {
    const server = createHttpServer({ routes, clock, hooks, tls, ...door })
    servers.push(server)
    const { url } = await server.listen({
      host: address.host,
      port: address.port,
      flags: door.flags
    })
    started.add(server, (it) => it.close({ deadlineMs: drainMs }))
    return url
  }
  const ingest = await open(
    config,
    {
      flags: { host: '--host', port: '--port' },
      peers: createPeers(config.trustedProxies),
      limits: { connectionsMax: await connectionsMax(effects) }
    },
    table.ingest,
    tls.ingest
  )
  const admin = await open(
    config.admin,
    {
      flags: { host: '--admin-host', port: '--admin-port' },
      limits: { connectionsMax: adminConnectionsMax }
    },
    table.admin,
    tls.admin
  )
  const numbers =
    config.public === undefined
      ? undefined
      : await open(
          config.public,
          {
            flags: { host: '--public-host', port: '--public-port' },
            limits: { connectionsMax: adminConnectionsMax }
          },
          parts.publications.routes,
          tls.ingest
        )
  started.add(
    await writeServerFile(config.data, { url: admin, token, ingest }, effects),
    (remove) => remove()
  )
  return {
    urls: { ingest, admin, public: numbers },
    // Reports come in through the first.
    reroute: () => servers[0]?.route(routeTable(intake, answers.routes).ingest)
  }
}

/** The operator's own part of what the process may open: no sender of reports can take it. */
const adminConnectionsMax = 512
/** What inbox, engine, files and pipes open beside them. */
const otherFiles = 512

/**
 * As many as the process may have files, less what it needs itself, and at most what memory bears.
 */
async function connectionsMax({ files }: Effects): Promise<number> {
  const limits = await files.readFile('/proc/self/limits', 'utf8').catch(() => '')
  const open = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? 4_096)
  return Math.max(64, Math.min(16_384, open - adminConnectionsMax - otherFiles))
}
