/** Starts the server: which parts there are, in which order they open, and how they stop. */
import type { CompiledContract } from '@candor/contract'
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { isLoopback } from '../config/loopback.ts'
import { readTlsFiles } from '../config/tls-files.ts'
import type { Effects } from '../effects.ts'
import type { HttpServer } from '../http/server.ts'
import type { Inbox } from '../inbox/inbox.ts'
import { openAudit } from '../api/access/audit.ts'
import { openFieldUse } from '../api/field-use.ts'
import { openAlerts } from './alerting.ts'
import { openAnswers } from './answers.ts'
import { openForwarding } from './forwarding.ts'
import { openIntake } from './intake.ts'
import { openKeeping } from './keep.ts'
import { openDoors, type Doors } from './listen.ts'
import { openPublications } from './publishing.ts'
import { readProducts } from './products.ts'
import { marksOf, startReloading, type Reloading } from './reload.ts'
import { movedClock, openPlausibleClock, type PlausibleClock } from '../plausible-clock.ts'
import { Started, type AppOptions, type PartOptions } from './started.ts'

export interface App {
  readonly urls: Doors['urls']
  /**
   * Rejects when what is kept could never be loaded: a contract that the store can't hold.
   * Requests are answered from the start, whether the store is there yet or not.
   */
  readonly failed: Promise<never>
  /** The newest contract of a product that is collected. */
  contractOf(product: string): CompiledContract | undefined
  /** True while no record was ever kept. */
  isEmpty(): Promise<boolean>
  /** Publishes whatever is due of every product that names what is public. */
  publishDue(): Promise<void>
  /** Resolves once nothing waits to be loaded. */
  untilLoaded(): Promise<void>
  /** A link that signs whoever opens it in as the operator: once, within ten minutes. */
  signInLink(): string
  /**
   * Stops accepting, answers what is in flight, loads what waits for a bounded time,
   * and gives the data folder back.
   */
  close(): Promise<void>
}

export async function startApp(options: AppOptions): Promise<App> {
  const started = new Started(options.log)
  try {
    return await openAll(options, started)
  } catch (error) {
    await started.close()
    throw error
  }
}

async function openAll(given: AppOptions, started: Started): Promise<App> {
  // Parts read it when they need it: what may change while they run is changed in this one.
  const config: Config = { ...given.config }
  const { log } = given
  const clock = started.add(await clockOf(given), (it) => it.close())
  const effects = { ...given.effects, clock }
  const options: PartOptions = { ...given, config, effects }
  const marks = await marksOf(options)
  const products = await readProducts(config, effects, log)
  const certificate = await readTlsFiles(config, effects.files)
  const isAdminAlone = isLoopback(config.admin.host)
  // No certificate is for 127.0.0.1: where the API is alone on loopback,
  // the command line and a browser could not trust it there.
  const tls = { ingest: certificate, admin: isAdminAlone ? undefined : certificate }
  const token = config.token ?? effects.random(24).toString('base64url')
  const servers: HttpServer[] = []

  const keeping = await openKeeping(options, products, started)
  const intake = await openIntake(options, products, keeping, started)
  const fieldUse = started.add(
    await openFieldUse({ path: join(config.data, 'field-use.json'), effects }),
    (it) => it.close()
  )
  const audit = openAudit({
    path: join(config.data, 'audit.ndjson'),
    bytesMax: config.audit.bytesMax,
    effects
  })
  const forwarding = await openForwarding(options, products, keeping, audit, started)
  keeping.beforeErasing(async () => forwarding?.noteDeletions())
  const alerts = await openAlerts(options, products, { ...keeping, fieldUse }, started)
  const publications = openPublications(options, products, keeping, started)
  let reloading: Reloading | undefined
  const answers = await openAnswers(
    options,
    products,
    {
      ...keeping,
      ...intake,
      alerts,
      audit,
      forwarding,
      fieldUse,
      publications,
      unheeded: () => reloading?.problems() ?? []
    },
    {
      token,
      isEncrypted: tls.admin !== undefined,
      doors: () => servers.map((server) => server.state()),
      ingest: () => onThisMachine(urls.ingest)
    },
    started
  )
  const { urls, reroute } = await openDoors(
    options,
    { intake, answers, publications, servers },
    { token, tls },
    started
  )

  const { inbox, store } = keeping
  reloading = startReloading(options, products, { ...intake, store, reroute }, { started, marks })
  const failed = store.prepared.then(() => new Promise<never>(() => undefined))
  // Its owner may still be busy when it rejects.
  failed.catch(() => undefined)
  return {
    urls,
    failed,
    contractOf: (product) => products.get(product)?.newest,
    isEmpty: async () => {
      await store.prepared
      return store.isEmpty()
    },
    publishDue: () => publications.publishDue(),
    untilLoaded: () => untilLoaded(inbox, effects),
    signInLink: () => `${urls.admin}${answers.access.operatorLink()}`,
    close: () => started.close()
  }
}

function clockOf({ config, effects, log, isClockMoved }: AppOptions): Promise<PlausibleClock> {
  if (isClockMoved !== undefined) return Promise.resolve(movedClock(effects.clock))
  return openPlausibleClock({
    path: join(config.data, 'clock'),
    trace: join(config.data, 'inbox', 'inbox.lmdb'),
    effects,
    log
  })
}

/** Whoever listens on every address is reached at this one too. */
function onThisMachine(url: string): string {
  return url.replace(/^(https?:\/\/)(0\.0\.0\.0|\[::\])(?=:)/, '$1127.0.0.1')
}

async function untilLoaded(inbox: Inbox, { clock }: Effects): Promise<void> {
  while (inbox.state().entriesWaiting > 0) await clock.sleep(100)
}
