/**
 * One run: a world drawn from a seed lives for some days, in which everything goes wrong that is
 * drawn for it, and then for some more in which nothing does, so that all that is owed arrives.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NetworkAnswer } from '../../sdk/src/network/transport.ts'
import { Judge, type Failure } from './oracle/judge.ts'
import { Chance } from './world/chance.ts'
import { Collector } from './world/collector.ts'
import { drawVersions, type ContractVersion } from './world/contract-versions.ts'
import { Installation, type Temper } from './world/installation.ts'
import { calm, Network, type Arrived, type NetworkFaults } from './world/network.ts'
import { openEngineStore, openMemoryStore, type Store } from './world/stores.ts'
import { Strangers } from './world/strangers.ts'
import { Timeline } from './world/timeline.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const start = Date.UTC(2026, 0, 5)
/** After so many days without faults, all that waited for a pause or a period has arrived. */
const calmDays = 5
const looksEveryMs = 12 * HOUR_MS
const fleetSize = 16
/** Three periods show whether they come apart. */
const fleetDays = 4
const fleetRunsEveryMs = 2 * HOUR_MS

export interface SimulationOptions {
  readonly seed: number
  readonly days: number
  /** Which of the installations live; undefined: all. */
  readonly programs?: readonly number[] | undefined
  /** ClickHouse itself stands behind the loader. */
  readonly isEngine?: boolean
  readonly write?: ((line: string) => void) | undefined
}

export interface Simulated {
  readonly failure: Failure | undefined
  /** Of everything that happened: the same seed, the same digest. */
  readonly digest: string
  readonly days: number
  readonly installations: number
  readonly figures: ReadonlyMap<string, number>
  readonly last: readonly string[]
}

/** Some faults are there and others are not, since those that always are hide each other. */
interface Climate {
  readonly network: NetworkFaults
  readonly killsPerDay: number
  readonly storePerDay: number
  readonly diskPerDay: number
  readonly clockPerDay: number
  readonly strangersPerDay: number
  readonly silent: number
  readonly publishEveryDays: number
}

export async function simulate(options: SimulationOptions): Promise<Simulated> {
  const { seed, days } = options
  // Files that are not there are most of what is thrown, and a stack is what costs of it.
  Error.stackTraceLimit = 3
  const timeline = new Timeline(start, options.write)
  const stopWatching = timeline.watchTurns()
  // Memory, where the system has some for files: what a disk forgets is tried by other tests.
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const folder = await mkdtemp(join(base, 'candor-simulation-'))
  const store = options.isEngine === true ? await openEngineStore(timeline) : openMemoryStore()
  // What nobody awaits and fails is a fault of ours too.
  let fault = (_error: unknown): void => {}
  const heard = (error: unknown): void => fault(error)
  process.on('unhandledRejection', heard)
  try {
    const world = new World(new Chance(`seed ${seed}`), { timeline, folder, store, ...options })
    const { judge } = world
    fault = (error) => judge.fault(error)
    await world.live(days)
    return {
      failure: judge.failure,
      digest: timeline.digest(),
      days: Math.ceil((timeline.now - start) / DAY_MS),
      installations: world.count,
      figures: judge.figures,
      last: timeline.last()
    }
  } finally {
    process.off('unhandledRejection', heard)
    stopWatching()
    await store.close()
    await rm(folder, { recursive: true, force: true })
  }
}

class World {
  readonly judge: Judge
  readonly #timeline: Timeline
  readonly #chance: Chance
  readonly #climate: Climate
  readonly #store: Store
  readonly #network: Network
  readonly #collector: Collector
  readonly #strangers: Strangers
  readonly #versions: readonly ContractVersion[]
  readonly #installations: Installation[] = []
  #published = 1
  /** Many machines whose programs start at the same second, and nothing goes wrong. */
  readonly #isFleet: boolean
  #isCalm = false

  constructor(
    chance: Chance,
    given: SimulationOptions & {
      readonly timeline: Timeline
      readonly folder: string
      readonly store: Store
    }
  ) {
    const { timeline, folder, store, programs } = given
    this.#timeline = timeline
    this.#chance = chance
    this.#store = store
    const isFleet = chance.fork('fleet').is(0.1)
    this.#isFleet = isFleet
    this.#climate = isFleet ? fair : drawClimate(chance.fork('climate'))
    this.#versions = drawVersions(chance.fork('contracts'), { start, days: 12 })
    this.judge = new Judge(timeline, this.#versions, isFleet ? fleetSize : undefined)
    const published = (): readonly ContractVersion[] => this.#versions.slice(0, this.#published)
    const shared = { timeline, judge: this.judge, published }
    const pace = chance.fork('pace').is(0.3) ? { every: 2 * DAY_MS } : undefined
    this.#collector = new Collector({
      ...shared,
      folder,
      store,
      pace,
      chance: chance.fork('collector')
    })
    this.#network = new Network({
      timeline,
      chance: chance.fork('network'),
      receive: (request) => this.#receive(request)
    })
    const network = this.#network
    this.#strangers = new Strangers({ ...shared, network, chance: chance.fork('strangers') })
    const count = isFleet ? fleetSize : chance.fork('count').between(2, 7)
    for (let index = 0; index < count; index += 1) {
      if (programs !== undefined && !programs.includes(index)) continue
      const own = chance.fork(`installation ${index}`)
      const temper = isFleet ? inFleet : drawTemper(own.fork('temper'))
      this.#installations.push(
        new Installation(`p${index}`, { ...shared, network, chance: own, temper })
      )
    }
  }

  get count(): number {
    return this.#installations.length
  }

  async live(days: number): Promise<void> {
    this.#collector.start()
    this.#network.faults = this.#climate.network
    this.#collector.storeState.silent = this.#climate.silent
    for (const installation of this.#installations)
      if (this.#isFleet) installation.runAt(fleetRunsEveryMs)
      else installation.live()
    this.#startFaults()
    if (this.#isFleet) return this.#until(start + Math.min(days, fleetDays) * DAY_MS)
    await this.#until(start + days * DAY_MS)
    this.#calmDown()
    await this.#until(start + (days + calmDays) * DAY_MS)
    if (this.judge.failure === undefined) await this.#look(true)
  }

  async #until(end: number): Promise<void> {
    while (this.#timeline.now < end && this.judge.failure === undefined) {
      await this.#timeline.until(
        Math.min(end, this.#timeline.now + looksEveryMs),
        () => this.judge.failure !== undefined
      )
      if (this.judge.failure === undefined) await this.#look(false)
    }
  }

  async #look(isAtEnd: boolean): Promise<void> {
    this.judge.store(await this.#store.rows(), isAtEnd)
    this.#collector.readDisk((name, bytes) => this.judge.disk(name, bytes))
  }

  async #receive(request: Arrived): Promise<NetworkAnswer | undefined> {
    if (request.path === '/v1/reports') this.judge.arrives(request.body)
    if (request.path === '/v1/deletions') this.judge.deletionArrives(request.body)
    const answer = await this.#collector.receive(request)
    if (answer?.is !== 'answered') return answer
    if (request.path === '/v1/reports') this.judge.answered(request.body, answer)
    if (request.path === '/v1/deletions' && answer.status === 202)
      this.judge.deletionAccepted(request.body)
    return answer
  }

  #startFaults(): void {
    const { killsPerDay, storePerDay, diskPerDay, clockPerDay, strangersPerDay, publishEveryDays } =
      this.#climate
    const chance = this.#chance.fork('faults')
    const again = (perDay: number, call: () => void): void => {
      if (perDay === 0) return
      this.#timeline.after((2 * DAY_MS * chance.fraction()) / perDay, () => {
        if (!this.#isCalm) call()
        again(perDay, call)
      })
    }
    const { disk, storeState } = this.#collector
    /** For a while, and then no longer. */
    const window = (mostMs: number, on: () => void, off: () => void): void => {
      on()
      this.#timeline.after(mostMs * chance.fraction(), off)
    }
    again(killsPerDay, () => {
      const startAgain = (): void =>
        this.#startLater(chance.is(0.8) ? 60_000 : 4 * HOUR_MS * chance.fraction())
      if (chance.is(0.8)) return this.#collector.killWithin(chance.between(1, 12), startAgain)
      this.#collector.kill()
      startAgain()
    })
    again(storePerDay, () =>
      window(
        6 * HOUR_MS,
        () => void (storeState.isAway = true),
        () => void (storeState.isAway = false)
      )
    )
    again(diskPerDay, () =>
      chance.is(0.5)
        ? window(
            HOUR_MS,
            () => void (disk.isFailing = true),
            () => void (disk.isFailing = false)
          )
        : window(
            6 * HOUR_MS,
            () => void (disk.isLow = true),
            () => void (disk.isLow = false)
          )
    )
    again(clockPerDay, () =>
      window(
        10 * HOUR_MS,
        () => {
          const byMs = chance.pick([-300_000, 300_000, -400 * DAY_MS, 400 * DAY_MS])
          this.#timeline.note(`collector: its clock jumps by ${byMs / DAY_MS} days`)
          this.#collector.clockIsAhead = byMs
        },
        () => void (this.#collector.clockIsAhead = 0)
      )
    )
    again(strangersPerDay, () => this.#strangers.send())
    again(1 / publishEveryDays, () => this.#publish())
  }

  #startLater(afterMs: number): void {
    this.#timeline.after(Math.max(1_000, afterMs), () => this.#collector.start())
  }

  #publish(): void {
    if (this.#published >= this.#versions.length) return
    this.#published += 1
    this.#timeline.note(`published: ${this.#versions[this.#published - 1]?.name}`)
    // Contracts that take effect while it runs are tried by a journey.
    void this.#collector.stop().then(() => this.#startLater(1_000))
  }

  #calmDown(): void {
    this.#isCalm = true
    this.#timeline.note('from here on nothing goes wrong')
    this.#network.faults = calm
    this.#collector.calmDown()
    for (const installation of this.#installations) installation.calmDown()
  }
}

const fair: Climate = {
  network: calm,
  killsPerDay: 0,
  storePerDay: 0,
  diskPerDay: 0,
  clockPerDay: 0,
  strangersPerDay: 0,
  silent: 0,
  publishEveryDays: 1_000
}

const inFleet: Temper = {
  kind: 'program',
  says: 'on',
  runsPerDay: DAY_MS / fleetRunsEveryMs,
  killed: 0,
  actsPerDay: 0,
  mishapsPerDay: 0,
  isAlike: true
}

function drawClimate(chance: Chance): Climate {
  const some = (most: number): number => (chance.is(0.5) ? most * chance.fraction() : 0)
  return {
    network: {
      lost: some(0.5),
      late: some(0.5),
      doubled: some(0.5),
      cutOff: some(0.5),
      middlebox: some(0.5)
    },
    killsPerDay: some(6),
    storePerDay: some(3),
    diskPerDay: some(2),
    clockPerDay: some(0.5),
    strangersPerDay: some(12),
    silent: some(0.5),
    publishEveryDays: 1 + 4 * chance.fraction()
  }
}

function drawTemper(chance: Chance): Temper {
  const some = (most: number): number => (chance.is(0.5) ? most * chance.fraction() : 0)
  return {
    kind: chance.is(0.3) ? 'service' : 'program',
    says: chance.is(0.35) ? 'on' : undefined,
    runsPerDay: 1 + 5 * chance.fraction(),
    killed: some(0.4),
    actsPerDay: some(1.5),
    mishapsPerDay: some(0.4),
    isAlike: false
  }
}
