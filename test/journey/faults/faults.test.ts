/**
 * After each fault all that was answered is there, once. `npm run faults` goes on for an hour or
 * two, with a seed of its own that a failure prints; here each fault that no other journey has is
 * tried for seconds.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { clockJumps } from './clock-faults.ts'
import { diskIsFull, diskIsSlow, inboxIsDamaged, partIsDamaged } from './disk-faults.ts'
import { hostileHour } from './hostile-hour.ts'
import { chanceOf, tableOf, type Chance, type Row } from './ledger.ts'
import {
  bothAreKilled,
  engineIsKilled,
  engineIsSlow,
  engineIsWedged,
  remoteIsAway,
  serverIsKilled,
  serverIsStartedTwice
} from './process-faults.ts'

const isLong = process.env['FAULTS'] === 'long'
const seed = Number(process.env['FAULTS_SEED'] ?? 20_261_120)
const hours = 3 * 3_600_000
/** How long strangers go on in the long run. */
const minutes = Number(process.env['FAULTS_MINUTES'] ?? 60)

/** `kill.test.ts`, `engine-faults.test.ts`, `full-disk.test.ts`, … try these in the short run. */
const longOnly: Readonly<Record<string, (chance: Chance) => Promise<Row>>> = {
  'kill-server': serverIsKilled,
  'kill-engine': engineIsKilled,
  'wedged-engine': engineIsWedged,
  'full-disk': diskIsFull,
  'remote-away': remoteIsAway
}

const always: Readonly<Record<string, (chance: Chance) => Promise<Row>>> = {
  'kill-both': bothAreKilled,
  'slow-engine': engineIsSlow,
  'slow-disk': diskIsSlow,
  'two-servers': serverIsStartedTwice,
  'clock-jumps': clockJumps,
  'damaged-part': partIsDamaged,
  'damaged-inbox': inboxIsDamaged,
  async hostile(chance) {
    const { p99, isSlow, ...row } = await hostileHour(chance, minutes)
    // Seconds are too short to judge a percentile by.
    if (isLong) expect(isSlow, `honest p99 ${p99} ms, ${row.says}`).toBe(false)
    return row
  }
}

describe('a fault', () => {
  const rows: Row[] = []
  afterAll(() => {
    if (rows.length > 0) process.stdout.write(`\n${tableOf(rows)}\nseed ${seed}\n`)
  })

  it.each(Object.entries({ ...(isLong ? longOnly : {}), ...always }))(
    'loses nothing that was answered, and counts nothing twice: %s',
    async (name, happen) => {
      const again = `Again: FAULTS_SEED=${seed} npm run faults -- ${name}`
      const row = await happen(chanceOf(seed, name, isLong)).catch((cause: unknown) => {
        throw new Error(`${name}: ${String(cause)}. ${again}`, { cause })
      })
      rows.push(row)
      expect(row, again).toMatchObject({ found: row.answered, twice: 0, unanswered: 0 })
      expect(row.answered, again).toBeGreaterThan(10)
    },
    isLong ? hours : 180_000
  )
})
