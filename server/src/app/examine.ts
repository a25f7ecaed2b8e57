/** Hands the doctor what it looks at. */
import type { Alerts } from '../alerts/alerts.ts'
import { writeKeyCheck } from '../api/doctor/doctor-write-keys.ts'
import { driftChecks } from '../api/doctor/doctor-drift.ts'
import { forwardingChecks } from '../api/doctor/doctor-forwarding.ts'
import { examineBounds } from '../api/doctor/doctor-bounds.ts'
import { examine, type KnownCheck } from '../api/doctor/doctor.ts'
import { recordsAhead } from '../storage/records-ahead.ts'
import { examineStore } from '../api/endpoints/keeping/doctor-store.ts'
import type { BudgetStates } from '../api/endpoints/metrics.ts'
import { isLoopback } from '../config/loopback.ts'
import type { Effects } from '../effects.ts'
import type { Forwarding } from '../forwarding/forwarding.ts'
import type { HttpState } from '../http/server.ts'
import type { Intake } from './intake.ts'
import type { Keeping } from './keep.ts'
import type { Products } from './products.ts'
import type { ReloadProblem } from './reload.ts'
import type { PartOptions } from './started.ts'

export type ExaminedParts = Keeping &
  Pick<Intake, 'releases' | 'feed' | 'budgets' | 'writeKeys'> & {
    readonly alerts: Alerts | undefined
    /** Why something stands still that was changed. */
    readonly unheeded: () => readonly ReloadProblem[]
    readonly forwarding: Forwarding | undefined
  }

export function examineParts(
  { config, effects }: PartOptions,
  products: Products,
  { inbox, secret, storage, store, releases, feed, budgets, writeKeys, ...others }: ExaminedParts,
  doors: () => readonly HttpState[]
): Promise<readonly KnownCheck[]> {
  const { clock } = effects
  return examine({
    inbox: () => inbox.state(),
    store: () => storage.state(),
    disk: () => diskOf(config.data, effects),
    products: () =>
      [...products.values()].map(({ name, newest, published, streamOf = name }) => ({
        name,
        records: newest.contract.records.size,
        contracts: published.size,
        // A stream has those of its product.
        hasReleases: streamOf !== name || releases.newest(name) !== undefined,
        releasesProblem: releases.problem(name)
      })),
    hasFeedKeys: () => feed.publicKeys().length > 0,
    isSafelyListening: () => isLoopback(config.host) || config.tls !== undefined,
    quarantined: () => store.quarantined(undefined),
    alerts: () => others.alerts?.state(),
    now: () => clock.now(),
    further: async () => [
      ...(await examineStore({
        readerRights: () => storage.readerRights(),
        clock: () => clock.state(),
        secret,
        arePrepared: () => store.loaderState() !== undefined,
        waitsFor: () => store.waitsFor(),
        held: () => store.held(),
        tombstones: () => inbox.tombstones.counts(),
        ahead: () => recordsAhead(storage, clock.now()),
        now: () => clock.now()
      })),
      ...others.unheeded().map(unheededCheck),
      ...(await driftChecks(storage, clock.now())),
      ...forwardingChecks(others.forwarding?.state() ?? [], {
        now: clock.now(),
        recordsDaysOf: (name) => products.get(name)?.newest.contract.retention.recordsDays ?? 0
      }),
      writeKeyCheck(writeKeys.list(), writeKeys.unknown()),
      ...examineBounds({ doors, budgets: () => budgetStates(budgets) })
    ]
  })
}

function unheededCheck({ product, says }: ReloadProblem): KnownCheck {
  return product === undefined
    ? { name: 'configuration', is: 'warning', says }
    : { name: `contract of ${product}`, product, is: 'failed', says }
}

export function budgetStates({
  records,
  kibibytes,
  deletionKeys
}: Intake['budgets']): BudgetStates {
  const { over, farOver, buckets } = records.state()
  return {
    marked: over,
    turnedAway: farOver,
    kibibytesTurnedAway: kibibytes.state().farOver,
    deletionKeysTurnedAway: deletionKeys.state().farOver,
    networks: buckets
  }
}

export async function diskOf(
  folder: string,
  { files }: Effects
): Promise<{ readonly free: number; readonly total: number }> {
  const { bsize, bavail, blocks } = await files.statfs(folder)
  return { free: bsize * bavail, total: bsize * blocks }
}
