/**
 * The tables of one record: its fields with their bounds and reasons, and what is dropped of it.
 */
import type { DisclosedField } from './disclosed-fields.ts'
import type { DisclosedRecord, Disclosure } from './disclosure.ts'
import { paragraph, referenceTo, strong, type Block } from './document.ts'
import { code } from '../type-words.ts'

const kinds: Readonly<Record<DisclosedRecord['kind'], string>> = {
  event: 'Event',
  snapshot: 'Snapshot (only the latest of an installation counts)',
  counter: 'Counter (added up)'
}

export function recordBlocks(record: DisclosedRecord, disclosure: Disclosure): readonly Block[] {
  const { since, owner, expires, every, aliases, shares } = record
  const about = [
    `${kinds[record.kind]}, level ${code(record.level)}.`,
    since === undefined ? '' : `Since ${since}.`,
    every === undefined ? '' : `How often: ${every}.`,
    ...tellingOf(record),
    record.serves.length === 0 ? '' : `For ${record.serves.map(code).join(', ')}.`,
    owner === undefined ? '' : `Answered for by: ${owner}.`,
    expires === undefined ? '' : endOf(expires),
    aliases.length === 0
      ? ''
      : `Existing clients and pages also call it ${aliases.map(code).join(', ')}.`
  ]
  const nothing = shares.length === 0 && record.fields.every(({ fields }) => !fields.some(isKept))
  return [
    { is: 'heading', level: 3, text: code(record.name) },
    { is: 'paragraph', text: record.when },
    { is: 'paragraph', text: about.filter((part) => part !== '').join(' ') },
    ...record.fields.flatMap(({ of, fields }) => [
      ...(of === undefined || record.fields.length === 1
        ? []
        : [paragraph(strong(of.replaceAll('_', ' ')))]),
      ...fieldBlocks(fields, disclosure, record.level)
    ]),
    ...(shares.length === 0
      ? []
      : [
          paragraph(
            `${record.fields.length === 0 ? 'It has' : 'It also has'} the shared fields of ` +
              `${shares.map(toShared).join(', ')}.`
          )
        ]),
    ...(nothing
      ? [paragraph('No field of it is kept: that it happened is all that is known.')]
      : [])
  ]
}

/** What users are told of a record beside its fields; nothing where it is as they expect. */
function tellingOf({ telling, fields }: DisclosedRecord): readonly string[] {
  const { identity, time, sample, sensitivity = 'technical' } = telling
  const others = fields.flatMap((part) =>
    part.fields.flatMap(({ path, sensitivity: own }) =>
      own === undefined || own === sensitivity ? [] : [`${code(path)} is ${own}`]
    )
  )
  return [
    identity === undefined ? '' : 'It travels in a report of its own that carries no id.',
    time === undefined ? '' : `When it happened is told to the ${time}.`,
    sample === undefined
      ? ''
      : `Only ${Number((sample * 100).toPrecision(4))} % of them are sent, chosen by chance.`,
    sensitivity === 'technical' && others.length === 0
      ? ''
      : `What kind of thing it tells: ${[sensitivity, ...others].join('; ')}.`
  ]
}

export function sharedBlocks(
  shared: Disclosure['shared'][number],
  disclosure: Disclosure
): readonly Block[] {
  const everywhere = shared.records.length === disclosure.records.length
  return [
    { is: 'heading', level: 3, text: sharedHeading(shared.name) },
    paragraph(
      everywhere
        ? 'Part of every record.'
        : shared.records.length > recordsNamedMax
          ? `Part of ${shared.records.length} records, which say so.`
          : `Part of ${shared.records.map(toRecord).join(', ')}.`
    ),
    ...fieldBlocks(shared.fields, disclosure, undefined)
  ]
}

export function listBlocks({ lists }: Disclosure): readonly Block[] {
  if (lists.length === 0) return []
  return [
    { is: 'heading', level: 3, text: listsHeading },
    ...lists.map(({ name, values }) =>
      paragraph(`${code(name)}, ${values.length} words: ${values.map(code).join(', ')}.`)
    )
  ]
}

/** More names than these nobody reads in a row. */
const recordsNamedMax = 8

/** `never, because it is …` is authored as one text. */
function endOf(expires: string): string {
  const reason = /^never(?:, *(?:because )?(.*))?$/s.exec(expires)
  if (reason === null) return `Collected until ${expires}.`
  return `Collected without an end${reason[1] === undefined ? '' : `: ${reason[1]}`}.`
}

const listsHeading = 'Long lists of words'

function sharedHeading(name: string): string {
  return `Shared fields: ${name.replaceAll('_', ' ')}`
}

/**
 * `level` is that of the record, or undefined for several: a column that only repeats it is left
 * out.
 */
function fieldBlocks(
  fields: readonly DisclosedField[],
  disclosure: Disclosure,
  level: string | undefined
): readonly Block[] {
  const kept = fields.filter(isKept)
  const [dropped, elsewhere] = (['drops', 'elsewhere'] as const).map((how) =>
    fields.filter((field) => field.collector === how)
  )
  const levelsDiffer = kept.some((field) => field.level !== level)
  const keptTable = tableOf(kept, [
    ['field', (field) => code(field.path)],
    ['what it is', meaning],
    [
      'values',
      (field) =>
        field.form.replace(/(?<=the list )`[^`]+`/, (name) => referenceTo(listsHeading, name))
    ],
    [
      'level',
      (field) =>
        !levelsDiffer ? '' : field.level === undefined ? "its record's" : code(field.level)
    ],
    [
      'for',
      (field) =>
        disclosure.questions.length === 0
          ? ''
          : (field.serves?.map(code).join(', ') ?? "its record's")
    ],
    ['sent and kept', treatment]
  ])
  const restTable = (
    rest: readonly DisclosedField[] = [],
    says: string,
    why: string
  ): readonly Block[] =>
    rest.length === 0
      ? []
      : [
          paragraph(says),
          ...tableOf(rest, [
            ['field', (field) => `${code(field.path)}${place(field)}`],
            [
              'what it is',
              (field) =>
                field.says === field.path.replace(/^.*[.]/, '').replaceAll('_', ' ')
                  ? ''
                  : field.says
            ],
            [why, (field) => field.because ?? '']
          ])
        ]
  return [
    ...keptTable,
    ...restTable(
      elsewhere,
      'Existing clients also send these. Their values are kept, but not as fields:',
      'what becomes of it'
    ),
    ...restTable(
      dropped,
      'Existing clients also send these. The collector drops them unread:',
      'why it is dropped'
    )
  ]
}

/** What it is, since when, until when, and from which version on it means something else. */
function meaning({ says, since, expires, changed }: DisclosedField): string {
  const parts = [
    `${says}${since === undefined ? '' : ` (since ${since})`}`,
    ...(changed ?? []).map((change) => `since ${change.since}: ${change.says}`),
    expires === undefined ? '' : endOf(expires).replace(/^C/, 'c').replace(/[.]$/, '')
  ]
  return parts.filter((part) => part !== '').join('; ')
}

function isKept({ collector }: DisclosedField): boolean {
  return collector !== 'drops' && collector !== 'elsewhere'
}

type ColumnOf = readonly [head: string, cell: (field: DisclosedField) => string]

/** Without columns that have nothing to say. */
function tableOf(
  fields: readonly DisclosedField[],
  columns: readonly ColumnOf[]
): readonly Block[] {
  if (fields.length === 0) return []
  const telling = columns.filter(([, cell]) => fields.some((field) => cell(field) !== ''))
  return [
    {
      is: 'table',
      head: telling.map(([head]) => head),
      rows: fields.map((field) => telling.map(([, cell]) => cell(field)))
    }
  ]
}

/** Who sends it, where it lies with them, and what the collector makes of it. */
function treatment(field: DisclosedField): string {
  const because = field.because === undefined ? '' : `: ${field.because}`
  const parts = [
    field.sentBy === 'existing-clients'
      ? `Only existing clients send it${field.collector === 'keeps' ? because : ''}.`
      : '',
    place(field) === '' ? '' : `${place(field).trim().replace(/^at/, 'At')}.`,
    field.collector === 'token' ? `Kept as a token${because}.` : '',
    field.collector === 'reduces' ? `Reduced on arrival${because}.` : '',
    field.onlyWhen === undefined
      ? ''
      : Object.entries(field.onlyWhen)
          .map(
            ([other, values]) => `Kept only where ${code(other)} is ${values.map(code).join(', ')}.`
          )
          .join(' ')
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function place({ at }: DisclosedField): string {
  return at.length === 0 ? '' : ` at ${at.map(code).join(' or ')}`
}

function toShared(name: string): string {
  return referenceTo(sharedHeading(name), name.replaceAll('_', ' '))
}

function toRecord(name: string): string {
  return referenceTo(code(name), code(name))
}
