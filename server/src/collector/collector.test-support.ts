/**
 * Opens a collector over a real inbox and a real contract, in a temporary folder, for this room's
 * tests.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compileContract, parseContract, type CompiledContract } from '@candor/contract'
import { anonymize } from '@candor/sql'
import { type Effects, systemEffects } from '../effects.ts'
import type { Inbox } from '../inbox/inbox.ts'
import type { InboxLimits } from '../inbox/limits.ts'
import { openInbox } from '../inbox/open-inbox.ts'
import type { DuplicateRule } from '../protocols/protocol.ts'
import type { Instant, WireRecord, WireSource } from '../record.ts'
import { type Collector, createCollector, type DecodedRecords } from './collect.ts'
import { createDeletions, type Deletions } from './deletion.ts'
import { createDriftLedger, type DriftLedger } from './drift.ts'
import { type Keyring, openKeyring } from './secret/keyring.ts'
import { collectorLimits } from './limits.ts'
import type { Catalogue } from './published-names.ts'
import { createStatementShapes } from './statements.ts'
import { createTail, type Tail } from './tail.ts'
import { createTrials, type Trials } from './trials.ts'

export const START = Date.parse('2026-11-20T12:00:00Z')

export interface TestCollector {
  readonly folder: string
  readonly collector: Collector
  readonly catalogue: Catalogue
  readonly drift: DriftLedger
  readonly keyring: Keyring
  readonly inbox: Inbox
  readonly tail: Tail
  readonly trials: Trials
  readonly deletions: Deletions
  /** Milliseconds since 1970, as everything here sees it. */
  now: number
  collect(
    records: readonly WireRecord[],
    duplicates?: DuplicateRule
  ): ReturnType<Collector['collect']>
  /** What waits for a table: its rows, each taken out. */
  rows(table?: string): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export async function openTestCollector(
  options: {
    contracts?: readonly string[]
    limits?: Partial<InboxLimits>
    anonymizer?: { readonly anonymize: typeof anonymize }
    hear?: (sender: string, saidAt: Instant) => void
  } = {}
): Promise<TestCollector> {
  const folder = await mkdtemp(join(tmpdir(), 'candor-collector-'))
  const world = { now: START }
  const effects: Effects = {
    ...systemEffects,
    clock: { ...systemEffects.clock, now: () => world.now }
  }
  const versions = (options.contracts ?? [sampleContract]).map(compiled)
  const newest = versions.at(-1) as CompiledContract
  const product = {
    newest,
    published: new Map(versions.map((each) => [each.contract.digest, each]))
  }
  const catalogue: Catalogue = {
    product: (name) => (name === newest.contract.product ? product : undefined)
  }
  const keyring = await openKeyring({
    path: join(folder, 'secret'),
    dataFolder: join(folder, 'data'),
    effects
  })
  const inbox = await openInbox({
    folder: join(folder, 'data'),
    effects,
    ...(options.limits && { limits: options.limits })
  })
  const limits = collectorLimits
  const drift = createDriftLedger({ catalogue, keyring, inbox, effects, limits })
  const tail = createTail({ effects, limits })
  const trials = createTrials({ effects, limits })
  const statements = createStatementShapes(options.anonymizer ?? { anonymize })
  const collector = createCollector({
    catalogue,
    keyring,
    inbox,
    drift,
    tail,
    trials,
    statements,
    hear: options.hear ?? (() => undefined),
    effects,
    limits
  })
  const deletions = createDeletions({ catalogue, keyring, inbox, effects, limits })
  return Object.assign(world, {
    folder,
    collector,
    catalogue,
    drift,
    keyring,
    inbox,
    tail,
    trials,
    deletions,
    collect: (records: readonly WireRecord[], duplicates: DuplicateRule = { by: 'none' }) =>
      collector.collect(decoded(records, duplicates), { protocol: 'test', receivedAt: world.now }),
    async rows(table = 'records_sample') {
      const rows: Record<string, unknown>[] = []
      for (const block of await inbox.nextBlocks({ rowsMax: 1e9, bytesMax: 1e9 })) {
        if (block.table !== table) continue
        for (const line of block.lines.toString().trimEnd().split('\n'))
          rows.push(JSON.parse(line) as Record<string, unknown>)
        await inbox.loaded(block.token)
      }
      return rows
    },
    async close() {
      await deletions.close()
      await drift.close()
      await inbox.close()
      await rm(folder, { recursive: true })
    }
  })
}

export function decoded(
  records: readonly WireRecord[],
  duplicates: DuplicateRule = { by: 'none' }
): DecodedRecords {
  return { is: 'records', records, dropped: [], duplicates }
}

export function wireRecord(
  fields: unknown,
  more: Partial<Omit<WireRecord, 'source'>> & { source?: Partial<WireSource> } = {}
): WireRecord {
  const { source, ...rest } = more
  return {
    wire: 'client',
    name: 'load',
    fields,
    ...rest,
    source: { product: 'sample', installation: 'machine-1', ...source }
  }
}

export function compiled(yaml: string): CompiledContract {
  const parsed = parseContract(yaml)
  if (parsed.is === 'invalid')
    throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  return compileContract(parsed.contract)
}

export const sampleContract = `
candor: 1
product: sample
title: Sample
purpose: Which loads fail.
contact: https://example.org
recipients: [{ name: Sample, where: EU, for: deciding what to build }]
retention: { records: 90 days, aggregates: 25 months }
consent:
  default: opt-out
  levels: { basic: Which commands run., full: What they do. }
identity: { kind: persistent, account: true, random: true, says: a random id }
environment: [class, automation, container, os, os_version, arch, runtime, cpu]
questions: { failures: Which loads fail? }
events:
  load:
    when: A load ended.
    level: basic
    since: 0.1.0
    owner: sample team
    expires: 2030-01-01
    serves: [failures]
    aliases: [laod]
    fields:
      elapsed: { type: duration, unit: s, round: 3 digits, says: how long }
      success: { type: boolean, says: whether it ended well }
      target: { type: enum, values: [postgres, duckdb], other: collapse, says: where to }
      place: { type: keyed-hash, says: a name that you chose, from: name }
      rows: { type: integer, unit: rows, bucket: [0, 10, 100], says: how many, level: full }
      sizes: { type: map, keys: [small, large], values: { type: integer, unit: files, round: to 10 }, max_entries: 2, says: how many files }
controls:
  - { variable: SAMPLE_TELEMETRY, off: "0", scope: user }
  - { status: sample telemetry }
never: { sdk: [data], collector: [data] }
`
