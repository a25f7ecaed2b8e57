import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { windowOf } from '#values/windows'
import { contractOf } from '../../analytics/twin/fleet.test-support.ts'
import { systemEffects } from '../../effects.ts'
import { readReleaseFile } from '../../releases/release-file.ts'
import { demoReleases } from './demo-releases.ts'
import { chanceFrom } from './chance.ts'
import { sendFleet, type FleetOptions } from './fleet.ts'
import { lagOf, versionOn, type Release } from './member.ts'

const endsAt = Date.parse('2026-11-20T15:30:00Z')

interface Sample {
  readonly name: string
  readonly fields: Readonly<Record<string, unknown>>
}

interface Sent {
  readonly at: number
  readonly path: string
  readonly body: string
}

/** Three days, as they would be sent. */
async function send(
  changes: Partial<FleetOptions> = {}
): Promise<{ sent: readonly Sent[]; times: readonly number[] }> {
  const sent: Sent[] = []
  const times: number[] = []
  await sendFleet({
    atOnce: 8,
    endsAt,
    days: 3,
    moveClock: (now) => times.push(now),
    onDay: () => undefined,
    signal: new AbortController().signal,
    poster: {
      post(path, { body }) {
        sent.push({ at: times.at(-1) ?? 0, path, body })
        return Promise.resolve(200)
      }
    },
    ...changes
  })
  return { sent, times }
}

describe('the releases of the demonstration', () => {
  it('lie where its upgrades are, stay as they are, and leave an operator’s own alone', async () => {
    const data = await mkdtemp(join(tmpdir(), 'candor-demo-'))
    try {
      const given = {
        releases: join(data, 'none'),
        data,
        product: 'acme',
        now: endsAt,
        files: systemEffects.files
      }
      const folder = await demoReleases(given)
      const text = await readFile(join(folder, 'dlt.yaml'), 'utf8')
      expect(readReleaseFile(text).is).toBe('file')
      // Its day 66 of 90, of which the last is the present one.
      expect(text).toContain('version: 1.26.0, date: 2026-10-28')
      await demoReleases({ ...given, now: endsAt + 86_400_000 * 9 })
      expect(await readFile(join(folder, 'dlt.yaml'), 'utf8')).toBe(text)
      expect(await readFile(join(folder, 'acme.yaml'), 'utf8')).toContain('version: 1.2.0')
      expect(await demoReleases({ ...given, releases: data })).toBe(data)
    } finally {
      await rm(data, { recursive: true, force: true })
    }
  })
})

describe('the fleet of a contract of one’s own', () => {
  it('reports on the native wire what the contract declares, and nothing else', async () => {
    const product = contractOf('acme', 'window')
    const { sent } = await send({ only: product })
    expect(sent.length).toBeGreaterThan(200)
    expect(new Set(sent.map(({ path }) => path))).toEqual(new Set(['/v1/reports']))
    for (const { body, at } of sent) {
      const report = JSON.parse(body) as {
        readonly product: string
        readonly window: string
        readonly runs: readonly { readonly records: readonly Sample[] }[]
      }
      expect(report).toMatchObject({ product: 'acme', window: windowOf(at, 7) })
      for (const { name, fields } of report.runs.flatMap(({ records }) => records)) {
        const declared = product.contract.records.get(name)
        expect(declared, name).toBeDefined()
        for (const field of Object.keys(fields)) expect(declared?.fields.has(field)).toBe(true)
      }
    }
  })
})

describe('the simulated fleet', () => {
  it('moves the clock forward only, hour by hour, from the first day’s start to the present', async () => {
    const { times } = await send()
    expect(times[0]).toBe(Date.parse('2026-11-18T00:00:00Z'))
    expect(times.at(-1)).toBe(Date.parse('2026-11-20T15:00:00Z'))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('is the same fleet each time', async () => {
    expect(await send()).toEqual(await send())
  })

  it('speaks the words of all four products', async () => {
    const { sent } = await send()
    const paths = new Set(sent.map(({ path }) => path))
    expect(paths).toEqual(
      new Set(['/api/general/rpc/telemetry_event', '/v1/track', '/v1/metrics', '/in/dlt'])
    )
  })

  it('lets an installation wait for each answer before it says more', async () => {
    const open = new Map<string, number>()
    let most = 0
    await send({
      days: 1,
      poster: {
        async post(_path, { body }) {
          const {
            anonymousId,
            instance_id: instance,
            db_uuid: database
          } = JSON.parse(body) as Record<string, string>
          // Template clones share their ids, and do speak at once.
          const who = anonymousId ?? instance
          if (who === undefined || database !== undefined) return 200
          open.set(who, (open.get(who) ?? 0) + 1)
          most = Math.max(most, open.get(who) ?? 0)
          await Promise.resolve()
          open.set(who, (open.get(who) ?? 0) - 1)
          return 200
        }
      }
    })
    expect(most).toBe(1)
  })

  it('counts what was not accepted, and stops when it is asked to', async () => {
    const asked = new AbortController()
    const progress = await sendFleet({
      atOnce: 8,
      endsAt,
      days: 90,
      moveClock: () => undefined,
      signal: asked.signal,
      poster: { post: () => Promise.resolve(503) },
      onDay: ({ day }) => {
        if (day === 2) asked.abort()
      }
    })
    expect(progress.day).toBe(2)
    expect(progress.failed).toBe(progress.sent)
  })
})

describe('an installation', () => {
  const releases: readonly Release[] = [
    ['1.0', -100],
    ['1.1', 0],
    ['1.2', 30]
  ]
  it('takes up a release some days after it appeared, and the oldest was always there', () => {
    expect([0, 9, 10, 39, 40].map((day) => versionOn(day, releases, 10))).toEqual([
      '1.0',
      '1.0',
      '1.1',
      '1.1',
      '1.2'
    ])
    expect(versionOn(90, releases, Number.POSITIVE_INFINITY)).toBe('1.0')
  })

  it('is rarely late for ever', () => {
    const chance = chanceFrom(3)
    const lags = Array.from({ length: 1000 }, () => lagOf(chance, 20))
    const never = lags.filter((lag) => lag === Number.POSITIVE_INFINITY).length
    expect(never).toBeGreaterThan(50)
    expect(never).toBeLessThan(150)
  })
})
