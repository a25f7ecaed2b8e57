/** What a contract says about data, consent, places and time, in the pieces that papers share. */
import { nameOf, useOf } from '../generate/disclosure/controls.ts'
import type { DisclosedField } from '../generate/disclosure/disclosed-fields.ts'
import { madePublic } from '../generate/disclosure/made-public.ts'
import { strong, type Block } from '../generate/disclosure/document.ts'
import { listBlocks } from '../generate/disclosure/record-tables.ts'
import { code } from '../generate/type-words.ts'
import { heading, list, paragraph, table, type Paper } from './paper.ts'

/** Each field with the question that it is needed for: nothing is here that answers none. */
export function dataBlocks({ disclosure }: Paper): readonly Block[] {
  const groups = [
    ...disclosure.records.map((record) => ({
      title: record.name,
      says: `${record.when} ${record.every === undefined ? '' : `How often: ${record.every}.`}`,
      level: record.level,
      serves: record.serves,
      sensitivity: record.telling.sensitivity,
      fields: record.fields.flatMap(({ fields }) => fields)
    })),
    ...disclosure.shared.map(({ name, records, fields }) => ({
      title: `${name} (in ${records.length} records)`,
      says: `Shared by ${records.map(code).join(', ')}.`,
      level: undefined,
      serves: [] as readonly string[],
      sensitivity: undefined,
      fields
    }))
  ]
  const data = groups.flatMap(({ title, says, level, serves, sensitivity, fields }) => [
    heading(3, title),
    paragraph(`${says.trim()}${level === undefined ? '' : ` Level ${code(level)}.`}`),
    ...table(
      ['field', 'what it is', 'values', 'needed for', 'kind'],
      fields
        .filter(({ collector }) => collector !== 'drops' && collector !== 'elsewhere')
        .map((field) => [
          code(field.path),
          field.says,
          field.form,
          (field.serves ?? serves).map(code).join(', '),
          field.sensitivity ?? sensitivity ?? 'technical'
        ])
    ),
    ...droppedBlocks(fields)
  ])
  return [...data, ...listBlocks(disclosure)]
}

/** Only clients that were there before the contract send it, and nothing keeps it. */
function droppedBlocks(fields: readonly DisclosedField[]): readonly Block[] {
  const dropped = fields.filter(
    ({ collector }) => collector === 'drops' || collector === 'elsewhere'
  )
  return dropped.length === 0
    ? []
    : [
        paragraph(
          'Sent by existing clients and not kept under that name: ' +
            `${dropped.map(({ path }) => code(path)).join(', ')}.`
        )
      ]
}

export function purposeBlocks({ disclosure }: Paper): readonly Block[] {
  const { purpose, questions } = disclosure
  return [
    paragraph(purpose),
    ...table(
      ['name', 'question that it answers'],
      questions.map(({ name, asks }) => [code(name), asks])
    )
  ]
}

export function consentBlocks({ disclosure, contract }: Paper): readonly Block[] {
  const { consent } = disclosure
  const starts = {
    'opt-out':
      'Opt-out: undecided, nothing is sent. A program shows a notice first and sends from the ' +
      `next run on; a service writes it to its log and waits ${consent.graceHours} hours.`,
    'opt-in': 'Opt-in: nothing is sent until somebody says yes.',
    ask: 'Asked: nothing is sent until somebody answers yes.'
  }[consent.default]
  return [
    paragraph(starts),
    paragraph(
      contract.notice === undefined
        ? 'The notice names the recipients, what is collected, the page with all of it, and the ' +
            'way to say no; the SDK writes it from this contract.'
        : `The notice says: “${contract.notice}”`
    ),
    ...table(
      ['level', 'what is agreed to with it'],
      consent.levels.map(({ name, says }) => [code(name), says])
    ),
    paragraph(
      'A yes holds for what was agreed to: a new field, a wider range or another recipient stays ' +
        'at home until somebody agrees to it. Continuous integration, tests and agents never ' +
        'count as somebody who read a notice.'
    ),
    paragraph(
      'This is how programs with the SDK behave. Clients that were published before the contract ' +
        'ask in their own way, and the page for users says which.'
    )
  ]
}

export function switchBlocks({ disclosure, contract }: Paper): readonly Block[] {
  const own = disclosure.controls
    .filter((control) => ['off', 'less'].includes(useOf(control)))
    .map((control) => [
      code(nameOf(control)),
      control['off'] === undefined ? '' : code(String(control['off'])),
      useOf(control) === 'off' ? 'all of it' : 'a part of it',
      [
        control['scope'],
        control['since'] === undefined ? undefined : `since ${control['since']}`,
        control['until'] === undefined ? undefined : `until ${control['until']}`
      ]
        .filter((word) => word !== undefined)
        .join(', ')
    ])
  const ignored = disclosure.controls.filter((control) => useOf(control) === 'ignored').map(nameOf)
  return [
    ...table(
      ['switch', 'off is', 'switches off', 'for'],
      [
        ...own,
        [code('DO_NOT_TRACK'), code('1'), 'all of it', 'programs with the SDK'],
        [
          code('/etc/candor.d/*.json'),
          code('{ "telemetry": "off" }'),
          'all of it, for every user of the machine',
          'programs with the SDK'
        ]
      ]
    ),
    paragraph(
      'Any off wins over any on. Switched off, nothing is sent and nothing stays but the refusal' +
        (contract.versionCheck === undefined ? '.' : '; the version check has a switch of its own.')
    ),
    ...(ignored.length === 0
      ? []
      : [
          paragraph(`${strong('Not heeded')} by existing clients: ${ignored.map(code).join(', ')}.`)
        ])
  ]
}

export function identityBlocks({ disclosure }: Paper): readonly Block[] {
  const { identity, links, records, shared } = disclosure
  const tokens = [
    ...records.flatMap(({ fields }) => fields.flatMap((each) => each.fields)),
    ...shared.flatMap(({ fields }) => fields)
  ].filter(({ collector }) => collector === 'token')
  const kinds = {
    none: 'No id: reports of one installation can’t be linked with each other.',
    window: `A random id that changes every ${identity.days ?? 7} days (pseudonymous).`,
    persistent: 'An id that stays until it is reset (pseudonymous).'
  }
  return [
    paragraph(`${kinds[identity.kind]} ${identity.says === '' ? '' : `${identity.says}.`}`.trim()),
    ...list([
      'Ids of hardware can’t be declared. What arrives is turned into a token by a secret that ' +
        'lies outside the data, before anything is stored; addresses of the network are neither ' +
        'stored nor logged.',
      ...(identity.account ? ['An account that the user gives is kept as a token as well.'] : []),
      ...(identity.lineage ? ['A second id is shared by copies of an installation.'] : []),
      ...(tokens.length === 0
        ? []
        : [
            'Kept as tokens that mean nothing outside one installation: ' +
              `${[...new Set(tokens.map(({ path }) => code(path)))].join(', ')}.`
          ]),
      ...links.map(({ field, links: what }) => `${code(field)} links ${what}.`)
    ])
  ]
}

export function placeBlocks(paper: Paper): readonly Block[] {
  const { product, recipients, location, retention, publication } = paper.disclosure
  return [
    ...table(
      ['recipient', 'where', 'for'],
      recipients.map(({ name, where, for: what }) => [name, where, what])
    ),
    ...list([
      ...(location === undefined ? [] : [`Stored: ${location}.`]),
      `Single records are deleted after ${retention.records}; plain counts without ids after ` +
        `${retention.aggregates}.`,
      retention.backups === undefined
        ? 'How long backups hold what was deleted is not said in the contract.'
        : retention.backups === 'none'
          ? 'No backups are made.'
          : `Backups hold what was deleted for at most ${retention.backups}.`,
      ...(publication === undefined
        ? ['The contract does not say that anything is made public.']
        : madePublic({ product, publication }, sentence))
    ])
  ]
}

export function measureBlocks(): readonly Block[] {
  return list([
    'Both ends hold an allow-list: the SDK can’t send, and the collector does not store, ' +
      'what the ' +
      'contract does not declare. What comes undeclared is counted by a keyed digest of its name.',
    'Free text can’t be declared without a reason; numbers have bounds, and words are lists.',
    'Transport is HTTPS, except to this machine itself; certificates are checked.',
    'An answer of the server can make a client quieter, and nothing else: no code, no ' +
      'setting, no ' +
      'address comes from it.',
    'The secret behind the tokens is a file of its own outside data and backups.',
    'Deletion is a real erasure within 72 hours, asked for by whoever holds the ' +
      'installation’s key.',
    'Each look at a single installation is written to an audit log.'
  ])
}

export function neverBlocks({ disclosure }: Paper): readonly Block[] {
  const { sdk, collector } = disclosure.never
  const all = [...new Set([...sdk, ...collector])]
  return all.length === 0
    ? [paragraph('Whatever the contract does not name is never kept.')]
    : [
        paragraph('Whatever the contract does not name is never kept. In particular:'),
        ...list(
          all.map((what) =>
            sdk.includes(what)
              ? what
              : `${what} (existing clients may send it; it is dropped on arrival)`
          )
        )
      ]
}

/** Rules that the maintainers waive, with their reasons: a reviewer looks there first. */
export function exceptionBlocks({ disclosure }: Paper): readonly Block[] {
  return table(
    ['rule', 'does not hold for', 'because'],
    disclosure.exceptions.map(({ rule, concerns, because }) => [
      code(rule),
      concerns.length === 0 ? 'the whole contract' : concerns.slice(0, 6).map(code).join(', '),
      because
    ])
  )
}

export function historyBlocks({
  contract,
  published,
  reviews,
  disclosure
}: Paper): readonly Block[] {
  const versions = new Map([...published, contract].map((each) => [each.digest, each]))
  const terms = new Set([...versions.values()].map((each) => each.terms))
  const reviewed = reviews.filter((each) => each.terms === contract.terms)
  return [
    paragraph(
      `${versions.size === 1 ? 'One version' : `${versions.size} versions`} of the contract ` +
        `${versions.size === 1 ? 'is' : 'are'} published, with ${terms.size} different ` +
        `${terms.size === 1 ? 'set' : 'sets'} of terms that users agree to. This is ` +
        `${code(contract.digest)}, its terms are ${code(contract.terms)}.`
    ),
    ...(reviewed.length === 0
      ? [paragraph('No review of these terms is on record.')]
      : table(
          ['reviewed on', 'by', 'decision', 'because'],
          reviewed.map(({ on, by, decision, because }) => [on, by, decision, because])
        )),
    ...table(
      ['since', 'what came'],
      disclosure.changes.map(({ version, records, fields }) => [
        version,
        [...records, ...fields.map(({ field }) => field)].map(code).join(', ')
      ])
    )
  ]
}

export function conformanceBlocks({ conformance }: Paper): readonly Block[] {
  if (conformance === undefined)
    return [
      paragraph(
        'Anybody may see for themselves what the program does in a closed network: ' +
          `${code('npm run conformance')} of Candor counts sockets, look-ups and files. No ` +
          'report ' +
          `of it was given for this paper (${code('--conformance')}).`
      )
    ]
  const of = (outcome: string): number =>
    conformance.lines.filter((line) => line.outcome === outcome).length
  return [
    paragraph(
      `${conformance.name}, in a closed network: ${of('holds')} of ${conformance.lines.length} ` +
        `lines hold, ${of('fails')} fail, the rest is not offered.`
    ),
    ...table(
      ['what was looked at', 'outcome'],
      conformance.lines.map(({ says, outcome }) => [says, outcome])
    )
  ]
}

function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
