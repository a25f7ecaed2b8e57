/** Writes a proposed contract as YAML that a maintainer goes through line by line. */
import { Document, type Pair } from 'yaml'
import type { Observed } from './observe.ts'
import { layOut, pairOf, remark } from './yaml-layout.ts'

export type ProposedField = {
  readonly name: string
  readonly from: string | undefined
  readonly observed: Observed
} & (
  | {
      readonly is: 'kept'
      readonly spell: Readonly<Record<string, unknown>>
      readonly review: readonly string[]
    }
  | { readonly is: 'object'; readonly members: readonly ProposedField[] }
  | { readonly is: 'dropped'; readonly because: string }
)

export interface ProposedRecord {
  readonly name: string
  /** Names that were sent, where they are spelled differently. */
  readonly sent: readonly string[]
  readonly count: number
  readonly fields: readonly { readonly field: ProposedField; readonly seen: number }[]
}

export interface Proposal {
  readonly product: string
  readonly today: string
  readonly records: readonly ProposedRecord[]
  readonly seen: {
    readonly events: number
    readonly unreadable: number
    readonly brokenLines: readonly number[]
    readonly beyond: number
    readonly undeclared: number
    readonly names: number
  }
}

type Json = Readonly<Record<string, unknown>>

export function writeContract(proposal: Proposal): string {
  const { product, records } = proposal
  const year = Number(proposal.today.slice(0, 4)) + 1
  const expires = `${year}${proposal.today.slice(4).replace(/^-02-29$/, '-02-28')}`
  const owner = 'maintainers'
  const document = new Document(
    {
      candor: 1,
      product,
      title: product,
      purpose: 'To see what is used, and what fails.',
      recipients: [
        {
          name: `the maintainers of ${product}`,
          where: 'name the country',
          for: 'deciding what to do next'
        }
      ],
      retention: { records: '90 days', aggregates: '25 months', backups: '30 days' },
      consent: { default: 'opt-in' },
      identity: { kind: 'none', says: 'No id is sent.' },
      questions: { usage: 'What is used, and what fails?' },
      events: Object.fromEntries(
        records.map(({ name, sent, fields }) => [
          name,
          {
            when: `Say when \`${name}\` is sent.`,
            ...(sent.length === 0 ? {} : { aliases: sent }),
            owner,
            expires,
            serves: ['usage'],
            ...(fields.length === 0
              ? {}
              : {
                  fields: Object.fromEntries(fields.map(({ field }) => [field.name, spell(field)]))
                })
          }
        ])
      ),
      controls: [
        { variable: `${product.toUpperCase().replaceAll('-', '_')}_TELEMETRY`, off: 'off' }
      ]
    },
    { version: '1.2', schema: 'core', aliasDuplicateObjects: false }
  )
  document.commentBefore = headOf(proposal)
  for (const [key, says] of Object.entries(frameReviews))
    remark(pairOf(document.contents, key), says)
  const events = pairOf(document.contents, 'events')?.value
  for (const { name, count, fields } of records) {
    const record = pairOf(events, name)
    remark(record, `came ${count} ${count === 1 ? 'time' : 'times'}; say when it is sent`)
    const into = pairOf(record?.value, 'fields')?.value
    for (const { field, seen } of fields)
      remarkField(
        pairOf(into, field.name),
        field,
        seen === count ? 'always there' : `in ${seen} of ${count}`
      )
  }
  return layOut(document)
}

const frameReviews: Readonly<Record<string, string>> = {
  title: 'the name for people',
  purpose: 'in your words',
  recipients: 'everybody who sees the data, and where',
  retention: 'how long it is needed',
  consent: 'opt-in asks first; opt-out still sends nothing before the notice was seen',
  identity: 'none cannot count installations; an id must be random, and never one of the machine',
  questions: 'what each field is for; what serves no question should not be collected',
  controls: 'whether your program heeds it'
}

/** Where to look first: ` (line 11)`. */
function linesOf({ brokenLines, unreadable }: Proposal['seen']): string {
  if (brokenLines.length === 0) return ''
  const more = brokenLines.length < unreadable ? ', …' : ''
  return ` (${brokenLines.length === 1 ? 'line' : 'lines'} ${brokenLines.join(', ')}${more})`
}

function headOf({ seen }: Proposal): string {
  const lines = [
    `Proposed from ${counted(seen.events, 'event')} by \`candor contract infer\`. Nothing ` +
      'here is decided: go through each line marked "review",',
    'take out what you do not need, and run `candor contract check`. What looked personal, ' +
      'or like free text, is dropped.',
    ...(seen.unreadable === 0
      ? []
      : [
          `${counted(seen.unreadable, 'line or value', 'lines or values')} could not be read ` +
            `as an event${linesOf(seen)}.`
        ]),
    ...(seen.beyond === 0
      ? []
      : [
          `${counted(seen.beyond, 'event')} more ${seen.beyond === 1 ? 'was' : 'were'} not ` +
            'looked at.'
        ]),
    ...(seen.names === 0
      ? []
      : [
          `${counted(seen.names, 'event name')} looked like data and ` +
            `${seen.names === 1 ? 'is' : 'are'} not declared.`
        ]),
    ...(seen.undeclared === 0
      ? []
      : [
          `${counted(seen.undeclared, 'key')} of records looked like data or came once, and ` +
            `${seen.undeclared === 1 ? 'is' : 'are'} not declared.`
        ])
  ]
  return lines.map((line) => ` ${line}`).join('\n')
}

function spell(field: ProposedField): Json {
  const from = field.from === undefined ? {} : { from: field.from }
  switch (field.is) {
    case 'kept':
      return { ...field.spell, ...from, says: field.name.replaceAll('_', ' ') }
    case 'dropped':
      return { sdk: 'never', collector: 'drops', because: field.because, ...from }
    case 'object':
      return {
        type: 'object',
        ...from,
        says: field.name.replaceAll('_', ' '),
        fields: Object.fromEntries(field.members.map((member) => [member.name, spell(member)]))
      }
  }
}

function remarkField(pair: Pair | undefined, field: ProposedField, seen: string): void {
  switch (field.is) {
    case 'kept':
      return remark(pair, [seen, 'what it is', ...field.review].join('; '))
    case 'dropped':
      return remark(pair, `${seen}; whether it is needed at all`)
    case 'object': {
      remark(pair, [seen, 'what it is'].join('; '))
      const members = pairOf(pair?.value, 'fields')?.value
      for (const member of field.members)
        remarkField(
          pairOf(members, member.name),
          member,
          `in ${member.observed.seen} of ${field.observed.seen}`
        )
    }
  }
}

function counted(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}
