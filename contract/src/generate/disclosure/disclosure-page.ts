/**
 * Arranges what users are told in the order in which they look for it: what, never, example, ids,
 * where, off, delete, versions, changes.
 */
import { madePublic } from './made-public.ts'
import { capital, controlBlocks, nameOf, useOf } from './controls.ts'
import type { DisclosedField } from './disclosed-fields.ts'
import { backupsInWords, type DisclosedRecord, type Disclosure } from './disclosure.ts'
import {
  heading,
  list,
  paragraph,
  referenceTo,
  sentence,
  strong,
  table,
  type Block
} from './document.ts'
import { editionStreams, otherEditions } from './edition-blocks.ts'
import { listBlocks, recordBlocks, sharedBlocks } from './record-tables.ts'
import { code } from '../type-words.ts'

const headings = {
  what: 'What is collected, and why',
  never: 'Never collected',
  example: 'An example report',
  ids: 'Ids, and how long they live',
  where: 'Where it goes, and how long it stays',
  off: 'How to turn it off',
  see: 'See it, and have it deleted',
  versions: 'Version check',
  exceptions: 'Exceptions to the rules, and why',
  changes: 'What came with which release',
  page: 'This page'
} as const

export function pageTitle(disclosure: Disclosure): string {
  return `Telemetry of ${disclosure.title}`
}

export function pageDescription(disclosure: Disclosure): string {
  return (
    `What ${disclosure.title} collects, why, who receives it, how long it stays, and how to ` +
    'turn it off.'
  )
}

export function disclosurePage(disclosure: Disclosure): readonly Block[] {
  return [
    heading(1, pageTitle(disclosure)),
    ...editionStreams(disclosure),
    ...summary(disclosure),
    ...what(disclosure),
    ...never(disclosure),
    ...example(disclosure),
    ...ids(disclosure),
    ...where(disclosure),
    ...off(disclosure),
    ...see(disclosure),
    ...versions(disclosure),
    ...exceptions(disclosure),
    ...changes(disclosure),
    ...otherEditions(disclosure),
    ...aboutPage(disclosure)
  ]
}

function summary(disclosure: Disclosure): readonly Block[] {
  const [first] = disclosure.controls.filter((control) => useOf(control) === 'off')
  const start = {
    'opt-out':
      "On unless you turn it off. A program built on Candor's SDK tells you so before it sends " +
      'anything; a service says so in its log, and waits ' +
      `${graceInWords(disclosure.consent.graceHours)}, counted from the notice that it finds ` +
      'in its state folder.',
    'opt-in': 'Off unless you turn it on.',
    ask: 'You are asked first; until you answer, nothing is sent.'
  }[disclosure.consent.default]
  return [
    ...(disclosure.retired
      ? [
          paragraph(
            strong('Nothing is collected any more: this product has retired its telemetry.')
          )
        ]
      : []),
    paragraph(sentence(disclosure.purpose)),
    list([
      `${strong('By default')}: ${start}` +
        (first === undefined
          ? ''
          : ` The way off: ${referenceTo(headings.off, code(nameOf(first)))}.`),
      `${strong('Received by')}: ${disclosure.recipients.map(({ name }) => name).join(', ')}.`,
      `${strong('Kept')}: records for ${disclosure.retention.records}, counts without ids ` +
        `for ${disclosure.retention.aggregates}.`,
      ...(disclosure.contact === undefined
        ? []
        : [`${strong('Questions')}: ${disclosure.contact}`]),
      ...(disclosure.source === undefined
        ? []
        : [`${strong('The code that sends it')}: ${disclosure.source}`])
    ])
  ]
}

function graceInWords(hours: number): string {
  const [count, unit] = hours % 24 === 0 && hours > 24 ? [hours / 24, 'day'] : [hours, 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

function what(disclosure: Disclosure): readonly Block[] {
  const { consent, questions, records, environment } = disclosure
  const hasSince = records.some((record) => record.since !== undefined)
  return [
    heading(2, headings.what),
    ...(questions.length === 0
      ? []
      : [
          paragraph(
            'It is collected to answer these questions, and each field below names those ' +
              'that it helps with:'
          ),
          table(
            ['name', 'question'],
            questions.map(({ name, asks }) => [code(name), asks])
          )
        ]),
    ...(consent.levels.length === 1 && consent.levels[0]?.name === 'all'
      ? []
      : [
          paragraph('How much is sent is a matter of level. Each includes those above it:'),
          table(
            ['level', 'what it allows'],
            consent.levels.map(({ name, says }) => [code(name), says])
          ),
          ...(consent.defaultLevel === undefined
            ? []
            : [
                paragraph(
                  `Whoever names no level sends up to ${code(consent.defaultLevel)}, and no more.`
                )
              ])
        ]),
    paragraph(
      `There ${records.length === 1 ? 'is one kind' : `are ${records.length} kinds`} of record:`
    ),
    table(
      ['record', 'when it is sent', 'level', ...(hasSince ? ['since'] : [])],
      records.map((record) => [
        referenceTo(code(record.name), code(record.name)),
        record.when,
        code(record.level),
        ...(hasSince ? [record.since ?? ''] : [])
      ])
    ),
    ...(environment.length === 0
      ? []
      : [
          paragraph(
            'With each report comes where it was made. Where that cannot be told, it is ' +
              '`unknown` or absent:'
          ),
          table(
            ['part', 'what it is'],
            environment.map(({ part, says }) => [code(part), says])
          )
        ]),
    ...(disclosure.presence.length === 0
      ? []
      : [
          paragraph(
            'To count who is active without an id, a report says that it is the first of its ' +
              `${disclosure.presence.join(', of its ')}, in which week the product was ` +
              'installed, and which version came before.'
          )
        ]),
    ...existingClients(disclosure),
    ...records.flatMap((record) => recordBlocks(record, disclosure)),
    ...disclosure.shared.flatMap((shared) => sharedBlocks(shared, disclosure)),
    ...listBlocks(disclosure)
  ]
}

/** Only where there are any: a product that began with a contract has one wire. */
function existingClients(disclosure: Disclosure): readonly Block[] {
  const fields = allFields(disclosure)
  if (
    !fields.some(
      (field) =>
        field.sentBy === 'existing-clients' || field.at.length > 0 || field.collector === 'reduces'
    )
  )
    return []
  return [
    paragraph(
      `${strong('Two kinds of sender.')} A program built on Candor's SDK sends the fields ` +
        `below under their names, and nothing else. ${strong('Existing clients')} are releases ` +
        'that ' +
        'cannot be changed any more: they send formats of their own, sometimes more than is ' +
        'wanted here. Where such a field lies is said with "at"; what only they send is ' +
        'marked; ' +
        'what the collector reduces or drops on arrival is printed as just that. Whatever ' +
        'else arrives is not stored.'
    )
  ]
}

function allFields(disclosure: Disclosure): readonly DisclosedField[] {
  return [
    ...disclosure.records.flatMap((record: DisclosedRecord) => record.fields),
    ...disclosure.shared
  ].flatMap(({ fields }) => fields)
}

function never(disclosure: Disclosure): readonly Block[] {
  const { sdk, collector } = disclosure.never
  if (sdk.length === 0 && collector.length === 0)
    return [heading(2, headings.never), paragraph('Whatever is not named above.')]
  const alike = JSON.stringify(sdk) === JSON.stringify(collector)
  return [
    heading(2, headings.never),
    paragraph('Whatever is not named above is not kept. In particular:'),
    ...(alike
      ? [list(sdk)]
      : [
          paragraph(
            `${strong('Never sent by a program built on Candor’s SDK:')} ${sdk.join(', ')}.`
          ),
          paragraph(`${strong('Never kept, whatever a client sends:')} ${collector.join(', ')}.`)
        ])
  ]
}

function example(disclosure: Disclosure): readonly Block[] {
  const [record] = disclosure.records
  return [
    heading(2, headings.example),
    paragraph(
      "All that a program built on Candor's SDK " +
        `sends${record === undefined ? '' : ` to report one ${code(record.name)}`}, with ` +
        'made-up values. The collector keeps all of it, ids as tokens.'
    ),
    { is: 'code', language: 'json', text: JSON.stringify(disclosure.example, null, 2) }
  ]
}

function ids(disclosure: Disclosure): readonly Block[] {
  const { identity, links } = disclosure
  const kinds = {
    none: 'Reports carry no id: two reports of one installation cannot be told from those of two.',
    window:
      `The id changes every ${identity.days === 1 ? 'day' : `${identity.days} days`}, and ` +
      'nothing links the old one to the new.',
    persistent:
      'The id stays the same until it is deleted or made anew: what carries it is ' +
      'pseudonymous, not anonymous.'
  }
  return [
    heading(2, headings.ids),
    ...(identity.kind === 'none' && identity.says === ''
      ? []
      : [paragraph(sentence(capital(identity.says)))]),
    list([
      kinds[identity.kind],
      ...(identity.lineage
        ? ['A second id travels beside it, which copies of one installation share.']
        : []),
      ...(identity.sdkKind === identity.kind
        ? []
        : [
            "A program built on Candor's SDK sends no such id" +
              (identity.sdkSays === undefined
                ? ': its reports are linked by nothing.'
                : `. ${sentence(capital(identity.sdkSays))}`)
          ]),
      ...(identity.account
        ? [
            (identity.accountFrom === undefined
              ? 'If you give an account or a key of your own, '
              : `If you set ${code(identity.accountFrom)}, `) +
              'a token of it is kept beside the records that came with it.'
          ]
        : []),
      ...(identity.kind === 'none' || identity.random
        ? []
        : [
            'Copies of an installation may share the id, and it may say something about the ' +
              'machine or the moment that it was made on.'
          ]),
      'Before anything is stored or logged, the collector turns each id into a token with a ' +
        'secret that never lies beside the data. IP addresses are neither stored nor logged.',
      `Tokens go when the records go: after ${disclosure.retention.records}.`
    ]),
    ...(links.length === 0
      ? []
      : [
          paragraph('These fields link records with each other:'),
          table(
            ['field', 'links'],
            links.map(({ field, links: what }) => [code(field), what])
          )
        ])
  ]
}

function where(disclosure: Disclosure): readonly Block[] {
  const { endpoint = {}, retention } = disclosure
  const { default: address, segment, write_key: writeKey, says, ...ways } = endpoint
  return [
    heading(2, headings.where),
    table(
      ['who receives it', 'where', 'what for'],
      disclosure.recipients.map((each) => [each.name, each.where, each.for])
    ),
    list([
      ...(disclosure.location === undefined ? [] : [`Stored: ${sentence(disclosure.location)}`]),
      `Single records are deleted ${retention.records} after they arrive; counts by day, ` +
        `week and month, which have no ids, after ${retention.aggregates}.`,
      backupsInWords(retention),
      ...madePublic(disclosure, sentence),
      ...(address === undefined ? [] : [`Sent to: ${code(address)}`]),
      ...(segment === undefined
        ? []
        : [
            `${address === undefined ? 'Sent' : 'With a write key of yours, sent'} to a ` +
              'source of Segment’s: ' +
              `${code(segment)}${writeKey === undefined ? '' : `, write key ${code(writeKey)}`}`
          ]),
      ...Object.entries(ways).map(
        ([way, name]) => `${endpointWays[way] ?? capital(way.replaceAll('_', ' '))}: ${code(name)}`
      ),
      ...(says === undefined ? [] : [sentence(capital(says))]),
      disclosure.delivery === 'in-process'
        ? "By a program built on Candor's SDK it is sent at most once a day, while the program " +
          'runs: no other process is started for it.'
        : "By a program built on Candor's SDK it is sent at most once a day: by a service " +
          'itself, for a command by one process of its own, which ends within ten seconds. ' +
          'None is started in CI or under test.'
    ])
  ]
}

const endpointWays: Readonly<Record<string, string>> = {
  key: 'Send it elsewhere, with the setting',
  variable: 'Send it elsewhere, with the environment variable',
  flag: 'Send it elsewhere, with the flag',
  was: 'The same in earlier releases',
  segment_key: 'The write key, where it goes to a Segment source'
}

function off(disclosure: Disclosure): readonly Block[] {
  const controls = disclosure.controls
  const current = controls.filter(
    (control) => useOf(control) === 'off' && control['until'] === undefined
  )
  const older = controls.filter(
    (control) => useOf(control) === 'off' && control['until'] !== undefined
  )
  const less = controls.filter((control) => useOf(control) === 'less')
  const on = controls.filter((control) => useOf(control) === 'on')
  const ignored = controls.filter((control) => useOf(control) === 'ignored')
  return [
    heading(2, headings.off),
    ...(disclosure.appeal === undefined ? [] : [paragraph(sentence(disclosure.appeal))]),
    ...(current.length > 1
      ? [paragraph('Any one of these is enough, each as far as it says:')]
      : []),
    ...current.flatMap(controlBlocks),
    ...(less.length === 0 ? [] : [paragraph(strong('To send less'))]),
    ...less.flatMap(controlBlocks),
    ...(on.length === 0 ? [] : [paragraph(strong('To turn it on again'))]),
    ...on.flatMap(controlBlocks),
    ...(older.length === 0 ? [] : [paragraph(strong('In earlier releases only'))]),
    ...older.flatMap(controlBlocks),
    ...(ignored.length === 0
      ? []
      : [
          paragraph(
            `${strong('Not heeded')} by existing clients: ` +
              `${ignored.map((control) => code(nameOf(control))).join(', ')}.`
          )
        ])
  ]
}

function see(disclosure: Disclosure): readonly Block[] {
  const { identity, product } = disclosure
  const shown = disclosure.controls.filter((control) => useOf(control) === 'show')
  const body = JSON.stringify({ product, keys: ['DELETION-KEY'] })
  return [
    heading(2, headings.see),
    ...shown.flatMap(controlBlocks),
    paragraph(
      'A report of the SDK carries the hash of a random key that only your installation ' +
        'knows. Whoever shows the collector that key has everything erased that came with it, ' +
        'within 72 hours:'
    ),
    {
      is: 'code',
      language: 'sh',
      text:
        'curl -X POST "$COLLECTOR/v1/deletions" -H \'Content-Type: application/json\' \\\n  -d ' +
        `'${body}'`
    },
    paragraph(
      [
        identity.kind === 'none'
          ? 'Existing clients send no key and no id, so nobody can tell which of their records ' +
            'are yours.'
          : identity.random
            ? "Existing clients send no key: give their installation's id in its place."
            : 'Existing clients send no key, and their ids may be shared, so their records are ' +
              'erased by whoever runs the collector: ask them, and name your id.',
        'The answer is the same whether anything was found or not. Counts without ids stay.',
        ...(disclosure.retention.backups === undefined || disclosure.retention.backups === 'none'
          ? []
          : [`Backups hold it for at most ${disclosure.retention.backups} more.`])
      ].join(' ')
    ),
    ...(disclosure.contact === undefined ? [] : [paragraph(`Whom to ask: ${disclosure.contact}`)])
  ]
}

function versions({ versionCheck }: Disclosure): readonly Block[] {
  return [
    heading(2, headings.versions),
    paragraph(
      versionCheck === undefined
        ? 'No version check belongs to this telemetry.'
        : `${sentence(capital(versionCheck.says))} The list of releases ` +
            `(${code(versionCheck.feed)}) is signed, and the same for everybody.`
    )
  ]
}

/** Only where there are any: a page that lists none would teach readers to skip it. */
function exceptions({ exceptions: all }: Disclosure): readonly Block[] {
  if (all.length === 0) return []
  return [
    heading(2, headings.exceptions),
    paragraph(
      'A contract is held against rules of what may be asked of users (`candor contract ' +
        'explain` tells each). Where one of them does not hold here, the maintainers say why:'
    ),
    table(
      ['rule', 'it finds', 'does not hold for', 'because'],
      all.map(({ rule, against, concerns, because }) => [
        code(rule),
        against,
        concernsInWords(concerns),
        because
      ])
    )
  ]
}

/** More names than these nobody reads in a cell; programs find all of them in the JSON. */
const concernsNamedMax = 4

function concernsInWords(concerns: readonly string[]): string {
  if (concerns.length === 0) return 'the whole contract'
  const named = concerns.slice(0, concernsNamedMax).map(code).join(', ')
  return concerns.length <= concernsNamedMax
    ? named
    : `${named} and ${concerns.length - concernsNamedMax} more`
}

function changes({ changes: all, ends, records: disclosed }: Disclosure): readonly Block[] {
  const listed = (names: readonly string[]): string => names.map(code).join(', ')
  return [
    heading(2, headings.changes),
    ...(all.length === 0
      ? [paragraph('The contract records no release for any record or field.')]
      : [
          table(
            ['since', 'records', 'fields'],
            all.map(({ version, records, fields }) => [
              version,
              listed(records),
              fields
                .map(({ field, records: of }) => {
                  if (disclosed.length === 1) return code(field)
                  const where = of.length > 3 ? `${of.length} records` : listed(of)
                  return `${code(field)} (in ${where})`
                })
                .join(', ')
            ])
          )
        ]),
    ...(ends.length === 0
      ? []
      : [
          paragraph('Collected until a day only:'),
          table(
            ['until', 'what'],
            ends.map(({ on, what: name }) => [on, code(name)])
          )
        ])
  ]
}

function aboutPage(disclosure: Disclosure): readonly Block[] {
  return [
    heading(2, headings.page),
    paragraph(
      'It is written from the contract that the collector holds every record against, by ' +
        '`candor contract generate disclosure`: to change it, change the contract.'
    ),
    table(
      ['digest', 'of what', 'value'],
      [
        ['contract', 'every word of it; reports name it', code(disclosure.contract)],
        [
          'terms',
          'what a user agrees to; only when it changes is anybody asked again',
          code(disclosure.terms)
        ]
      ]
    )
  ]
}
