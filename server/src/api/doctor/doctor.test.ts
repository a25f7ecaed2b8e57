import { describe, expect, it } from 'vitest'
import { noEndings, withEnding } from '../../storage/engine/engine-endings.ts'
import { examine, type DoctorSources } from './doctor.ts'

const gib = 1_073_741_824
const now = Date.parse('2026-11-20T12:00:00Z')
const well: DoctorSources = {
  inbox: () => ({
    entriesWaiting: 0,
    bytesWaiting: 0,
    oldestWaitingAt: undefined,
    refusing: undefined
  }),
  store: () => ({ is: 'ready', engine: 'embedded', since: now }),
  disk: () => Promise.resolve({ free: 80 * gib, total: 250 * gib }),
  products: () => [
    { name: 'dlt', records: 21, contracts: 1, hasReleases: true, releasesProblem: undefined }
  ],
  hasFeedKeys: () => true,
  isSafelyListening: () => true,
  quarantined: () => Promise.resolve(0),
  further: () => Promise.resolve([]),
  alerts: () => undefined,
  now: () => now
}

async function troubles(changes: Partial<DoctorSources>): Promise<readonly string[]> {
  const checks = await examine({ ...well, ...changes })
  return checks
    .filter(({ is }) => is !== 'ok')
    .map(({ name, is, says }) => `${is} ${name}: ${says}`)
}

describe('the doctor', () => {
  it('finds nothing where all is well', async () => {
    expect(await troubles({})).toEqual([])
  })

  it('says why nothing is accepted, and what to do', async () => {
    for (const refusing of ['full', 'disk-low', 'commit-failed', 'closed']) {
      const inbox = () => ({ entriesWaiting: 9, bytesWaiting: 9, oldestWaitingAt: now, refusing })
      const [trouble] = await troubles({ inbox })
      expect(trouble).toMatch(/^failed write path: \w.{15}/)
    }
  })

  it('warns when what was kept waits long for the store, and tells a store that starts from one that is away', async () => {
    const inbox = () => ({
      entriesWaiting: 9,
      bytesWaiting: 4096,
      oldestWaitingAt: now - 61_000,
      refusing: undefined
    })
    expect(await troubles({ inbox })).toEqual([
      'warning loading: 9 entries (4 KiB) wait, the oldest for 61 s'
    ])
    const store = (is: 'starting' | 'unreachable') => () => ({
      is,
      engine: 'remote' as const,
      since: now - 5000
    })
    expect((await troubles({ store: store('starting') }))[0]).toMatch(
      /^warning store: the remote engine is starting for 5 s/
    )
    expect((await troubles({ store: store('unreachable') }))[0]).toMatch(
      /^failed store: .*check `clickhouse:`.*wait in the inbox/
    )
  })

  it('says for a day why the engine was started again', async () => {
    const ended = (at: number) => () => ({
      is: 'ready' as const,
      engine: 'embedded' as const,
      since: now,
      endings: withEnding(
        noEndings,
        {
          failedWith: undefined,
          wasReady: true,
          hadToBeKilled: false,
          exitCode: null,
          signal: 'SIGKILL'
        },
        at
      )
    })
    expect(await troubles({ store: ended(now - 60_000) })).toEqual([
      expect.stringMatching(
        /^warning store: the embedded engine answers; .*started again once .*11:59Z, .*SIGKILL/
      )
    ])
    expect(await troubles({ store: ended(now - 90_000_000) })).toEqual([])
  })

  it('fails where a file of the store is damaged, and says what to do', async () => {
    const damage = { name: 'CHECKSUM_DOESNT_MATCH', at: now }
    const store = () => ({ is: 'ready' as const, engine: 'embedded' as const, since: now, damage })
    expect(await troubles({ store })).toEqual([
      expect.stringMatching(/^failed store: .*CHECKSUM_DOESNT_MATCH.*12:00Z.*put a backup/)
    ])
  })

  it('warns of a full disk, of quarantined rows, of an unsigned feed and of open listening', async () => {
    const found = await troubles({
      disk: () => Promise.resolve({ free: gib, total: 250 * gib }),
      quarantined: () => Promise.resolve(3),
      hasFeedKeys: () => false,
      isSafelyListening: () => false
    })
    expect(found.map((line) => line.split(':')[0])).toEqual([
      'warning disk',
      'warning quarantine',
      'warning feed',
      'warning listening'
    ])
  })

  it('fails where a product’s releases can not be read, and says what is served instead', async () => {
    const product = (hasReleases: boolean) => () => [
      {
        name: 'dlt',
        records: 1,
        contracts: 1,
        hasReleases,
        releasesProblem: "a.yaml can't be used"
      }
    ]
    expect(await troubles({ products: product(false) })).toEqual([
      expect.stringMatching(/^failed product dlt: .*can't be used; its feed answers 503$/)
    ])
    expect(await troubles({ products: product(true) })).toEqual([
      expect.stringMatching(/^failed product dlt: .*; the last good list is served$/)
    ])
  })

  it('goes on when the store does not answer', async () => {
    const quarantined = () => Promise.reject(new Error('away'))
    expect(await troubles({ quarantined })).toEqual([
      'warning quarantine: the store does not answer, so it could not be looked at'
    ])
  })

  it('says whom an alert does not reach, and what goes on', async () => {
    const told = {
      key: 'silence dlt',
      is: 'state' as const,
      rule: 'silence' as const,
      product: 'dlt',
      says: 'dlt: nothing was received since yesterday.',
      path: '/live?product=dlt',
      since: now,
      seen: now
    }
    const state = { told: [told], lookedAt: now, unreachable: new Map<string, number>() }
    expect(await troubles({ alerts: () => state })).toEqual([
      'warning alerts: 1 told and not over, the latest: dlt: nothing was received since yesterday.'
    ])
    const away = { ...state, unreachable: new Map([['mail', now]]) }
    expect((await troubles({ alerts: () => away }))[0]).toMatch(
      /^warning alerts: mail takes no letter since 2026-11-20T12:00Z/
    )
  })
})
