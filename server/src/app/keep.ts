/**
 * Opens what keeps records: the inbox that makes them durable, who validates and re-keys them,
 * and the store they are loaded into.
 */
import { join } from 'node:path'
import { openShapeThread } from '@candor/sql'
import { createCollector, type Collector } from '../collector/collect.ts'
import { openImports, type Imports } from '../collector/history/import.ts'
import { createDeletions, type Deletions } from '../collector/deletion.ts'
import { createDriftLedger } from '../collector/drift.ts'
import { openKeyring, type Keyring } from '../collector/secret/keyring.ts'
import { collectorLimits } from '../collector/limits.ts'
import { compareSecret, type SecretState } from '../collector/secret/secret-mark.ts'
import { createStatementShapes, type StatementShapes } from '../collector/statements.ts'
import { createTail, type Tail } from '../collector/tail.ts'
import { createTrials, type Trials } from '../collector/trials.ts'
import type { Effects } from '../effects.ts'
import type { Inbox } from '../inbox/inbox.ts'
import { openInbox } from '../inbox/open-inbox.ts'
import { startStoreJobs, type StoreJobs } from '../storage/jobs/store-jobs.ts'
import type { StartMemory } from '../storage/jobs/went-back.ts'
import { openStorage } from '../storage/open-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { duplicateWindows } from './duplicate-windows.ts'
import { allContracts, type Products } from './products.ts'
import type { PartOptions, Started } from './started.ts'
import { storeAddress } from './store-address.ts'

export interface Keeping {
  readonly inbox: Inbox
  readonly keyring: Keyring
  readonly secret: SecretState
  readonly collector: Collector
  readonly imports: Imports
  readonly deletions: Deletions
  readonly tail: Tail
  readonly trials: Trials
  readonly storage: Storage
  readonly store: StoreJobs
  readonly statements: Pick<StatementShapes, 'counts'>
  /** Says who looks before anything is erased from the store; until then nothing is. */
  readonly beforeErasing: (look: () => Promise<void>) => void
}

export async function openKeeping(
  { config, effects, log }: PartOptions,
  products: Products,
  started: Started
): Promise<Keeping> {
  const { files } = effects
  const catalogue = { product: (name: string) => products.get(name) }
  const wasUsed = await files.stat(join(config.data, 'inbox')).then(
    () => true,
    () => false
  )
  await files.mkdir(config.data, { recursive: true, mode: 0o700 })
  const { bytesMax, replayMs } = config.inbox
  const inbox = started.add(
    await openInbox({
      folder: join(config.data, 'inbox'),
      effects,
      limits: { bytesMax, replayMs }
    }),
    (it) => it.close()
  )
  const keyring = await openKeyring({ path: config.secret, dataFolder: config.data, effects })
  const secret = await compareSecret({ folder: config.data, keyring, wasUsed, effects })
  if (secret.is === 'another')
    log.warn(
      { secret: config.secret },
      'this secret is another than the one that made tokens for the data: no installation is ' +
        'recognised again, unless the old file is put back'
    )
  const storage = started.add(
    openStorage({
      effects,
      engine: await storeAddress(config, effects),
      contracts: allContracts(products),
      log,
      guestKey: keyring.name('candor', 'readers of some products')
    }),
    (it) => it.close()
  )

  const limits = collectorLimits
  const tail = createTail({ effects, limits })
  const trials = createTrials({ effects, limits })
  const drift = started.add(
    createDriftLedger({ catalogue, keyring, inbox, effects, limits }),
    (it) => it.close()
  )
  const thread = started.add(shapeThread(), (it) => it.close())
  const statements = createStatementShapes(thread)
  const collector = createCollector({
    catalogue,
    keyring,
    inbox,
    drift,
    tail,
    trials,
    statements,
    hear: (sender, saidAt) => effects.clock.hear(sender, saidAt),
    effects,
    limits
  })
  const deletions = started.add(
    createDeletions({ catalogue, keyring, inbox, effects, limits }),
    (it) => it.close()
  )
  const imports = await importsOf(config, products, { collector, catalogue, effects })
  const looker = lookerBeforeErasing()
  const store = started.add(
    startStoreJobs({
      storage,
      source: inbox,
      memory: startMemory(join(config.data, 'store-start'), effects),
      tombstones: {
        ...deletions.pendingTombstones,
        beforeErasing: looker.look,
        eraseFromInbox: () => deletions.eraseFromInbox()
      },
      shared: config.clickhouse && {
        deletions: deletions.pendingTombstones,
        windowMs: config.clickhouse.isShared ? duplicateWindows(products) : undefined
      },
      contracts: allContracts(products),
      importsOpen: (oldestWaitingAt) => imports.areOpen(oldestWaitingAt),
      effects,
      log
    }),
    (it) => it.close()
  )
  // A start that fails half-way must not wait for whoever would have looked.
  started.add(looker, async ({ set }) => set(async () => undefined))
  const made = { inbox, keyring, secret, collector, imports, deletions, tail, trials, storage }
  return { ...made, store, statements, beforeErasing: looker.set }
}

function shapeThread(): ReturnType<typeof openShapeThread> {
  const limits = collectorLimits
  return openShapeThread({
    deadlineMs: limits.statementDeadlineMs,
    statementMs: limits.statementMs,
    waitingMax: limits.statementsWaitingMax,
    waitingCharactersMax: limits.statementCharactersWaitingMax
  })
}

function importsOf(
  { data }: { readonly data: string },
  products: Products,
  services: Pick<Parameters<typeof openImports>[0], 'collector' | 'catalogue' | 'effects'>
): Promise<Imports> {
  return openImports({
    ...services,
    path: join(data, 'imports.json'),
    readingOf: (product) => products.get(product)?.behaviour.segment
  })
}

function lookerBeforeErasing(): {
  readonly set: (look: () => Promise<void>) => void
  readonly look: () => Promise<void>
} {
  let set!: (look: () => Promise<void>) => void
  const looker = new Promise<() => Promise<void>>((resolve) => (set = resolve))
  return { set, look: async () => (await looker)() }
}

/**
 * One random name in a file: whether the store has seen it tells whether the store went back in
 * time.
 */
function startMemory(path: string, { files }: Effects): StartMemory {
  return {
    read: () => files.readFile(path, 'utf8').catch(() => undefined),
    write: (start) => files.writeFile(path, start, { mode: 0o600 })
  }
}
