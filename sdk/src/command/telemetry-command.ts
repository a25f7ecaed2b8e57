/** The `telemetry` subcommand of any program: what its users see, and what they can do about it. */
import { sends } from '../consent/decision.ts'
import type { Controls, Delivery, Status } from '../telemetry.ts'
import { openPage, writePage } from './open-page.ts'
import { receiptLines } from './switches.ts'
import { keptId, keptLines } from './unkept.ts'
import { viewPage } from './view-page.ts'
import { counted, heard } from './wording.ts'

export interface CommandSurroundings {
  /** Standard output, line breaks included. */
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** How the program spells the subcommand, for help and hints: `dlt telemetry`. */
  readonly name: string
  /** Reads a file for `import`; default: from the disk. */
  readonly readFile?: (path: string) => Promise<string>
  /** Shows a page; default: in the user's browser, if this is a terminal. */
  readonly open?: (path: string) => Promise<void>
}

interface Verb {
  readonly says: string
  readonly words?: string
  run(controls: Controls, asked: ParsedArguments, surroundings: CommandSurroundings): Promise<Told>
}

/** What is printed for people, and the same as data. */
interface Told {
  readonly text: string
  readonly data: unknown
  readonly exitCode?: number
}

interface ParsedArguments {
  readonly flags: ReadonlySet<string>
  readonly values: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

const verbs: { readonly [name: string]: Verb } = {
  status: {
    says: 'whether telemetry is on, why, and where it goes (also without a verb)',
    async run(controls) {
      const status = await controls.status()
      return told(statusText(status), status)
    }
  },
  on: {
    says: 'switch it on for you; --level NAME chooses how much',
    words: '[--level NAME]',
    async run(controls, { values }) {
      const level = values.get('level')
      const status = await controls.on(level === undefined ? {} : { level })
      return changed(status, 'on')
    }
  },
  off: {
    says:
      'switch it off for good and remove what waits; --forget also has what was sent erased, ' +
      '--project writes the project’s file too',
    words: '[--forget] [--project]',
    async run(controls, { flags }) {
      const result = await controls.off({
        forget: flags.has('forget'),
        project: flags.has('project')
      })
      const lines = [
        ...keptLines(firstLines(result.status), result.status, 'off'),
        ...receiptLines(result.receipts)
      ]
      if (result.forgotten?.is === 'failed')
        lines.push(`The request to erase could not be sent: ${result.forgotten.says}.`)
      if (result.forgotten?.is === 'requested')
        lines.push('What was sent will be erased within 72 hours.')
      return {
        text: lines.join('\n'),
        data: result,
        exitCode: result.forgotten?.is === 'failed' || result.status.unkept !== undefined ? 1 : 0
      }
    }
  },
  local: {
    says: 'record, but send nothing: look with `preview`, carry out with `export`',
    run: async (controls) => changed(await controls.local(), 'local')
  },
  preview: {
    says: 'the exact bytes of the next delivery; nothing is sent',
    async run(controls) {
      const preview = await controls.preview()
      const { silent, bodies, example, url } = preview
      const head = [
        ...(silent === undefined ? [] : [`# Nothing would be sent now: ${silent}`]),
        ...(bodies.length === 0 ? ['# Nothing waits.'] : [`# To ${url ?? 'nowhere'}`])
      ]
      const made =
        example.length === 0
          ? []
          : [
              '# An example, made up from the contract and from this machine: none of it ' +
                `happened. To ${url ?? 'nowhere'}`,
              ...example
            ]
      return told([...head, ...bodies, ...made].join('\n'), preview)
    }
  },
  view: {
    says: 'all of it as a page in your browser: one file, nothing is loaded',
    async run(controls, _asked, { name, open = openPage }) {
      const [status, preview, log, diff] = await Promise.all([
        controls.status(),
        controls.preview(),
        controls.log(),
        controls.diff()
      ])
      const page = viewPage({ status, preview, log, diff, command: name })
      const path = await writePage(status.product, page)
      await open(path)
      return told(path, { path })
    }
  },
  log: {
    says: 'everything that was sent: the last 100 reports, or 90 days',
    async run(controls) {
      const entries = await controls.log()
      const lines = entries.flatMap(({ at, url, status, body }) => [
        `# ${at} ${url} ${heard(status)}`,
        body
      ])
      return told(lines.length === 0 ? '# Nothing was sent.' : lines.join('\n'), entries)
    }
  },
  diff: {
    says: 'what is asked since you last agreed',
    async run(controls) {
      const diff = await controls.diff()
      const none = diff.accepted
        ? 'Nothing is asked that you did not agree to.'
        : 'You were not asked yet.'
      const stops = diff.stops ? ['Until you accept, nothing is sent at all.'] : []
      return told(
        diff.asks.length === 0
          ? none
          : [...diff.asks.map((each) => `+ ${each}`), ...stops].join('\n'),
        diff
      )
    }
  },
  accept: {
    says: 'agree to what `diff` shows',
    run: async (controls) => changed(await controls.accept(), 'on')
  },
  'reset-id': {
    says: 'a new random id; what was sent before is not tied to it',
    run: async (controls) => {
      const status = await controls.reset()
      return { ...keptId(status), data: status }
    }
  },
  forget: {
    says: 'have what was sent erased by the collector',
    async run(controls) {
      const result = await controls.forget()
      const text = {
        requested: 'Asked for. What was sent will be erased within 72 hours.',
        nothing: 'Nothing was sent that could be erased.',
        failed:
          result.is === 'failed'
            ? ['Not sent: ', result.says, ...receiptLines(result.keys)].join('\n')
            : ''
      }[result.is]
      return { text, data: result, exitCode: result.is === 'failed' ? 1 : 0 }
    }
  },
  send: {
    says: 'send what waits now, and say how that went',
    async run(controls) {
      return delivered(await controls.import(''))
    }
  },
  export: {
    says: 'what waits, as lines for a site without a network',
    run: async (controls) => {
      const lines = await controls.export()
      return told(lines, { lines: lines.split('\n').filter((line) => line !== '') })
    }
  },
  import: {
    says: 'send what another machine exported',
    words: 'FILE',
    async run(controls, { words }, { readFile = readText }) {
      const path = words[0]
      if (path === undefined) return misused('import needs the file that `export` wrote')
      let lines: string
      try {
        lines = await readFile(path)
      } catch {
        return misused(`${path} can’t be read`)
      }
      const delivery = await controls.import(lines)
      return delivered(delivery)
    }
  },
  verify: {
    says: 'hold this build’s contract against the published one',
    async run(controls) {
      const result = await controls.verify()
      const text = {
        same: 'This build reports under a contract that its collector publishes.',
        differs:
          result.is === 'differs'
            ? `This build has ${result.own}, which its collector does not publish.`
            : '',
        unknown: result.is === 'unknown' ? `Not known: ${result.says}.` : ''
      }[result.is]
      return { text, data: result, exitCode: result.is === 'same' ? 0 : 1 }
    }
  },
  compare: {
    says: 'where you stand in the fleet, by a published fleet.json; asks nobody',
    words: 'FILE',
    async run(controls, { words }, { readFile = readText }) {
      const path = words[0]
      if (path === undefined) return misused('compare needs the file `fleet.json` of the numbers')
      let text: string
      try {
        text = await readFile(path)
      } catch {
        return misused(`${path} can’t be read`)
      }
      const found = await controls.compare(text)
      return { text: found.says.join('\n'), data: found, exitCode: found.is === 'compared' ? 0 : 1 }
    }
  },
  test: {
    says: 'send one marked event and print the answer',
    async run(controls) {
      const answer = await controls.test()
      const text = answer.is === 'answered' ? `${answer.status} ${answer.body}` : answer.says
      return {
        text,
        data: answer,
        exitCode: answer.is === 'answered' && answer.status < 300 ? 0 : 1
      }
    }
  },
  versions: {
    says: 'the newest version and advisories; works with telemetry off',
    async run(controls) {
      const versions = await controls.versions()
      const advisories = versions.advisories.map(
        ({ id, severity, title, fixed, url }) =>
          `${severity} ${id}: ${title}${fixed === undefined ? '' : `; fixed in ${fixed}`}` +
          `${url === undefined ? '' : ` ${url}`}`
      )
      return told([versions.says, ...advisories].join('\n'), versions)
    }
  }
}

/** The verbs with what they do, for a program's own help. */
export const telemetryVerbs: readonly { readonly name: string; readonly says: string }[] =
  Object.entries(verbs).map(([name, { says }]) => ({ name, says }))

/**
 * Runs the subcommand with the words behind its name. Resolves to the exit code: 0 done, 1 not
 * done, 2 misused. Never rejects.
 *
 * @example
 * process.exitCode = await telemetryCommand(telemetry.controls, ['status'], { name: 'dlt
 * telemetry', out: write, err: write })
 */
export async function telemetryCommand(
  controls: Controls,
  words: readonly string[],
  surroundings: CommandSurroundings
): Promise<number> {
  const asked = readWords(words)
  const [name = 'status', ...rest] = asked.words
  if (asked.flags.has('help') || name === 'help') {
    surroundings.out(helpText(surroundings.name))
    return 0
  }
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined
  const format = asked.values.get('format') ?? 'text'
  const isMisused = verb === undefined || (format !== 'text' && format !== 'json')
  if (isMisused) {
    const fault =
      verb === undefined ? `There is no \`${name.slice(0, 40)}\`` : 'The format is `text` or `json`'
    surroundings.err(`${fault}; see \`${surroundings.name} help\`.\n`)
    return 2
  }
  const {
    text,
    data,
    exitCode = 0
  } = await verb.run(controls, { ...asked, words: rest }, surroundings)
  if (exitCode === 2) surroundings.err(`${text}; see \`${surroundings.name} help\`.\n`)
  else
    surroundings.out(
      format === 'json' ? `${JSON.stringify(data, null, 2)}\n` : `${text.replace(/\n$/, '')}\n`
    )
  return exitCode
}

const takesValue: ReadonlySet<string> = new Set(['level', 'format'])

function readWords(words: readonly string[]): ParsedArguments {
  const flags = new Set<string>()
  const values = new Map<string, string>()
  const plain: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? ''
    const [, name = '', value] = /^--([a-z-]+)(?:=(.*))?$/.exec(word) ?? []
    if (word === '-h') flags.add('help')
    else if (name === '') plain.push(word)
    else if (!takesValue.has(name)) flags.add(name)
    else if (value !== undefined) values.set(name, value)
    else values.set(name, words[(index += 1)] ?? '')
  }
  return { flags, values, words: plain }
}

const readText = async (path: string): Promise<string> =>
  (await import('node:fs/promises')).readFile(path, 'utf8')

function delivered(delivery: Delivery): Told {
  return {
    text: deliveryText(delivery),
    data: delivery,
    exitCode: delivery.is === 'sent' || delivery.is === 'nothing' ? 0 : 1
  }
}

function deliveryText(delivery: Delivery): string {
  switch (delivery.is) {
    case 'sent':
      return sentText(delivery)
    case 'nothing':
      return 'Nothing waits.'
    case 'kept':
      return `Not sent, and kept: ${delivery.says}.`
    case 'silent':
      return `Nothing is sent: telemetry is ${delivery.state}.`
  }
}

/** What the collector did not keep is not told as sent only. */
function sentText({ records, reports, dropped }: Delivery & { readonly is: 'sent' }): string {
  const whole = dropped.filter(({ field }) => field === undefined)
  const lines = [
    `Sent ${counted(records, 'record')} in ${counted(reports, 'report')}${
      whole.length === 0
        ? ''
        : `; the collector kept ${Math.max(0, records - whole.length)} of them`
    }.`
  ]
  const kinds = new Map<string, number>()
  for (const { name, code, field } of dropped) {
    const what = `${name}${field === undefined ? '' : `.${field}`}: ${code}`
    kinds.set(what, (kinds.get(what) ?? 0) + 1)
  }
  for (const [what, times] of kinds)
    lines.push(`  not kept: ${what}${times > 1 ? ` (${times} times)` : ''}`)
  return lines.join('\n')
}

/** After a word for good: whether it holds, and what holds where it could not be kept. */
function changed(status: Status, to: 'on' | 'local'): Told {
  return {
    text: keptLines(firstLines(status), status, to).join('\n'),
    data: status,
    exitCode: status.state === to && status.unkept === undefined ? 0 : 1
  }
}

function told(text: string, data: unknown): Told {
  return { text, data }
}

function misused(text: string): Told {
  return { text, data: { error: text }, exitCode: 2 }
}

function firstLines({ state, because, missing, level, stops }: Status): string {
  if (sends({ state }) && stops !== undefined) return `Telemetry waits for you: ${stops}.`
  const atLevel = sends({ state }) && level !== undefined ? `, up to the level ${level}` : ''
  const why = because.source === 'default' ? '' : ` (${because.where})`
  return [
    `Telemetry is ${state}${atLevel}${why}.`,
    ...(missing === undefined ? [] : [`It would take: ${missing}`])
  ].join('\n')
}

/** Everything that `status` knows, a line each; what was asked first stands first. */
export function statusText(status: Status): string {
  const row = (name: string, text: string): string => `  ${name.padEnd(12)}${text}`
  const spoken = status.sayings.filter(
    ({ source, says }) =>
      says !== undefined && (source !== 'default' || source === status.because.source)
  )
  const { because } = status
  const decider = spoken.findIndex(
    ({ source, where, says }) =>
      source === because.source && where === because.where && says === because.says
  )
  const sayings = spoken.map(({ where, says }, index) =>
    row(index === decider ? 'decided by' : 'also says', `${says}: ${where}`)
  )
  const { identity, waiting } = status
  const id = identity.id === undefined ? identity.kind : `${identity.id} (${identity.kind})`
  return [
    firstLines(status),
    row('product', `${status.product} ${status.version}`),
    ...sayings,
    ...status.levels.map(({ name, says, accepted }) =>
      row('level', `${accepted ? '✓' : '·'} ${name}: ${says}`)
    ),
    ...status.endpoints.map(({ what, url, from, contacted }) =>
      row(what, `${url} (${from})${contacted ? '' : ', not contacted'}`)
    ),
    ...status.required.map(({ state, says }) => row('required', `${state}: ${says}`)),
    row('id', id),
    ...(identity.account === undefined ? [] : [row('account', identity.account)]),
    row(
      'waiting',
      `${counted(waiting.records, 'record')}, ${waiting.bytes} ` +
        `bytes${waiting.lost === 0 ? '' : `, ${waiting.lost} lost`}`
    ),
    ...(status.lastDelivery === undefined
      ? []
      : [row('last try', `${status.lastDelivery.at}: ${status.lastDelivery.answer}`)]),
    ...(status.mutedUntil === undefined ? [] : [row('muted until', status.mutedUntil)]),
    row('versions', `${status.versionCheck.is}: ${status.versionCheck.because}`),
    row('folder', status.folder ?? 'none can be written'),
    ...status.warnings.map((warning) => row('note', warning))
  ].join('\n')
}

function helpText(name: string): string {
  const usage = (verb: string, { words = '' }: Verb): string => `${verb} ${words}`.trim()
  const width =
    Math.max(...Object.entries(verbs).map(([verb, entry]) => usage(verb, entry).length)) + 2
  const lines = Object.entries(verbs).map(
    ([verb, entry]) => `  ${usage(verb, entry).padEnd(width)}${entry.says}`
  )
  return `${name} VERB [--format text|json]\n\n${lines.join('\n')}\n`
}
