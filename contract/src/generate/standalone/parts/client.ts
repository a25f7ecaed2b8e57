/** The whole of it, for one program: consent first, then recording, and one process that sends. */
import { freeze, uuid } from './bodies.ts'
import { noticeIn, prefix, standingOf, termsNow, type Notice, type Standing } from './consent.ts'
import { form, type Place } from './form.ts'
import { disk, folderOf, namesIn, objectAt, quietly, remove, write } from './kept.ts'
import { placeOf } from './places.ts'
import {
  addToSpool,
  copied,
  fileBytesMax,
  freeSpools,
  machineTag,
  readRecord,
  type Pending
} from './recording.ts'
import { addressOf, handedOn, isBehindProxy, isDue, sendWaiting, type Brief } from './sending.ts'

export interface Options {
  /** The product's own, as `1.26.0`. */
  readonly version: string
  /** A service shows its notice in its log, and waits the contract's grace. */
  readonly runs?: 'program' | 'service' | undefined
  /** Another state folder than the system's usual one. */
  readonly folder?: string | undefined
  readonly endpoint?: string | undefined
  /** Plain http beyond this machine. */
  readonly insecure?: boolean | undefined
  /** How the program spells its subcommand, for texts: `mytool telemetry`. */
  readonly command?: string | undefined
  /** What a flag of this run, or the program's configuration, says. */
  readonly says?: string | boolean | undefined
  /** Where a service's notice goes; default: standard error. */
  readonly log?: ((line: string) => void) | undefined
  /** This run's output is for a program: nothing is shown. */
  readonly machineOutput?: boolean | undefined
}

export interface Client {
  record(name: string, fields: object): void
  /** Sends what waits, if that may be, and says what came of it. */
  flush(): Promise<string>
  close(): void
  /** The user's side: `status`, `on`, `accept`, `off` or `preview`, with the code to end with. */
  telemetry(verb: string): { readonly text: string; readonly code: 0 | 1 }
}

/** Nothing is written, sent or created before its user could say no. Throws nothing. */
export function openClient(options: Options): Client {
  const isOld = typeof process.getBuiltinModule !== 'function'
  const isService = options.runs === 'service'
  const found = isOld ? undefined : folderOf(form.product, options.folder)
  const folder = String(found)
  const own = `spool-${isOld || machineTag()}-${process.pid}-${Math.random().toString(36).slice(2)}`
  const session = uuid()
  const hadState = !isOld && namesIn(folder).length > 0
  const kept = (): Readonly<Record<string, unknown>> => objectAt(`${folder}/delivery.json`)
  const noticeNow = (): Notice => noticeIn(objectAt(`${folder}/notice.json`))
  const noticeBefore = noticeNow().at
  let noticeHere: Notice | undefined
  let known: Place | undefined
  const place = (): Place => (known ??= placeOf())
  let seen = new Map<string, string>()
  let pending: Pending[] = []
  let lost = 0
  let seq = 0
  let isEnding = false
  let isClosed = false
  /** Whoever looks asks nobody. */
  let isLookedAt = false

  const off = { state: 'off', level: 0, because: 'this runtime', agreed: {}, endpoint: '' } as const
  let standing: Standing = off
  look()

  function look(): Standing {
    seen = new Map()
    standing = quietly(off, () =>
      standingOf({
        folder: found,
        isService,
        says: options.says,
        place,
        noticeBefore,
        noticeHere,
        seen: (path, text) => void seen.set(path, text ?? '')
      })
    )
    // What others left goes with the first look at a refusal.
    if (standing.state === 'off' && objectAt(`${folder}/consent.json`)['says'] === 'off') sweep()
    return standing
  }

  function sweep(which = /^(?!consent\.json$)/): void {
    for (const name of namesIn(folder)) if (which.test(name)) remove(`${folder}/${name}`)
  }

  /** Why nothing is recorded, though it is on. */
  function hindrance(): string {
    const { automation, isScheduled } = place()
    if (standing.agreed.terms !== form.terms) return 'what is reported has changed: accept it'
    return /ci|test/.test(automation) || isScheduled ? 'never in CI, tests and functions' : ''
  }

  /** A container that keeps nothing, or ends with this program, ends what sends for it too. */
  const isFleeting = (): boolean =>
    place().isContainer && !isService && (!hadState || process.pid === 1)

  const isOpen = (): boolean => found !== undefined && look().state === 'on' && hindrance() === ''

  function flushPending(): void {
    const taken = pending
    pending = []
    if (taken.length === 0 || !isOpen()) return
    const records = taken.flatMap((each) => {
      const record = readRecord(each, standing, () => (lost += 1))
      return record === undefined ? [] : [{ seq: seq++, ...record }]
    })
    for (let from = 0; from < records.length;) {
      const some: object[] = []
      for (let bytes = 0; from < records.length && bytes < fileBytesMax; from += 1) {
        bytes += Buffer.byteLength(JSON.stringify(records[from]))
        // A record that is larger than this is a mistake of its program.
        if (bytes < 2 * fileBytesMax) some.push(records[from] ?? {})
      }
      const written = Date.now()
      const line = {
        written,
        lost,
        run: {
          session,
          version: options.version,
          contract: form.digest,
          consent: { level: form.levels[standing.level], accepted: standing.agreed.terms },
          environment: form.environment(place(), isService),
          records: some
        }
      }
      const name = `${own}-${form.windowOf(written)}`
      if (addToSpool(folder, name, JSON.stringify(line))) lost = 0
    }
  }

  const address = (): string =>
    addressOf(
      [
        standing.endpoint,
        options.endpoint,
        ...[`${prefix()}_ENDPOINT`, ...form.variables].map((name) => process.env[name]),
        form.endpoint
      ].find((each): each is string => typeof each === 'string' && each.trim() !== '') ?? '',
      options.insecure === true
    )

  /** Bodies as they will be sent. Whoever makes its file has the turn, for a minute at most. */
  function takeTurn(): readonly string[] | undefined {
    const turn = `${folder}/sender.json`
    const age = quietly(0, () => Date.now() - disk().statSync(turn).mtimeMs)
    if (Math.abs(age) > 60_000) remove(turn)
    if (!write(turn, '{}', true)) return undefined
    const bodies = freeze(folder, freeSpools(folder, own), form.levels.slice(0, standing.level + 1))
    if (bodies.length === 0) remove(turn)
    return bodies
  }

  /** Starts what sends, where something waits and its time has come. */
  function start(isAsked = false): import('node:child_process').ChildProcess | undefined {
    const isTime = (): boolean => isAsked || (!isLookedAt && isDue(kept()) && !isFleeting())
    if (!isOpen() || !isTime() || address() === '' || isBehindProxy()) return undefined
    if (!takeTurn()?.length) return undefined
    const turn = `${folder}/sender.json`
    // Whoever had the turn has written when the next period begins before giving it back.
    if (!isTime()) return remove(turn) as undefined
    const failures = (Number(kept()['failures']) || 0) + 1
    const brief: Brief = { url: address(), product: form.product, seen: [...seen], failures }
    write(turn, JSON.stringify(brief))
    const notBefore = Date.now() + 60_000 * 4 ** Math.min(failures, 5)
    write(
      `${folder}/delivery.json`,
      JSON.stringify({ ...kept(), written: Date.now(), failures, notBefore })
    )
    // A minifier that keeps names wraps functions in a call of this.
    const code = `var __name=f=>f;(${sendWaiting})(process.argv[2])`
    const child = process
      .getBuiltinModule('node:child_process')
      .spawn(process.execPath, ['-e', code, '--', `${form.product}-telemetry-sender`, folder], {
        cwd: '/',
        env: { ...handedOn(), NODE_USE_ENV_PROXY: '1' },
        detached: true,
        stdio: 'ignore'
      })
      .on('error', () => {})
    if (!isAsked) child.unref()
    return child
  }

  /** Once, and only where a person reads it: what was swallowed would count as seen. */
  function showNotice(): void {
    const { state, because, agreed } = look()
    const isFirst = state === 'undecided' && because === ''
    const shown = noticeNow()
    if (!isFirst && (state !== 'on' || agreed.terms === form.terms)) return
    if (shown.terms?.terms === form.terms || (isFirst && !form.isOptOut && shown.at)) return
    if (!isService && (options.machineOutput || !place().isRead || !place().isKept)) return
    const until = Date.now() + (isService ? form.graceMs : 0)
    const notice = { at: new Date().toISOString(), until, terms: termsNow() }
    const before = isFirst ? {} : { terms: agreed, by: 'notice' }
    const text = JSON.stringify({ candor: 1, ...before, notice })
    // What can't be marked would be shown again at every start.
    if (!found || !write(`${folder}/notice.json`, text)) {
      if (!isService) return
      noticeHere = notice
    }
    const [off, yes] = options.command
      ? [`${options.command} off, `, `${options.command} accept`]
      : ['', `${prefix()}=on`]
    const when = isService ? `the next ${form.graceMs / 3_600_000} hours` : 'this run'
    const lines = [
      isFirst ? form.notice : `What ${form.title} reports has changed, and waits. ${form.notice}`,
      form.isOptOut
        ? `Nothing of it is sent in ${when}.`
        : 'Nothing is sent unless you say yes, and this is said once.',
      `Say yes: ${yes}. Say no at any time: ${off}${prefix()}=off, DO_NOT_TRACK=1. ${form.page}`
    ]
    for (const line of lines)
      if (isService && options.log) options.log(line)
      else process.stderr.write(`${line}\n`)
  }

  function status(): string {
    const { state, because } = standing
    const last = kept()['last'] as { readonly at: string; readonly answer: string } | undefined
    const why = state === 'on' && (hindrance() || (address() ? '' : 'no endpoint'))
    return [
      why
        ? `Nothing is sent: ${why}.`
        : `Telemetry is ${state}: ${because || 'nobody has said yes'}.`,
      ...(state === 'on' ? [`Level ${form.levels[standing.level]}, to ${address()}.`] : []),
      ...(last ? [`${last.at}: ${last.answer}.`] : [])
    ].join('\n')
  }

  function say(says: 'on' | 'off'): ReturnType<Client['telemetry']> {
    const terms = says === 'on' ? { terms: termsNow() } : {}
    const text = JSON.stringify({ candor: 1, says, at: new Date().toISOString(), ...terms })
    // What was recorded before a yes is never sent after it.
    if (!isOpen()) sweep(/^(?:spool|taken|outbox)/)
    if (!found || !write(`${folder}/consent.json`, text))
      return {
        code: 1,
        text: `${folder} can't be written. Set DO_NOT_TRACK=1, or use /etc/candor.d.`
      }
    remove(`${folder}/notice.json`)
    look()
    return { code: 0, text: status() }
  }

  const atExit = (): void => {
    isEnding = true
    quietly(undefined, flushPending)
    quietly(undefined, start)
  }
  const later = (ms: number): NodeJS.Timeout =>
    setInterval(() => quietly(undefined, start), ms).unref()
  const timer = later(isService ? 300_000 * (1 + Math.random()) : 5_000)
  process.on('exit', atExit)
  // After this turn, so that the host's configuration has had its say.
  setImmediate(() => isClosed || quietly(undefined, showNotice)).unref()

  return {
    record(name, fields) {
      if (isClosed || standing.state !== 'on') return
      quietly(undefined, () => {
        pending.push({ name, at: Date.now(), fields: copied(fields) })
        if (isEnding) flushPending()
        else if (pending.length === 1) setImmediate(() => quietly(undefined, flushPending)).unref()
        else if (pending.length > 10_000) pending.shift()
      })
    },
    async flush() {
      quietly(undefined, flushPending)
      const child = quietly(undefined, () => start(true))
      if (child) await new Promise((resolve) => child.once('close', resolve))
      return status()
    },
    close() {
      if (!isClosed) atExit()
      isClosed = true
      clearInterval(timer)
      process.removeListener('exit', atExit)
    },
    telemetry(verb) {
      isLookedAt = true
      quietly(undefined, flushPending)
      look()
      if (verb === 'on' || verb === 'off') return say(verb)
      if (verb === 'accept') return say('on')
      if (verb !== 'preview') return { code: 0, text: status() }
      if (!isOpen()) return { code: 0, text: '# Nothing waits: nothing is kept before a yes.' }
      const bodies = takeTurn()
      if (bodies?.length) remove(`${folder}/sender.json`)
      return { code: 0, text: bodies?.join('\n') ?? '# It is being sent at this moment.' }
    }
  }
}
