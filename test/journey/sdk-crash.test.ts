/**
 * Programs that are killed at any moment lose nothing that they had recorded, and nothing arrives
 * twice.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMemoryCollector, type MemoryCollector } from '../../sdk/src/testing/index.ts'
import { bundleHost, counterForm, startProgram, type Host } from './world/sdk/sdk-programs.ts'

const rounds = 30
const atOnce = 3
const perProgram = 40
const hourMs = 3_600_000

describe('programs that share a spool and are killed at random', () => {
  let host: Host
  let collector: MemoryCollector
  let folder: string
  beforeAll(async () => {
    host = await bundleHost()
    collector = await openMemoryCollector()
    folder = mkdtempSync(join(tmpdir(), 'candor-crash-'))
  })
  afterAll(async () => {
    await collector.close()
    host.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each(['persistent', 'none'] as const)(
    'deliver each number that they had recorded exactly once (identity: %s)',
    async (kind) => {
      collector.clear()
      const form = counterForm({ identity: { kind, says: 'an id' } })
      const place = join(folder, kind)
      const seed = Date.now() % 100_000
      let random = seed
      const next = (below: number): number => {
        random = (random * 48_271 + 1) % 2_147_483_647
        return random % below
      }
      const promised: number[] = []
      let from = 0
      const order = (count: number, round: number) => ({
        form,
        folder: place,
        endpoint: collector.url,
        from,
        count,
        flush: true,
        flushEvery: 7,
        // Each round is a day later, so that no pause from the round before holds.
        clockAheadMs: round * 12 * hourMs
      })
      for (let round = 0; round < rounds; round += 1) {
        // An answer that is lost on the way, and one that asks to come again.
        collector.answer('good')
        if (round % 3 === 1) collector.answer('reset', 1)
        if (round % 5 === 2) collector.answer('unavailable', 1)
        const programs = Array.from({ length: atOnce }, () => {
          const program = startProgram(host, order(perProgram, round))
          from += perProgram
          return program
        })
        await Promise.all(programs.map(({ began }) => began))
        await sleep(next(160))
        for (const { process: child } of programs) {
          if (round % 6 !== 5) child.kill('SIGKILL')
          await sleep(next(30))
        }
        for (const { ended } of programs)
          promised.push(
            ...(await ended).out
              .split('\n')
              .filter((line) => /^\d+$/.test(line))
              .map(Number)
          )
      }
      collector.answer('good')
      const last = await startProgram(host, order(1, rounds + 2)).ended
      promised.push(from)
      expect(last, last.error).toMatchObject({ code: 0, error: '' })
      // What a killed writer had not closed is taken up by the next delivery.
      await startProgram(host, order(0, rounds + 4)).ended
      const arrived = collector.records('counted').map(({ fields }) => Number(fields['number']))
      const twice = arrived.filter((number, index) => arrived.indexOf(number) !== index)
      const lost = [...new Set(promised)].filter((number) => !arrived.includes(number))
      expect({ seed, twice, lost }).toEqual({ seed, twice: [], lost: [] })
      expect(promised.length).toBeGreaterThan(rounds)
      // Sent again only as it was: the same report, the same bytes.
      const bodies = new Map<string, Set<string>>()
      for (const body of collector.bodies()) {
        const { report } = JSON.parse(body) as { report: string }
        bodies.set(report, (bodies.get(report) ?? new Set()).add(body))
      }
      expect([...bodies.values()].filter((texts) => texts.size > 1)).toEqual([])
    },
    180_000
  )
})
