/**
 * Reads `editions`: each stream of one is a contract of its own, which takes from the open one what
 * it does not say.
 */
import {
  booleanOf,
  entriesOf,
  listed,
  membersOf,
  note,
  noteMissing,
  shown,
  textOf,
  wordOf,
  type Authored,
  type Entries
} from './authored.ts'
import { legalBases, type Contract, type Edition, type Stream } from '../form/contract.ts'
import { noteName } from './parse-fields.ts'
import { required } from './parse-frame.ts'
import type { Source } from './source.ts'
import { noteWaivers } from './waivers.ts'

/** What an edition may say. */
export const editionKeys = ['title', 'says', 'streams']

/** What makes a stream one, beside what any contract says. */
const ownKeys = ['required', 'basis', 'because', 'account']

/** Said for each stream, since what the open edition says of itself does not hold for it. */
const saidKeys = [
  'purpose',
  'contact',
  'recipients',
  'identity',
  'questions',
  'groups',
  'events',
  'snapshots',
  'counters',
  'waive'
]

/** Said for a stream, or as in the open edition. */
const inheritedKeys = ['location', 'retention', 'controls', 'endpoint', 'never']

/** What a stream may say. */
export const streamKeys = [...ownKeys, ...saidKeys, ...inheritedKeys]

/** What all streams have from the open edition, and cannot say. */
const sharedKeys = ['candor', 'source', 'consent', 'environment', 'types', 'delivery', 'retired']

const editionsMax = 20
const streamsMax = 20

type Frame = Pick<Contract, 'product' | 'identity' | 'records'>
type ReadPart = (part: Pick<Authored, 'source' | 'path' | 'problems'>) => Contract | undefined

export function readEditions(
  root: Authored,
  at: Authored | undefined,
  open: Frame,
  readPart: ReadPart
): ReadonlyMap<string, Edition> {
  const editions = new Map<string, Edition>()
  if (at === undefined) return editions
  const members = membersOf(at)
  noteTooMany(at, members.size, editionsMax, 'editions')
  const taken = new Map<string, string>(
    [...open.records.values()].flatMap(({ name, aliases }) =>
      [name, ...aliases].map((spelling): [string, string] => [spelling, name])
    )
  )
  const streamNames = new Set<string>()
  for (const [name, authored] of members) {
    noteName(authored, name, 'edition')
    const entries = entriesOf(authored, editionKeys)
    const title = required(authored, entries, 'title', 'give the edition’s name for people')
    const says = required(authored, entries, 'says', 'say who has this edition')
    const streamsAt = entries.get('streams')
    if (authored.source.is === 'map' && streamsAt === undefined)
      noteMissing(authored, 'streams', 'say what it sends beside the open edition’s telemetry')
    const streams: Stream[] = []
    const streamMembers: Entries = streamsAt === undefined ? new Map() : membersOf(streamsAt)
    if (streamsAt !== undefined) noteTooMany(streamsAt, streamMembers.size, streamsMax, 'streams')
    for (const [streamName, streamAt] of streamMembers) {
      noteStreamName(streamAt, streamName, open.product, streamNames)
      const stream = readStream(
        streamAt,
        { name: streamName, edition: name, title, root, open },
        readPart
      )
      if (stream === undefined) continue
      noteTaken(streamAt, stream.contract, taken)
      streams.push(stream)
    }
    streams.sort(
      (one, other) => Number(other.required !== undefined) - Number(one.required !== undefined)
    )
    editions.set(name, {
      name,
      title,
      says,
      streams: new Map(streams.map((stream) => [stream.name, stream]))
    })
  }
  return editions
}

interface Place {
  readonly name: string
  readonly edition: string
  readonly title: string
  readonly root: Authored
  readonly open: Frame
}

function readStream(
  at: Authored,
  { name, edition, title, root, open }: Place,
  readPart: ReadPart
): Stream | undefined {
  const entries = entriesOf(at, streamKeys)
  if (at.source.is !== 'map') return undefined
  const needed = readRequired(at, entries)
  const { says, from } = readAccount(entries.get('account'))
  noteWaivers(entries.get('waive'))
  const contract = readPart({
    source: streamSource(root.source, at.source, {
      product: `${open.product}-${name}`,
      title: `${title}: ${name}`
    }),
    path: at.path,
    problems: at.problems
  })
  if (contract === undefined) return undefined
  noteIdentity(entries.get('identity') ?? at, contract.identity, open.identity)
  const identity =
    says === undefined
      ? contract.identity
      : { ...contract.identity, account: true, accountFrom: from }
  return {
    name,
    edition,
    required: needed,
    account: says,
    contract: { ...contract, identity, streamOf: open.product }
  }
}

/**
 * The stream as a document of its own. Everything in it stands where it was written, so that
 * problems point there.
 */
export function streamSource(
  root: Source,
  stream: Source,
  { product, title }: { readonly product: string; readonly title: string }
): Source {
  if (root.is !== 'map' || stream.is !== 'map') return stream
  const { at } = stream
  const said = (value: string): { readonly keyAt: typeof at; readonly value: Source } => ({
    keyAt: at,
    value: { is: 'scalar', value, at }
  })
  return {
    is: 'map',
    at,
    entries: new Map([
      ['product', said(product)],
      ['title', said(title)],
      ...[...root.entries].filter(
        ([key]) =>
          sharedKeys.includes(key) || (inheritedKeys.includes(key) && !stream.entries.has(key))
      ),
      ...[...stream.entries].filter(([key]) => !ownKeys.includes(key))
    ])
  }
}

/** A stream that nobody may do without says on what that stands, and whom to ask about it. */
function readRequired(at: Authored, entries: Entries): Stream['required'] {
  const isRequired = booleanOf(entries.get('required')) ?? false
  const basis = wordOf(entries.get('basis'), legalBases)
  const because = textOf(entries.get('because'))
  if (isRequired) {
    for (const [key, advice] of [
      ['basis', `name the legal basis, one of ${listed(legalBases)}`],
      ['because', 'say in a sentence why nobody may do without it'],
      ['account', 'say whom it concerns, `{ says: …, from: VARIABLE }`'],
      ['contact', 'say whom they ask about it']
    ] as const)
      if (!entries.has(key)) noteMissing(at, key, `a required stream stands on it, so ${advice}`)
    return { basis: basis ?? 'contract', because: because ?? '' }
  }
  for (const key of ['basis', 'because'])
    if (entries.has(key))
      note(
        entries.get(key) ?? at,
        'TYPE_CONFLICT',
        `\`${key}\` belongs to a stream with \`required: true\`: say so, or leave it out.`,
        { onKey: true }
      )
  return undefined
}

function readAccount(at: Authored | undefined): {
  readonly says?: string
  readonly from: string | undefined
} {
  if (at === undefined) return { from: undefined }
  const entries = entriesOf(at, ['says', 'from'])
  const says = required(at, entries, 'says', 'say whom it is, to them')
  const fromAt = entries.get('from')
  const from = textOf(fromAt, { lengthMax: 100 })
  if (fromAt !== undefined && from !== undefined && !/^[A-Za-z_][A-Za-z0-9_]{0,99}$/.test(from))
    note(
      fromAt,
      'NAME_INVALID',
      `\`${shown(from)}\` cannot name a variable: use letters, digits and \`_\`.`
    )
  return { says, from }
}

/** A program has one id, and a stream of it cannot have a finer one. */
function noteIdentity(
  at: Authored,
  stream: Contract['identity'],
  open: Contract['identity']
): void {
  if (stream.kind === 'none') return
  if (stream.kind === 'persistent' && open.kind === 'persistent') return
  note(
    at,
    'TYPE_CONFLICT',
    'A stream is known by the id of its program or by none: say `kind: none`' +
      `${open.kind === 'persistent' ? ' or `persistent`' : ''}.`,
    { onKey: true }
  )
}

/** It is a table's name too, beside its product's. */
function noteStreamName(at: Authored, name: string, product: string, names: Set<string>): void {
  if (!/^[a-z][a-z0-9]*$/.test(name) || `${product}-${name}`.length > 40)
    note(
      at,
      'NAME_INVALID',
      `\`${shown(name)}\` cannot name a stream: use \`a-z\` and \`0-9\`, a letter first, and ` +
        `with \`${product}-\` before it at most 40 of them.`,
      { onKey: true }
    )
  if (names.has(name))
    note(at, 'NAME_DUPLICATE', `\`${shown(name)}\` already names a stream: choose another name.`, {
      onKey: true
    })
  names.add(name)
}

function noteTaken(at: Authored, { records }: Contract, taken: Map<string, string>): void {
  for (const { name, aliases } of records.values())
    for (const spelling of [name, ...aliases]) {
      const other = taken.get(spelling)
      if (other !== undefined)
        note(
          at,
          'NAME_DUPLICATE',
          `\`${shown(spelling)}\` already names \`${other}\`, outside this stream: choose ` +
            'another name or alias.',
          { onKey: true }
        )
      taken.set(spelling, name)
    }
}

function noteTooMany(at: Authored, count: number, countMax: number, what: string): void {
  if (count > countMax)
    note(at, 'LIMIT_EXCEEDED', `There are ${count} ${what}: keep them within ${countMax}.`)
}
