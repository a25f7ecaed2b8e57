/**
 * Years of use, with a clock that is moved: restarts, expiry, freezing, what another tool has kept,
 * a lost disk and its backup. A ledger of what was sent agrees with every question, each quarter.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { disagreements } from './years/agreement.ts'
import { Collector } from './years/collector.ts'
import { dayOf, daysFrom, Ledger, startOf } from './years/ledger.ts'
import { Programs } from './years/programs.ts'

const dayMs = 86_400_000
/** A year and a month; `npm run years` lives through more, with other programs. */
const days = Number(process.env['YEARS_DAYS'] ?? 396)
const seed = Number(process.env['YEARS_SEED'] ?? 16)
const startsAt = Date.parse('2035-01-01T12:00:00Z')
const recordsDays = 60
const importedOn = 30

const collector = new Collector(startsAt)
const ledger = new Ledger()
const programs = new Programs(seed, startsAt, 12, days)
const first = dayOf(startsAt - 365 * dayMs)
const shared = new Set<string>()

afterAll(async () => {
  await collector.stop()
  rmSync(collector.folder, { recursive: true, force: true })
})

async function liveThrough(from: number, until: number): Promise<void> {
  for (let day = from; day < until; day++) {
    const noon = startsAt + day * dayMs
    if (noon > collector.clock.now()) collector.clock.moveTo(noon)
    const { entries, reports } = programs.day(noon)
    await collector.report(reports)
    ledger.entries.push(...entries)
    // What waits is loaded before the next weeks come, as it is where time takes its time.
    if (day % 14 === 0) await collector.untilLoaded()
  }
}

async function agrees(when: string): Promise<void> {
  await collector.settle()
  const found = await disagreements(collector, ledger, { first, shared })
  expect.soft(found.slice(0, 20), `seed ${seed}, ${when}`).toEqual([])
}

async function importTheYearBefore(): Promise<void> {
  const { entries, lines } = programs.history(daysFrom(first, dayOf(startsAt - dayMs)))
  writeFileSync(join(collector.folder, 'history.ndjson'), lines)
  await collector.candor('import', '--product', 'loom', '--from', 'history.ndjson')
  ledger.entries.push(...entries)
  const cutoff = dayOf(collector.clock.now() - recordsDays * dayMs)
  for (const unit of ['week', 'month'] as const) shared.add(`${unit} ${startOf(cutoff, unit)}`)
}

async function loseTheDisk(): Promise<void> {
  await collector.candor('backup', '--to', 'backup')
  await collector.stop()
  renameSync(collector.data, `${collector.data}.lost`)
  await collector.candor('restore', '--from', 'backup')
  await collector.start()
}

it(
  'agree with a ledger in every question, before and after whatever happens to a server',
  async () => {
    await collector.start()
    await liveThrough(0, importedOn)
    await importTheYearBefore()
    await agrees('after an import')
    for (let from = importedOn; from < days; from += 91) {
      const until = Math.min(from + 91, days)
      await liveThrough(from, until)
      await agrees(`after ${until} days`)
      if (until === days) await loseTheDisk()
      else {
        await collector.stop()
        await collector.start()
      }
    }
    await agrees('after a restore')
    await liveThrough(days, days + 7)
    await agrees('a week after a restore')
  },
  days * 1_000
)
