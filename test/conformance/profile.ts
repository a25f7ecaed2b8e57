/**
 * What the kit must know of a program to try its telemetry: a profile, from a file or from flags.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { Ajv, type JSONSchemaType } from 'ajv'
import { Refusal } from './refusal.ts'
import type { Stop } from './laboratory/launch.ts'
import type { Wire } from './laboratory/wires.ts'

/**
 * How a state is brought about: variables and words of each run, and commands that are run once
 * before.
 */
export interface Way {
  readonly env?: Readonly<Record<string, string>>
  /** Put behind the command. */
  readonly args?: readonly string[]
  readonly run?: readonly (readonly string[])[]
}

export interface Off extends Way {
  readonly leaves?: readonly string[]
}

/**
 * Texts may hold `{endpoint}`, `{feed}`, `{here}` (the profile's folder), `{home}` and `{work}`
 * (the fresh folders of a run).
 */
interface ProfileFile {
  readonly name?: string
  /**
   * Its name in capitals begins the variables `<PRODUCT>_TELEMETRY` and
   * `<PRODUCT>_TELEMETRY_ENDPOINT`.
   */
  readonly product?: string
  readonly command: readonly string[]
  /**
   * Commands that furnish each new home before anything else: a configuration, something to work
   * on.
   */
  readonly setup?: readonly (readonly string[])[]
  /** Of every run; without it, and with a product, `<PRODUCT>_TELEMETRY_ENDPOINT={endpoint}`. */
  readonly env?: Readonly<Record<string, string>>
  /**
   * What makes it report where nobody can be asked; without it, and with a product,
   * `<PRODUCT>_TELEMETRY=on`.
   */
  readonly yes?: Way
  /**
   * Every way to switch it off, by a name for the report. `DO_NOT_TRACK=1` and
   * `<PRODUCT>_TELEMETRY=off` are always tried.
   * `leaves`: globs of the files that keep the refusal, for a way that is for good.
   */
  readonly off?: Readonly<Record<string, Off>>
  /** Absent: it never tells on a terminal, and so must never send undecided. */
  readonly notice?: { readonly text: string; readonly marks?: readonly string[] }
  /** The program without any telemetry: what it does then is its own. */
  readonly baseline?: Way & { readonly command?: readonly string[] }
  /**
   * What it does by itself and a baseline can't show: globs below `home/` and `work/`; `host:port`,
   * `unix:/path`, names, `{feed}`.
   */
  readonly own?: { readonly writes?: readonly string[]; readonly contacts?: readonly string[] }
  /** What it prints to stdout when its work is done: from here on its end is timed. */
  readonly done?: string
  readonly stop?: {
    readonly afterMs?: number
    readonly prints?: string
    readonly signal?: 'SIGTERM' | 'SIGINT'
  }
  /** Regular expressions of what its output has of the day, to be left out of comparisons. */
  readonly varying?: readonly string[]
  /** Prints the next body, or the file that holds it. */
  readonly preview?: { readonly command?: readonly string[]; readonly file?: string }
  /** Delivers what waits; without it, the command itself. */
  readonly deliver?: Way & { readonly command?: readonly string[] }
  /**
   * Records, prints, and stays alive to be killed. `name`: of these records and no others; on an
   * unknown wire, a text that they hold.
   */
  readonly crash?: {
    readonly command: readonly string[]
    readonly prints: string
    readonly records: number
    readonly name: string
  }
  /** A glob of the script that the one process runs which may send once the program has ended. */
  readonly sender?: string
  /** A run that is over before any answer can come; without it, the command itself. */
  readonly short?: readonly string[]
  /** Says no for good, where the refusal is kept in a file: tried where nothing can be written. */
  readonly refuse?: readonly string[]
  readonly wire?: Wire
  /**
   * Lines of the report, by their id or its beginning, that the program does not offer, and why.
   */
  readonly lacks?: Readonly<Record<string, string>>
  /** What a reader of the table should know to be fair. */
  readonly notes?: readonly string[]
}

export interface Profile extends Omit<ProfileFile, 'stop'> {
  readonly name: string
  readonly here: string
  readonly env: Readonly<Record<string, string>>
  readonly yes: Way
  readonly off: Readonly<Record<string, Off>>
  readonly varying: readonly string[]
  readonly lacks: Readonly<Record<string, string>>
  readonly stop: Stop | undefined
}

const texts = { type: 'array', items: { type: 'string' } } as const
const command = { type: 'array', items: { type: 'string' }, minItems: 1 } as const
const variables = {
  type: 'object',
  additionalProperties: { type: 'string' },
  required: []
} as const
const way = { env: variables, args: texts, run: { type: 'array', items: command } } as const
const object = { type: 'object', additionalProperties: false } as const

const schema = {
  ...object,
  required: ['command'],
  properties: {
    $schema: { type: 'string' },
    name: { type: 'string' },
    product: { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]*$' },
    command,
    setup: { type: 'array', items: command },
    env: variables,
    yes: { ...object, properties: way },
    off: {
      type: 'object',
      additionalProperties: { ...object, properties: { ...way, leaves: texts } }
    },
    notice: {
      ...object,
      properties: { text: { type: 'string', minLength: 1 }, marks: texts },
      required: ['text']
    },
    baseline: { ...object, properties: { ...way, command } },
    own: { ...object, properties: { writes: texts, contacts: texts } },
    done: { type: 'string', minLength: 1 },
    stop: {
      ...object,
      properties: {
        afterMs: { type: 'number', minimum: 0 },
        prints: { type: 'string' },
        signal: { enum: ['SIGTERM', 'SIGINT'] }
      }
    },
    varying: texts,
    preview: {
      ...object,
      properties: { command, file: { type: 'string' } },
      minProperties: 1,
      maxProperties: 1
    },
    deliver: { ...object, properties: { ...way, command } },
    crash: {
      ...object,
      properties: {
        command,
        prints: { type: 'string', minLength: 1 },
        records: { type: 'integer', minimum: 1 },
        name: { type: 'string' }
      },
      required: ['command', 'prints', 'records', 'name']
    },
    sender: { type: 'string', minLength: 1 },
    short: command,
    refuse: command,
    wire: { enum: ['native', 'segment', 'posthog', 'raw'] },
    lacks: variables,
    notes: texts
  }
} as const

const isProfile = new Ajv({ allErrors: true }).compile<ProfileFile>(
  schema as unknown as JSONSchemaType<ProfileFile>
)

/** `path` is a file, or a folder that has a `conformance.json`; undefined where it is neither. */
export function profileAt(path: string): Profile | undefined {
  const file = isFolder(path) ? join(path, 'conformance.json') : path
  if (!file.endsWith('.json')) return undefined
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Refusal(
      'PROFILE_INVALID',
      `${file} can't be read: docs/guide/conformance.md says what stands in it`,
      { cause }
    )
  }
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (cause) {
    throw new Refusal(
      'PROFILE_INVALID',
      `${file} is no JSON: ${cause instanceof Error ? cause.message : ''}`,
      { cause }
    )
  }
  return completeProfile(document, dirname(resolve(file)), file)
}

/** Checks a profile's shape and fills in what follows from the product's name. */
export function completeProfile(document: unknown, here: string, from: string): Profile {
  if (!isProfile(document)) {
    const problems = (isProfile.errors ?? []).map(({ instancePath, message = '', params }) => {
      const extra =
        'additionalProperty' in params ? `: ${String(params['additionalProperty'])}` : ''
      return `  ${instancePath === '' ? 'the profile' : instancePath} ${message}${extra}`
    })
    throw new Refusal('PROFILE_INVALID', `${from}:\n${[...new Set(problems)].join('\n')}`)
  }
  for (const pattern of document.varying ?? []) {
    if (!isPattern(pattern))
      throw new Refusal(
        'PROFILE_INVALID',
        `${from}:\n  /varying has no regular expression: ${pattern}`
      )
  }
  const { product, stop } = document
  const prefix = product?.toUpperCase().replaceAll('-', '_')
  return {
    ...document,
    name: document.name ?? product ?? document.command.join(' '),
    here,
    env:
      document.env ??
      (prefix === undefined ? {} : { [`${prefix}_TELEMETRY_ENDPOINT`]: '{endpoint}' }),
    yes: document.yes ?? (prefix === undefined ? {} : { env: { [`${prefix}_TELEMETRY`]: 'on' } }),
    off: {
      'DO_NOT_TRACK=1': { env: { DO_NOT_TRACK: '1' } },
      ...(prefix === undefined
        ? {}
        : { [`${prefix}_TELEMETRY=off`]: { env: { [`${prefix}_TELEMETRY`]: 'off' } } }),
      ...document.off
    },
    varying: document.varying ?? [],
    lacks: document.lacks ?? {},
    stop:
      stop === undefined
        ? undefined
        : { afterMs: stop.afterMs ?? 300, prints: stop.prints, signal: stop.signal ?? 'SIGTERM' }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'g') instanceof RegExp
  } catch {
    return false
  }
}
