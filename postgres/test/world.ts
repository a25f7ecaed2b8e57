/**
 * What the tests of this package stand in: clusters of each version that was asked for, a
 * collector, a reporter.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { openMemoryCollector, type MemoryCollector } from '../../sdk/src/testing/index.ts'
import {
  debianBin,
  startPostgres,
  type PostgresCluster
} from '../../test/journey/world/postgres-cluster.ts'
import { systemEffects } from '../src/effects.ts'
import { loadProduct, type Product } from '../src/product.ts'
import { lookOnce, type ReporterInput } from '../src/reporter/daemon.ts'

/** `13=/folder/of/postgres/bin,18=…`, as `npm run postgres` sets it; else Debian's own. */
export function serversAsked(): readonly (readonly [version: string, bin: string])[] {
  const asked = process.env['CANDOR_POSTGRES']
  if (asked === undefined) return [['of Debian', debianBin()]]
  return asked.split(',').map((each) => {
    const [version = '', bin = ''] = each.split('=')
    return [version, bin]
  })
}

export const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url))

const attemptsMax = 4

type Looked = Awaited<ReturnType<typeof lookOnce>>[number]['visit']

export interface World {
  readonly cluster: PostgresCluster
  readonly collector: MemoryCollector
  readonly product: Product
  readonly stateFolder: string
  /** A database with the SQL in it. */
  create(name: string): void
  install(name: string): void
  /** One look of a reporter, as one that runs would make it. */
  look(database: string, more?: Partial<ReporterInput>): Promise<Looked>
  /** Every line of the reporter's log so far. */
  readonly logged: readonly string[]
  /** The SDK pauses after a failure; from now on it has slept through that. */
  sleepThroughPause(): void
  /** Whatever is due, is due now. */
  makeDue(database: string): void
  close(): Promise<void>
}

/** The operator has said yes: `ACME_TELEMETRY=on`. What a database says is asked all the same. */
export async function openWorld(
  bin: string,
  product = loadProduct(fixture('acme.yaml'))
): Promise<World> {
  const cluster = await startPostgres(bin)
  const collector = await openMemoryCollector()
  const stateFolder = mkdtempSync(join(tmpdir(), 'candor-reporter-'))
  const prefix = product.form.product.toUpperCase()
  process.env[`${prefix}_TELEMETRY`] = 'on'
  process.env[`${prefix}_TELEMETRY_ENDPOINT`] = collector.url
  const logged: string[] = []
  const world: World = {
    cluster,
    collector,
    product,
    stateFolder,
    logged,
    create(name) {
      cluster.sql('postgres', `CREATE DATABASE ${name}`)
      world.install(name)
    },
    install: (name) => void cluster.sql(name, product.sql),
    async look(database, more = {}) {
      const look = async (): Promise<Looked> => {
        const [first] = await lookOnce({
          product,
          dsn: cluster.url(database),
          isForAll: false,
          isNow: false,
          stateFolder,
          effects: { ...systemEffects, log: (line) => void logged.push(line), debug: () => {} },
          ...more
        })
        if (first === undefined) throw new Error('nothing was looked at')
        return first.visit
      }
      // The SDK waits a second for an answer, and a busy machine is slower: what it keeps is sent
      // by a later attempt.
      for (let attempt = 1; ; attempt += 1) {
        const looked = await look()
        const isLate = looked.is === 'kept' && /^no \w+ within/.test(looked.says)
        if (!isLate || attempt === attemptsMax) return looked
        world.sleepThroughPause()
        world.makeDue(database)
      }
    },
    sleepThroughPause() {
      for (const name of readdirSync(stateFolder))
        rmSync(join(stateFolder, name, 'telemetry', 'delivery.json'), { force: true })
    },
    makeDue: (database) =>
      void cluster.sql(
        database,
        `UPDATE ${product.file.schema}.telemetry_job_stats SET next_start = now() - interval ` +
          "'1 second'"
      ),
    async close() {
      await collector.close()
      cluster.remove()
      rmSync(stateFolder, { recursive: true, force: true })
    }
  }
  return world
}
