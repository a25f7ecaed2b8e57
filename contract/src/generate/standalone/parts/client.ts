/** The whole of it, for one program: consent first, then recording, and one process that sends. */
import { freeze } from './bodies.ts'
import { noticeIn, standingOf, termsNow, type Notice, type Standing } from './consent.ts'
import {
  contractDigest,
  endpointVariables,
  environmentOf,
  graceMs,
  hasLevels,
  isOptOut,
  levelNames,
  noticeText,
  pageText,
  productName,
  productTitle,
  termsDigest,
  usualEndpoint,
  variable,
  windowAt,
  type Place
} from './form.ts'
import {
  env,
  files,
  folderOf,
  getBuiltinModule,
  json,
  namesIn,
  objectAt,
  pid,
  quietly,
  remove,
  write
} from './kept.ts'
import { placeOf } from './places.ts'
import {
  addToSpool,
  copied,
  fileBytesMax,
  freeSpools,
  readRecord,
  spoolName,
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
  const isService = options.runs === 'service'
  const found = quietly(() => folderOf(productName, options.folder))
  const folder = String(found)
  const turn = `${folder}/sender.json`
  const delivery = `${folder}/delivery.json`
  const mine = quietly(() => spoolName(pid), '')
  const session = quietly(() => crypto.randomUUID())
  const hadState = namesIn(folder).length > 0
  const noticeNow = (): Notice => noticeIn(objectAt(`${folder}/notice.json`))
  const noticeBefore = noticeNow().at
  let noticeHere: Notice | undefined
  let known: Place | undefined
  const place = (): Place => (known ??= placeOf())
  let seen: (readonly [path: string, text: string])[] = []
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
    seen = []
    standing = quietly(
      () =>
        standingOf({
          folder: found,
          isService,
          says: options.says,
          place,
          noticeBefore,
          noticeHere,
          seen: (path, text) => void seen.push([path, text ?? ''])
        }),
      off
    )
    // What others left goes with the first look at a refusal.
    if (standing.state === 'off' && objectAt(`${folder}/consent.json`)['says'] === 'off')
      sweep(/^(?!consent\.json$)/)
    return standing
  }

  function sweep(which: RegExp): void {
    for (const name of namesIn(folder)) if (which.test(name)) remove(`${folder}/${name}`)
  }

  /** Why nothing is recorded, though it is on. */
  function hindrance(): string {
    if (standing.agreed.terms !== termsDigest) return 'what is reported has changed: accept it'
    return place().isUnattended ? 'never in CI, tests and functions' : ''
  }

  const isOpen = (): boolean => found !== undefined && look().state === 'on' && hindrance() === ''

  function flushPending(): void {
    const taken = pending
    pending = []
    if (taken.length === 0 || !isOpen()) return
    const records = taken.flatMap((each) => {
      const record = readRecord(each, standing.level, () => (lost += 1))
      return record ? [{ seq: seq++, ...record }] : []
    })
    while (records.length > 0) {
      const some: object[] = []
      for (let bytes = 0; records.length > 0 && bytes < fileBytesMax;) {
        const record = records.shift() ?? {}
        bytes += Buffer.byteLength(json(record))
        // A record that is larger than this is a mistake of its program.
        if (bytes < 2 * fileBytesMax) some.push(record)
      }
      const written = Date.now()
      const run = {
        session,
        version: options.version,
        contract: contractDigest,
        consent: {
          level: levelNames[hasLevels ? standing.level : 0],
          accepted: standing.agreed.terms
        },
        environment: environmentOf(place(), isService),
        records: some
      }
      if (addToSpool(folder, mine + windowAt(written), json({ written, lost, run }))) lost = 0
    }
  }

  const address = (): string =>
    addressOf(
      [
        standing.endpoint,
        options.endpoint,
        ...endpointVariables.map((name) => env[name]),
        usualEndpoint
      ].find((each): each is string => typeof each === 'string' && each.trim() !== '') ?? '',
      options.insecure === true
    )

  /** Bodies as they will be sent. Whoever makes its file has the turn, for a minute at most. */
  function takeTurn(): readonly string[] | undefined {
    const age = quietly(() => Date.now() - files.statSync(turn).mtimeMs, 0)
    if (Math.abs(age) > 60_000) remove(turn)
    if (!write(turn, '{}', true)) return undefined
    const levels = hasLevels ? levelNames.slice(0, standing.level + 1) : []
    const bodies = freeze(folder, freeSpools(folder, mine), levels)
    if (bodies.length === 0) remove(turn)
    return bodies
  }

  /** Starts what sends, where something waits and its time has come. */
  function start(isAsked = false): import('node:child_process').ChildProcess | undefined {
    // A container that keeps nothing, or ends with this program, ends what sends for it too.
    const isFleeting = (): boolean => place().isContainer && !isService && (!hadState || pid === 1)
    const isTime = (): boolean =>
      isAsked || (!isLookedAt && isDue(objectAt(delivery)) && !isFleeting())
    const url = isOpen() && isTime() ? address() : ''
    if (url === '' || isBehindProxy() || !takeTurn()?.length) return undefined
    // Whoever had the turn has written when the next period begins before giving it back.
    if (!isTime()) return remove(turn) as undefined
    const kept = objectAt(delivery)
    const failures = (Number(kept['failures']) || 0) + 1
    write(turn, json({ url, product: productName, seen, failures } satisfies Brief))
    const now = Date.now()
    const notBefore = now + 60_000 * 4 ** Math.min(failures, 5)
    write(delivery, json({ ...kept, written: now, failures, notBefore }))
    const code = `(${sendWaiting})(${quietly},process.argv[2])`
    const child = getBuiltinModule('node:child_process')
      .spawn(process.execPath, ['-e', code, '--', `${productName}-telemetry-sender`, folder], {
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
    if (!isFirst && (state !== 'on' || agreed.terms === termsDigest)) return
    if (shown.terms?.terms === termsDigest || (isFirst && !isOptOut && shown.at)) return
    if (!isService && (options.machineOutput || !place().isRead)) return
    const at = new Date()
    const until = at.getTime() + (isService ? graceMs : 0)
    const notice = { at, until, terms: termsNow }
    const before = isFirst ? {} : { terms: agreed, by: 'notice' }
    // What can't be marked would be shown again at every start.
    if (!found || !write(`${folder}/notice.json`, json({ candor: 1, ...before, notice }))) {
      if (!isService) return
      noticeHere = notice
    }
    const { command } = options
    const when = isService ? `the next ${graceMs / 3_600_000} hours` : 'this run'
    const first = isFirst ? '' : `What ${productTitle} reports has changed, and waits. `
    const then = isOptOut
      ? `Nothing of it is sent in ${when}.`
      : 'Nothing is sent unless you say yes, and this is said once.'
    const yes = command ? `${command} accept` : `${variable}=on`
    const no = `${command ? `${command} off, ` : ''}${variable}=off, DO_NOT_TRACK=1`
    const ways = `Say yes: ${yes}. Say no at any time: ${no}. ${pageText}`.trim()
    const text = `${first}${noticeText}\n${then}\n${ways}`
    if (isService && options.log) text.split('\n').forEach((line) => options.log?.(line))
    else process.stderr.write(`${text}\n`)
  }

  function status(): string {
    const { state, because } = standing
    const last = objectAt(delivery)['last'] as
      | { readonly at: string; readonly answer: string }
      | undefined
    const isOn = state === 'on'
    const why = isOn && (hindrance() || (address() ? '' : 'no endpoint'))
    return [
      why
        ? `Nothing is sent: ${why}.`
        : `Telemetry is ${state}: ${because || 'nobody has said yes'}.`,
      ...(isOn ? [`Level ${levelNames[hasLevels ? standing.level : 0]}, to ${address()}.`] : []),
      ...(last ? [`${last.at}: ${last.answer}.`] : [])
    ].join('\n')
  }

  function say(says: 'on' | 'off'): ReturnType<Client['telemetry']> {
    // What was recorded before a yes is never sent after it.
    if (!isOpen()) sweep(/^(?:spool|taken|outbox)/)
    const terms = says === 'on' ? termsNow : undefined
    if (
      !found ||
      !write(`${folder}/consent.json`, json({ candor: 1, says, at: new Date(), terms }))
    )
      return {
        code: 1,
        text: `${folder} can't be written. Set DO_NOT_TRACK=1, or use /etc/candor.d.`
      }
    remove(`${folder}/notice.json`)
    look()
    return { code: 0, text: status() }
  }

  function atExit(): void {
    isEnding = true
    quietly(flushPending)
    quietly(start)
  }

  const timer = setInterval(
    () => quietly(start),
    isService ? 300_000 * (1 + Math.random()) : 5_000
  ).unref()
  process.on('exit', atExit)
  // After this turn, so that the host's configuration has had its say.
  setImmediate(() => isClosed || quietly(showNotice)).unref()

  return {
    record(name, fields) {
      if (isClosed || standing.state !== 'on') return
      quietly(() => {
        pending.push({ name, at: Date.now(), fields: copied(fields) })
        if (isEnding) flushPending()
        else if (pending.length === 1) setImmediate(() => quietly(flushPending)).unref()
        else if (pending.length > 10_000) pending.shift()
      })
    },
    async flush() {
      quietly(flushPending)
      const child = quietly(() => start(true))
      if (child) await new Promise((resolve) => child.once('close', resolve))
      return status()
    },
    close() {
      if (!isClosed) atExit()
      isClosed = true
      clearInterval(timer)
      process.off('exit', atExit)
    },
    telemetry(verb) {
      isLookedAt = true
      quietly(flushPending)
      look()
      if (verb === 'on' || verb === 'off') return say(verb)
      if (verb === 'accept') return say('on')
      if (verb !== 'preview') return { code: 0, text: status() }
      if (!isOpen()) return { code: 0, text: '# Nothing waits: nothing is kept before a yes.' }
      const bodies = takeTurn()
      if (bodies?.length) remove(turn)
      const text = bodies?.length === 0 ? '# Nothing waits.' : bodies?.join('\n')
      return { code: 0, text: text ?? '# It is being sent at this moment.' }
    }
  }
}
