/**
 * What do users read of editions: on an edition's page its own streams before all else, on the open
 * one's that there are others?
 */
import { offSentence, requiredSentence } from '#values/words/required-words'
import type { Control } from '../../form/contract.ts'
import { capital, controlBlocks, nameOf, useOf } from './controls.ts'
import { backupsInWords, type DisclosedStream, type Disclosure } from './disclosure.ts'
import { heading, list, paragraph, sentence, strong, table, type Block } from './document.ts'
import { recordBlocks, sharedBlocks } from './record-tables.ts'
import { code } from '../type-words.ts'

/** Nothing for the open edition. */
export function editionStreams(disclosure: Disclosure): readonly Block[] {
  const { edition, title } = disclosure
  if (edition === undefined) return []
  return [
    paragraph(sentence(edition.says)),
    ...edition.streams.flatMap((stream) => streamBlocks(stream, disclosure)),
    heading(2, 'What every edition sends'),
    paragraph(
      `All that follows is the same in every edition, and ${title} requires nothing of it. What ` +
        'stands above is kept apart from it, under other tokens, and is in none of its numbers.'
    )
  ]
}

function streamBlocks(stream: DisclosedStream, { title, controls }: Disclosure): readonly Block[] {
  const { name, required, account, disclosure } = stream
  const { recipients, retention, contact, identity, location } = disclosure
  const own = disclosure.controls.filter((control) => !controls.includes(control))
  return [
    heading(2, `${required === undefined ? 'Only here' : 'Required'}: ${name}`),
    ...(required === undefined
      ? []
      : [paragraph(strong(requiredSentence({ edition: title, stream: name, ...required })))]),
    paragraph(sentence(disclosure.purpose)),
    list([
      ...(account === undefined
        ? []
        : [
            `${strong('Kept of')}: ${sentence(account)} The collector keeps a token of it; the ` +
              'readable name is in a file of whoever runs it, and nowhere in the data.'
          ]),
      `${strong('Id')}: ${sentence(identity.says)}`,
      `${strong('Kept')}: records for ${retention.records}, counts for ${retention.aggregates}. ` +
        backupsInWords(retention),
      ...(location === undefined ? [] : [`${strong('Stored')}: ${sentence(location)}`]),
      ...(contact === undefined
        ? []
        : [
            `${strong('Whom to ask')}: ${contact}. They say what is kept of you, and erase it: ` +
              'name the account, or the id that `status` shows.'
          ]),
      `${strong('Published')}: nothing of it.`
    ]),
    table(
      ['who receives it', 'where', 'what for'],
      recipients.map((each) => [each.name, each.where, each.for])
    ),
    ...disclosure.records.flatMap((record) => recordBlocks(record, disclosure)),
    ...disclosure.shared.flatMap((shared) => sharedBlocks(shared, disclosure)),
    ...own.filter((control) => useOf(control) === 'off').flatMap(controlBlocks),
    ...own.filter((control) => useOf(control) === 'ignored').map(notHeeded),
    paragraph('An example report, with made-up values:'),
    { is: 'code', language: 'json', text: JSON.stringify(disclosure.example, null, 2) }
  ]
}

/** Existing clients know less of off than a program built on our SDK. */
function notHeeded(control: Control): Block {
  const { says } = control
  const why = says === undefined ? '' : ` ${sentence(capital(String(says)))}`
  return paragraph(`${strong('Not heeded')} by existing clients: ${code(nameOf(control))}.${why}`)
}

/** Nothing where there are no others. */
export function otherEditions({ editions, product }: Disclosure): readonly Block[] {
  if (editions === undefined) return []
  return [
    heading(2, 'Other editions'),
    paragraph(
      'This page is the open edition’s. Other editions send all of it, and more beside it, of ' +
        'which each has a page of its own ' +
        `(${code('candor contract generate disclosure --edition NAME')}). ${offSentence}`
    ),
    table(
      ['edition', 'what it is', 'who has it', 'requires'],
      editions.map(({ name, title, says, requires }) => [
        code(name),
        title,
        says,
        requires.map((stream) => code(`${product}-${stream}`)).join(', ')
      ])
    )
  ]
}
