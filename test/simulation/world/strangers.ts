/**
 * Who else sends to a collector? Clients of other makers, careless and hostile ones: what no
 * contract names, more than was agreed to, the same twice, and rubbish.
 */
import { createHash } from 'node:crypto'
import { uuidOf } from '../../../sdk/src/identity/uuid.ts'
import type { Judge } from '../oracle/judge.ts'
import type { Chance } from './chance.ts'
import { writeKey } from './collector.ts'
import { mark, product, type ContractVersion, type Level } from './contract-versions.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'

export interface StrangersOptions {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly judge: Judge
  readonly network: Network
  readonly published: () => readonly ContractVersion[]
}

export class Strangers {
  readonly #options: StrangersOptions
  readonly #keys: string[] = []

  constructor(options: StrangersOptions) {
    this.#options = options
  }

  /** One of them does what it does. */
  send(): void {
    const { chance } = this.#options
    const what = chance.fraction()
    if (what < 0.5) this.#report()
    else if (what < 0.75) this.#segmentCall()
    else if (what < 0.9) this.#rubbish()
    else this.#deletion()
  }

  #uuid(): string {
    return uuidOf(this.#options.chance.bytes(16))
  }

  #fields(level: Level, deletions: readonly string[]): Readonly<Record<string, unknown>> {
    const { chance, judge } = this.#options
    const { n, tag } = judge.ledger.next()
    judge.ledger.foreign.set(n, {
      n,
      tag,
      level,
      deletions: new Set(deletions),
      isAcknowledged: false,
      arrivedAt: undefined,
      answeredAt: undefined
    })
    return {
      n,
      tag,
      engine: chance.pick(['duck', mark, { in: mark }, [mark], 7]),
      size: chance.pick([3, 700, mark, -1, 1e12]),
      rows: chance.pick([1, 2, mark]),
      email: `${mark}@example.org`,
      // Not a word of a program, which is shown once enough installations have it.
      [`${mark} Name`]: 1,
      deep: { [`${mark} Name`]: [mark] },
      address: '203.0.113.77'
    }
  }

  #report(): void {
    const { timeline, chance, judge, network, published } = this.#options
    const installation = this.#uuid()
    const session = this.#uuid()
    for (const id of [installation, session]) judge.ledger.rawIds.add(id)
    const key = chance.bytes(32).toString('base64url')
    this.#keys.push(key)
    const deletion = createHash('sha256').update(key).digest('hex')
    const runs = Array.from({ length: chance.between(1, 2) }, () => {
      const level = chance.pick<Level | undefined>(['basic', 'full', undefined])
      return {
        session,
        version: '1.0.0',
        contract: chance.is(0.15)
          ? `sha256:${'f'.repeat(64)}`
          : chance.pick(published()).form.digest,
        ...(level === undefined
          ? {}
          : { consent: { level, accepted: `sha256:${'a'.repeat(64)}` } }),
        environment: { class: 'service', hostname: mark, os: 'linux' },
        records: Array.from({ length: chance.between(1, 3) }, (_none, seq) => ({
          seq,
          name: chance.is(0.1) ? `Event ${mark}` : 'work',
          at: new Date(timeline.now).toISOString(),
          fields: this.#fields(level ?? 'basic', [deletion])
        }))
      }
    })
    network.carry({
      path: '/v1/reports',
      headers: {
        'content-type': 'application/json',
        'candor-sent-at': new Date(timeline.now).toISOString()
      },
      body: JSON.stringify({
        candor: 1,
        product,
        report: this.#uuid(),
        sdk: { name: mark, version: '9' },
        installation,
        account: mark,
        deletion: `sha256:${deletion}`,
        lost: { spool: 1 },
        runs
      })
    })
  }

  #segmentCall(): void {
    const { timeline, chance, judge, network } = this.#options
    const anonymousId = this.#uuid()
    judge.ledger.rawIds.add(anonymousId)
    const call = {
      path: '/v1/track',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`
      },
      body: JSON.stringify({
        type: 'track',
        event: chance.is(0.1) ? `Event ${mark}` : 'work',
        anonymousId,
        userId: mark,
        messageId: this.#uuid(),
        timestamp: new Date(timeline.now).toISOString(),
        properties: this.#fields('full', []),
        context: {
          ip: '203.0.113.78',
          page: { url: `https://example.org/${mark}` },
          traits: { email: mark }
        }
      })
    }
    // A message is known again for a day.
    network.carry(call, 20 * 3_600_000)
  }

  #rubbish(): void {
    const { chance, network } = this.#options
    const body = chance.pick([
      '',
      `{"candor":1,"product":"${mark}"`,
      `{"candor":1,"product":"${product}","report":"${mark}"}`,
      `[["${mark}"]]`,
      '\u0000\u0001\u0002',
      JSON.stringify({ candor: 2, product, secret: mark }),
      JSON.stringify({ candor: 1, product: mark })
    ])
    network.carry({
      path: chance.pick(['/v1/reports', '/v1/deletions', '/v1/track', `/in/${product}`]),
      headers: { 'content-type': chance.pick(['application/json', 'text/plain']) },
      body
    })
  }

  /** Of their own, or of nobody's. */
  #deletion(): void {
    const { chance, network } = this.#options
    const key =
      this.#keys.length > 0 && chance.is(0.7)
        ? chance.pick(this.#keys)
        : chance.bytes(32).toString('base64url')
    network.carry({
      path: '/v1/deletions',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ product, keys: [key] })
    })
  }
}
