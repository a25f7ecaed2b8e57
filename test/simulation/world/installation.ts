/**
 * One installation and its user: programs that run and end, or a service that lives; what they
 * record, what their user says, and what happens to their machine.
 */
import { createTelemetry } from '../../../sdk/src/create-telemetry.ts'
import { sendForProgram } from '../../../sdk/src/deliver/send-for-program.ts'
import type { NetworkAnswer, NetworkRequest } from '../../../sdk/src/network/transport.ts'
import type { Telemetry } from '../../../sdk/src/telemetry.ts'
import { UsersWord, type Recorded } from '../oracle/ledger.ts'
import type { Judge } from '../oracle/judge.ts'
import type { Chance } from './chance.ts'
import { levels, mark, type ContractVersion } from './contract-versions.ts'
import { Machine, Process, type ProcessOptions, type ProcessWorld, type Says } from './machine.ts'
import type { Network } from './network.ts'
import type { Timeline } from './timeline.ts'
import { acts, say } from './users-acts.ts'

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const senderLivesMs = 9_500
const collectorUrl = 'https://collector.example'

export interface Surroundings {
  readonly timeline: Timeline
  readonly judge: Judge
  readonly network: Network
  /** Published so far, the newest last. */
  readonly published: () => readonly ContractVersion[]
}

/** How this installation's machine and user are. */
export interface Temper {
  readonly kind: 'program' | 'service'
  /** Of its variables, in each run. */
  readonly says: Says
  readonly runsPerDay: number
  /** The chance that a run is killed, at a write or between two of them. */
  readonly killed: number
  /** How often a day its user says something. */
  readonly actsPerDay: number
  /** Each run records something and ends, as a command of a schedule does. */
  readonly isAlike: boolean
  /** How often a day something happens to its disk, its clock or its policy. */
  readonly mishapsPerDay: number
}

interface Run {
  readonly process: Process
  readonly telemetry: Telemetry
}

export class Installation {
  readonly name: string
  readonly machine: Machine
  readonly word = new UsersWord()
  readonly #around: Surroundings
  readonly #chance: Chance
  readonly #temper: Temper
  readonly #records: Recorded[] = []
  #version: ContractVersion
  #service: Run | undefined
  #isCalm = false
  /** Its user's word may lie there in a part, so that nothing need arrive. */
  #isUncertain = false
  /** By the machine's clock: no attempt of its own before then. */
  #quietUntil = 0
  #attempt: { readonly process: Process; readonly until: number } | undefined

  constructor(
    name: string,
    options: Surroundings & { readonly chance: Chance; readonly temper: Temper }
  ) {
    this.name = name
    this.#around = options
    this.#chance = options.chance
    this.#temper = options.temper
    this.machine = new Machine(name, {
      timeline: options.timeline,
      chance: options.chance.fork('bytes')
    })
    this.#version = options.published().at(-1) as ContractVersion
  }

  live(): void {
    const { kind, actsPerDay, mishapsPerDay } = this.#temper
    if (kind === 'service') this.#soon(HOUR_MS, () => this.#serve())
    else
      this.#again(
        () => DAY_MS / this.#temper.runsPerDay,
        () => this.#runProgram()
      )
    if (actsPerDay > 0)
      this.#again(
        () => DAY_MS / actsPerDay,
        () => void this.#act()
      )
    if (mishapsPerDay > 0)
      this.#again(
        () => DAY_MS / mishapsPerDay,
        () => this.#mishap()
      )
    this.#again(
      () => 1.5 * DAY_MS,
      () => this.#upgrade()
    )
  }

  /** Nothing happens to it any more; it only runs, so that what waits can arrive. */
  calmDown(): void {
    this.#isCalm = true
    this.machine.isFull = false
    if (this.machine.clockIsAhead !== 0) this.#disturb('its clock is right again')
    this.machine.clockIsAhead = 0
  }

  /** At a time that many others have too. */
  runAt(everyMs: number): void {
    const { timeline } = this.#around
    const next = Math.ceil((timeline.now + 1) / everyMs) * everyMs
    timeline.at(next, () => {
      this.#runProgram()
      this.runAt(everyMs)
    })
  }

  #soon(withinMs: number, call: () => void): void {
    this.#around.timeline.after(withinMs * this.#chance.fraction(), call)
  }

  /** Again and again, with pauses that are this long on average. */
  #again(pauseMs: () => number, call: () => void): void {
    this.#soon(2 * pauseMs(), () => {
      call()
      this.#again(pauseMs, call)
    })
  }

  #note(text: string): void {
    this.#around.timeline.note(`${this.name}: ${text}`)
  }

  /** What was recorded until now need not arrive any more. */
  #disturb(why: string): void {
    this.#note(why)
    for (const record of this.#records.splice(0)) record.isOwed = false
    this.#quietUntil = 0
  }

  #open(options: Partial<ProcessOptions> = {}): Run {
    const { kind, says } = this.#temper
    const whole: ProcessOptions = {
      version: this.#version,
      runs: kind,
      says,
      isTerminal: kind === 'program' && this.#chance.is(0.6),
      ...options
    }
    const process = new Process(
      this.machine,
      whole,
      this.#world(() => process)
    )
    // A program decides when it begins, so that one which lives on when the policy has gone records
    // nothing all the same.
    if (this.word.policyNoSince !== undefined) process.isDoomed = true
    if (whole.says === 'on')
      this.word.add({ is: 'variable', order: process.began, by: process, version: whole.version })
    const telemetry = createTelemetry({
      contract: whole.version.form,
      version: '1.0.0',
      runs: whole.runs,
      endpoint: collectorUrl,
      log: () => this.#told(process),
      effects: process.effects
    })
    return { process, telemetry }
  }

  #world(process: () => Process): ProcessWorld {
    const { network } = this.#around
    return {
      transport: (it) =>
        network.transport(it, {
          leaves: (request) => this.#leaves(it, request),
          answered: (request, answer) => this.#answered(it, request, answer)
        }),
      told: () => this.#told(process()),
      startDetached: (folder, variables) => this.#startSender(process(), folder, variables)
    }
  }

  #told(process: Process): void {
    // A log gets it line by line.
    if (process.hasTold) return
    process.hasTold = true
    this.#note(`${process.id} shows a notice`)
    this.word.add({
      is: 'notice',
      order: this.#around.timeline.tick(),
      by: process,
      version: process.options.version,
      clock: this.machine.clock(),
      hadItsTime: false
    })
  }

  #startSender(parent: Process, folder: string, variables: Readonly<Record<string, string>>): void {
    const { timeline, judge } = this.#around
    timeline.after(this.#chance.between(40, 400), () => {
      const says: Says =
        variables['DO_NOT_TRACK'] === '1'
          ? 'off'
          : variables['SIM_TELEMETRY'] === 'on'
            ? 'on'
            : undefined
      const sender: Process = new Process(
        this.machine,
        { version: parent.options.version, runs: 'program', says, isTerminal: false },
        this.#world(() => sender),
        variables
      )
      this.#note(`${sender.id} sends for ${parent.id}`)
      if (!this.#isCalm && this.#chance.is(this.#temper.killed)) {
        sender.isDoomed = true
        sender.diesAfterWrites = this.#chance.below(20)
        this.#disturb(`${sender.id} will be killed`)
      }
      timeline.after(senderLivesMs, () => sender.kill())
      sendForProgram({ path: folder, effects: sender.effects }).then(
        () => sender.kill(),
        (error: unknown) => {
          if (sender.isAlive) judge.fault(error)
        }
      )
    })
  }

  #leaves(process: Process, { url, body = '', awaited }: NetworkRequest): void {
    const { judge, timeline } = this.#around
    const path = new URL(url).pathname
    this.#note(`${process.id} sends ${path} ${body.length}${awaited ? ' and waits' : ''}`)
    judge.leaves(process, this.word, path, body)
    if (path !== '/v1/reports') return
    judge.count('reports')
    if (!process.isAsked) judge.meets(this.name)
    const isSameAttempt = this.#attempt?.process === process && timeline.now <= this.#attempt.until
    if (isSameAttempt) return
    this.#attempt = { process, until: timeline.now + 15 * SECOND_MS }
    if (!process.isAsked && this.machine.clock() < this.#quietUntil - SECOND_MS)
      judge.broken(
        'only quieter',
        `${process.id} sends ${this.#quietUntil - this.machine.clock()} ms too early`
      )
  }

  #answered(process: Process, request: NetworkRequest, answer: NetworkAnswer): void {
    // It may not live to remember what it was asked, or have no room for it.
    if (process.isDoomed || this.machine.isFull) return
    if (new URL(request.url).pathname !== '/v1/reports' || answer.is !== 'answered') return
    const { status, headers, body } = answer
    const now = this.machine.clock()
    if (status === 200) {
      const said = jsonOf(body)
      if (typeof said?.accepted !== 'number' || !Array.isArray(said.dropped)) return
      const afterMs = Number(said.next?.afterSeconds ?? 0) * SECOND_MS
      this.#quietUntil = now + Math.max(0.75 * DAY_MS, afterMs)
    } else if (status === 429 || status === 503)
      this.#quietUntil = Math.max(
        this.#quietUntil,
        now + Number(headers['retry-after'] ?? 0) * SECOND_MS
      )
    else if (status === 410 && body.includes('"retired":true')) this.#quietUntil = now + 30 * DAY_MS
  }

  #runProgram(): void {
    const { timeline } = this.#around
    // A user who says no for one run.
    const { isAlike } = this.#temper
    const says = !this.#isCalm && !isAlike && this.#chance.is(0.03) ? 'off' : this.#temper.says
    const run = this.#open({ says })
    const { process } = run
    if (!this.#isCalm && this.#chance.is(this.#temper.killed)) {
      this.#disturb(`${process.id} will be killed`)
      process.isDoomed = true
      if (this.#chance.is(0.7)) process.diesAfterWrites = this.#chance.below(12)
      else timeline.after(this.#chance.between(0, 8_000), () => process.kill())
    }
    const records = this.#chance.between(this.#isCalm ? 0 : 1, 4)
    const livesMs = isAlike ? 0 : this.#chance.pick([0, 0, 40, 2_000, 20_000, 600_000])
    for (let count = 0; count < records; count += 1)
      if (livesMs === 0) this.#record(run)
      else timeline.after(livesMs * this.#chance.fraction(), () => this.#record(run))
    timeline.after(livesMs, () => this.#end(run))
  }

  #end({ process, telemetry }: Run): void {
    if (!process.isAlive) return
    const how = this.#chance.fraction()
    if (how < 0.7 || this.#temper.isAlike) return process.exit()
    if (how < 0.9) return void telemetry.close().then(() => process.exit())
    process.isAsked = true
    void telemetry.flush().then(() => {
      process.isAsked = false
      process.exit()
    })
  }

  #serve(): void {
    const { timeline } = this.#around
    const run = this.#open()
    this.#service = run
    const { process } = run
    const livesMs = DAY_MS * (0.2 + 4 * this.#chance.fraction())
    const isKilled = !this.#isCalm && this.#chance.is(3 * this.#temper.killed)
    process.isDoomed = isKilled
    if (isKilled && this.#chance.is(0.5)) process.diesAfterWrites = this.#chance.between(3, 60)
    const work = (): void => {
      if (!process.isAlive) return
      this.#record(run)
      timeline.after((DAY_MS / this.#temper.runsPerDay) * 2 * this.#chance.fraction(), work)
    }
    timeline.after(10 * SECOND_MS, work)
    const stop = (): void => {
      if (isKilled) {
        this.#disturb(`${process.id} is killed`)
        process.kill()
      } else this.#end(run)
      this.#soon(2 * HOUR_MS, () => this.#serve())
    }
    timeline.after(livesMs, stop)
  }

  #record({ process, telemetry }: Run): void {
    if (!process.isAlive) return
    const { judge, timeline } = this.#around
    const { n, tag } = judge.ledger.next()
    const { says } = process.options
    const order = timeline.tick()
    const isAgreed = this.word.inForce(process, { order, now: timeline.now }).length > 0
    const record: Recorded = {
      n,
      tag,
      order,
      at: timeline.now,
      process,
      word: this.word,
      isOwed: isAgreed && says !== 'off' && !this.machine.isFull && this.#mayArrive(process),
      deletions: new Set(),
      isAcknowledged: false,
      refusals: new Set(),
      arrivedAt: undefined,
      answeredAt: undefined
    }
    judge.ledger.records.set(n, record)
    this.#note(`${process.id} records ${n}${isAgreed ? '' : ', and nobody has agreed'}`)
    if (record.isOwed) this.#records.push(record)
    telemetry.record(
      'work',
      {
        n,
        tag,
        engine: this.#chance.pick(['duck', 'post', 'snow', 'big', mark]),
        size: this.#chance.pick([0, 5, 50, 5_000]),
        rows: this.#chance.below(100),
        // What a careless program hands over as well.
        secret: mark,
        host: { name: mark }
      },
      this.#chance.is(0.1) ? { durable: true } : undefined
    )
    if (this.#chance.is(0.02)) telemetry.record(`undeclared_${mark}`, { n, secret: mark })
  }

  /** Neither is it over for its contract, nor may its agreement be other than the ledger's. */
  #mayArrive({ isDoomed, options: { says } }: Process): boolean {
    const versions = this.#around.published()
    return (
      !isDoomed &&
      !this.#isUncertain &&
      this.machine.clockIsAhead === 0 &&
      says !== 'off' &&
      // Of other recipients, its user has to be asked first.
      versions.every(({ recipients }) => recipients.length === versions[0]?.recipients.length) &&
      // What has to wait until its contract has ended is never told.
      versions.every(({ isRetired, expires }) => !isRetired && expires === undefined)
    )
  }

  #upgrade(): void {
    const newest = this.#around.published().at(-1)
    if (newest === undefined || newest === this.#version) return
    const { recipients } = this.#version
    this.#version = newest
    const told = `now has the contract of ${newest.name}`
    // Under other words, fields and levels the rest of a record arrives still.
    if (newest.isRetired || newest.expires !== undefined) this.#disturb(told)
    else if (newest.recipients.some((name) => !recipients.includes(name))) this.#disturb(told)
    else this.#note(told)
  }

  async #act(): Promise<void> {
    if (this.#isCalm) return
    const act = this.#chance.pick(acts)
    // The user's command, beside whatever else runs; now and then in the service itself, unless it
    // dies while it writes: then nobody can say whether the word was kept.
    const service = this.#service
    const isSafe =
      service?.process.isAlive === true &&
      service.process.diesAfterWrites === Number.POSITIVE_INFINITY
    const own = isSafe && this.#chance.is(0.2) ? service : undefined
    const run = own ?? this.#open({ runs: 'program', isTerminal: true })
    this.#disturb(`${run.process.id} says ${act}`)
    // What a full disk left of a word is taken for a no, for it may have been one.
    this.#isUncertain ||= this.machine.isFull
    // A service that lives through a no and a yes may not have noticed either of them yet.
    if (this.#service !== undefined) this.#service.process.isDoomed = true
    const level = this.#chance.pick(levels)
    await say(act, { ...run, word: this.word, level, order: this.#around.timeline.tick() })
    if (own === undefined) run.process.exit()
  }

  #mishap(): void {
    if (this.#isCalm) return
    const { timeline } = this.#around
    switch (this.#chance.pick(['full', 'clock', 'policy'])) {
      case 'full': {
        this.#disturb('its disk is full')
        this.machine.isFull = true
        return void timeline.after(12 * HOUR_MS * this.#chance.fraction(), () => {
          this.#disturb('its disk has room')
          this.machine.isFull = false
        })
      }
      case 'clock': {
        const byMs = this.#chance.pick([
          -400 * DAY_MS,
          -2 * DAY_MS,
          -600_000,
          600_000,
          2 * DAY_MS,
          400 * DAY_MS
        ])
        this.#disturb(`its clock jumps by ${byMs / DAY_MS} days`)
        this.machine.clockIsAhead = byMs
        return void timeline.after(DAY_MS * this.#chance.fraction(), () => {
          this.#disturb('its clock is right again')
          this.machine.clockIsAhead = 0
        })
      }
      default: {
        if (this.word.policyNoSince !== undefined) return
        this.#disturb('its policy says no')
        const { files } = this.machine
        files.mkdirSync('/etc/candor.d', { recursive: true })
        files.writeFileSync('/etc/candor.d/10-company.json', '{"telemetry":"off"}')
        this.word.policyNoSince = timeline.now
        return void timeline.after(2 * DAY_MS * this.#chance.fraction(), () => {
          this.#disturb('its policy says nothing any more')
          // A service hears of that at its next look, and records nothing until then.
          if (this.#service !== undefined) this.#service.process.isDoomed = true
          files.unlinkSync('/etc/candor.d/10-company.json')
          this.word.policyNoSince = undefined
        })
      }
    }
  }
}

function jsonOf(
  text: string
): { accepted?: unknown; dropped?: unknown; next?: { afterSeconds?: unknown } } | undefined {
  try {
    return JSON.parse(text) as ReturnType<typeof jsonOf>
  } catch {
    return undefined
  }
}
