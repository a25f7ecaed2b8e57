/** Runs a profile's program in a state, in a sandbox, and tells what it did that is not its own. */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Collector } from './collector.ts'
import { run, runTraced, runUntilKilled, type Ended, type Launch } from './launch.ts'
import type { NameServer } from './name-server.ts'
import type { Profile, Way } from '../profile.ts'
import { killIn, processesIn } from './processes.ts'
import { Refusal } from '../refusal.ts'
import { environmentOf, isAmong, makeSandbox, nameOf, type Sandbox } from './sandbox.ts'
import type { Trace } from './trace.ts'
import { readTraffic, trafficSince } from './traffic.ts'

/** Longer than whoever sends for a program may live. */
const settledMs = 12_000

/** Whatever a program does once more: a state is one way after the other, the later ones win. */
export type State = readonly Way[]

export interface RunOptions {
  readonly onTerminal?: boolean
  /** Instead of the profile's command. */
  readonly command?: readonly string[] | undefined
}

export interface Observed extends Ended {
  /**
   * Contacts, look-ups and sockets that the program without telemetry has not, in words of the
   * report.
   */
  readonly network: readonly string[]
  /**
   * Files below the sandbox, and elsewhere, that the program without telemetry does not write, by
   * their names in the report.
   */
  readonly written: readonly string[]
  /** Whether the program writes this without telemetry too. */
  readonly isOwn: (path: string) => boolean
  readonly isOpaque: boolean
  /** Processes that it started and the program without telemetry does not, by their words. */
  readonly children: readonly (readonly string[])[]
}

export interface LaboratoryOptions {
  readonly profile: Profile
  readonly collector: Collector
  readonly names: NameServer
  readonly path: string
  readonly pairs: number
  readonly toleranceMs: number
}

export class Laboratory {
  readonly profile: Profile
  readonly collector: Collector
  readonly pairs: number
  readonly toleranceMs: number
  readonly #names: NameServer
  readonly #path: string
  #own: Promise<Own> | undefined

  constructor({ profile, collector, names, path, pairs, toleranceMs }: LaboratoryOptions) {
    this.profile = profile
    this.collector = collector
    this.pairs = pairs
    this.toleranceMs = toleranceMs
    this.#names = names
    this.#path = path
  }

  /** A fresh sandbox for as long as `use` takes, with a collector that answers. */
  async inSandbox<Result>(use: (sandbox: Sandbox) => Promise<Result>): Promise<Result> {
    const sandbox = makeSandbox()
    await this.collector.behave('answers')
    this.collector.moveAway(0)
    try {
      await this.#setUp(sandbox)
      this.collector.takeReports()
      return await use(sandbox)
    } finally {
      killIn(sandbox)
      sandbox.remove()
    }
  }

  /** What a program left behind has ended: nothing of its home is being changed any more. */
  async settle(sandbox: Sandbox): Promise<void> {
    const until = performance.now() + settledMs
    while (processesIn(sandbox).length > 0 && performance.now() < until) await sleep(20)
  }

  /** Runs the commands that bring a state about. */
  async prepare(sandbox: Sandbox, state: State): Promise<void> {
    for (const command of state.flatMap((way) => way.run ?? []))
      await run(this.#launch(sandbox, state, { command }))
  }

  /** A home that could not be furnished would make every check speak of something else. */
  async #setUp(sandbox: Sandbox): Promise<void> {
    for (const command of this.profile.setup ?? []) {
      const { code, stderr } = await run(this.#launch(sandbox, [], { command }))
      if (code !== 0)
        throw new Refusal(
          'SETUP_FAILED',
          `${command.join(' ')} ends with exit code ${code}: ${stderr.toString().slice(0, 1000)}`
        )
    }
  }

  run(sandbox: Sandbox, state: State, options: RunOptions = {}): Promise<Ended> {
    return run(this.#launch(sandbox, state, options))
  }

  runUntilKilled(
    sandbox: Sandbox,
    state: State,
    command: readonly string[],
    prints: string,
    afterMs: number
  ): Promise<boolean> {
    return runUntilKilled(this.#launch(sandbox, state, { command }), prints, afterMs)
  }

  /** Runs under the tracer, and leaves out what the program does without telemetry too. */
  async observe(sandbox: Sandbox, state: State, options: RunOptions = {}): Promise<Observed> {
    this.#own ??= this.#observeOwn()
    const own = await this.#own
    const { ended, trace, lookedUp, unseen } = await this.#observeAll(sandbox, state, options)
    const { own: declared } = this.profile
    const allowed = (declared?.contacts ?? []).map((item) =>
      item === '{feed}' ? this.collector.feedAddress : item
    )
    const names = lookedUp.filter((name) => !own.names.has(name) && !isAmong(name, allowed))
    const contacts = trace.contacts
      .filter((contact) => !own.contacts.has(contact))
      .filter((contact) => !isAmong(contact, allowed) && !isAmong(this.#named(contact), allowed))
      // What it asked the name server for is known by name; the question is no contact more.
      .filter((contact) => lookedUp.length === 0 || !contact.endsWith(':53'))
    const isOwn = (path: string): boolean =>
      own.written.has(path) || isAmong(path, declared?.writes)
    const written = trace.written
      .map((path) => nameOf(sandbox, path))
      .filter((path) => !isOwn(path))
    const told = [
      ...contacts.map((contact) => this.#describe(contact)),
      ...names.map((name) => `looked up ${name}`)
    ]
    // What the program does by itself opens sockets too, and is counted: then only whom it speaks
    // to can tell.
    const isLoud = !own.isQuiet || allowed.length > 0
    const sockets = isLoud
      ? []
      : trace.sockets
          .filter((family) => !own.sockets.has(family))
          .map((family) => `opened a socket (${family})`)
    const traces = told.length > 0 ? told : sockets.length > 0 ? sockets : isLoud ? [] : unseen
    return {
      ...ended,
      network: traces,
      written,
      isOwn,
      isOpaque: trace.isOpaque,
      children: trace.children.filter((words) => !own.children.has(words.join(' ')))
    }
  }

  async #observeOwn(): Promise<Own> {
    const { baseline } = this.profile
    const own: Own = {
      contacts: new Set(),
      sockets: new Set(),
      names: new Set(),
      written: new Set(),
      children: new Set(),
      isQuiet: true
    }
    if (baseline === undefined) return own
    for (const onTerminal of [false, true]) {
      const sandbox = makeSandbox()
      try {
        await this.#setUp(sandbox)
        await this.prepare(sandbox, [baseline])
        const { trace, lookedUp, unseen } = await this.#observeAll(sandbox, [baseline], {
          onTerminal,
          command: baseline.command
        })
        for (const contact of trace.contacts) own.contacts.add(contact)
        for (const family of trace.sockets) own.sockets.add(family)
        for (const name of lookedUp) own.names.add(name)
        for (const path of trace.written) own.written.add(nameOf(sandbox, path))
        for (const words of trace.children) own.children.add(words.join(' '))
        own.isQuiet &&= unseen.length === 0
      } finally {
        sandbox.remove()
      }
    }
    return own
  }

  async #observeAll(sandbox: Sandbox, state: State, options: RunOptions): Promise<All> {
    this.#names.takeNames()
    const before = readTraffic()
    const ended = await runTraced(this.#launch(sandbox, state, options))
    const { opened, datagrams } = trafficSince(before)
    const lookedUp = this.#names.takeNames()
    // The name server's own answers are datagrams too.
    const unseen = [
      ...(opened > 0 ? [`the kernel counted ${opened} connections`] : []),
      ...(datagrams > 0 && lookedUp.length === 0
        ? [`the kernel counted ${datagrams} datagrams`]
        : [])
    ]
    return { ended, trace: ended.trace, lookedUp, unseen }
  }

  #describe(contact: string): string {
    if (contact === this.collector.address) return `connected to the collector`
    if (contact.startsWith('unix:') && contact.includes('nscd'))
      return `asked for a name (${contact})`
    if (contact.endsWith(':53')) return `asked a name server (${contact})`
    return contact === this.collector.feedAddress
      ? 'asked the feed'
      : `connected to ${this.#named(contact)}`
  }

  /** By the name that it was looked up by, if it was. */
  #named(contact: string): string {
    const [, address = '', port = ''] = /^(.*):(\d+)$/.exec(contact) ?? []
    const name = this.#names.nameOf(address)
    return name === undefined ? contact : `${name}:${port}`
  }

  #launch(
    sandbox: Sandbox,
    state: State,
    { onTerminal = false, command = this.profile.command }: RunOptions
  ): Launch {
    const { here, env, done, stop } = this.profile
    const { endpoint, feed } = this.collector
    const values: Readonly<Record<string, string>> = {
      endpoint,
      feed,
      here,
      home: sandbox.home,
      work: sandbox.work
    }
    const fill = (text: string): string =>
      text.replaceAll(
        /\{(endpoint|feed|here|home|work)\}/g,
        (_, name: string) => values[name] ?? ''
      )
    const variables = Object.assign({}, env, ...state.map((way) => way.env ?? {})) as Record<
      string,
      string
    >
    const isWhole = command === this.profile.command
    return {
      command: [...command, ...(isWhole ? state.flatMap((way) => way.args ?? []) : [])].map(fill),
      environment: {
        ...environmentOf(sandbox, this.#path),
        ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, fill(value)]))
      },
      folder: sandbox.work,
      onTerminal,
      done,
      stop: isWhole ? stop : undefined
    }
  }
}

interface Own {
  readonly contacts: Set<string>
  readonly sockets: Set<string>
  readonly names: Set<string>
  readonly written: Set<string>
  readonly children: Set<string>
  isQuiet: boolean
}

interface All {
  readonly ended: Ended
  readonly trace: Trace
  readonly lookedUp: readonly string[]
  readonly unseen: readonly string[]
}
