/**
 * Writes the factual parts of what the General Data Protection Regulation and the ePrivacy
 * Directive
 * ask for: the record of processing, the impact assessment, the device, the information of users.
 */
import type { Block } from '../generate/disclosure/document.ts'
import { code } from '../generate/type-words.ts'
import { readBlocks, storedBlocks } from './device.ts'
import {
  consentBlocks,
  dataBlocks,
  exceptionBlocks,
  identityBlocks,
  measureBlocks,
  neverBlocks,
  placeBlocks,
  purposeBlocks,
  switchBlocks
} from './facts.ts'
import { heading, list, paragraph, table, type Paper } from './paper.ts'

export const gdprSources = [
  'https://eur-lex.europa.eu/eli/reg/2016/679/oj (Articles 13, 30 and 35)',
  'https://eur-lex.europa.eu/eli/dir/2002/58/oj (Article 5, paragraph 3)'
]

export function gdprPaper(paper: Paper): readonly Block[] {
  return [...processing(paper), ...assessment(paper), ...device(paper), ...information(paper)]
}

/** Article 30, paragraph 1, letter by letter. */
function processing(paper: Paper): readonly Block[] {
  const { disclosure } = paper
  const kinds = new Set(
    disclosure.records.flatMap(({ telling, fields }) => [
      telling.sensitivity ?? 'technical',
      ...fields.flatMap((each) => each.fields.flatMap(({ sensitivity }) => sensitivity ?? []))
    ])
  )
  return [
    heading(2, 'A. Record of processing (Article 30)'),
    heading(3, '(a) Who is responsible'),
    paper.blank('controller'),
    paper.blank('joint_controllers'),
    paper.blank('data_protection_officer'),
    heading(3, '(b) Purposes'),
    ...purposeBlocks(paper),
    heading(3, '(c) Whose data, and of which categories'),
    paragraph(
      `Installations of ${disclosure.title}, and through them whoever runs them. Categories: ` +
        `${[...kinds].join(', ')} (${code('technical')} is about the software, ` +
        `${code('interaction')} about how it is used, ${code('content')} about what is stored ` +
        `with it, ${code('sensitive')} about what could hurt). Part B has every field.`
    ),
    ...identityBlocks(paper),
    paper.blank('personal_data'),
    heading(3, '(d) Recipients'),
    ...table(
      ['recipient', 'where', 'for'],
      disclosure.recipients.map(({ name, where, for: what }) => [name, where, what])
    ),
    heading(3, '(e) Third countries'),
    paper.blank('transfers'),
    heading(3, '(f) Time limits for erasure'),
    ...list([
      `Single records: ${disclosure.retention.records}.`,
      `Plain counts without ids: ${disclosure.retention.aggregates}.`,
      ...(disclosure.retention.backups === undefined
        ? []
        : [`Backups: ${disclosure.retention.backups}.`])
    ]),
    heading(3, '(g) Technical and organisational measures'),
    ...measureBlocks(),
    paper.blank('access')
  ]
}

/** Article 35, paragraph 7: the facts of it; what they amount to is for people to judge. */
function assessment(paper: Paper): readonly Block[] {
  const { identity } = paper.contract
  return [
    heading(2, 'B. Impact assessment, the factual part (Article 35)'),
    heading(3, 'What is done, and with which data'),
    ...dataBlocks(paper),
    ...placeBlocks(paper),
    heading(3, 'Necessity and proportion'),
    paragraph(
      'Each field above names the question that it is needed for; what answers none is found by ' +
        `${code('candor contract check')}. What could be coarser is proposed by ` +
        `${code('candor contract risk')}.`
    ),
    paper.blank('necessity'),
    heading(3, 'Risks to people'),
    ...list([
      identity.kind === 'persistent'
        ? 'Singling out: one installation can be told from another for as long as its id lives.'
        : identity.kind === 'window'
          ? `Singling out: for ${identity.days ?? 7} days at a time.`
          : 'Singling out: only by what a report itself says.',
      identity.account || identity.lineage
        ? 'Linking: an account or a second id links installations with each other.'
        : 'Linking: nothing links two installations with each other.',
      `Inference: ${code('candor contract risk')} counts how many installations the values of ` +
        'each field single out.'
    ]),
    ...exceptionBlocks(paper),
    paper.blank('risks'),
    heading(3, 'Measures against them'),
    ...neverBlocks(paper),
    ...consentBlocks(paper),
    paper.blank('advice')
  ]
}

function device(paper: Paper): readonly Block[] {
  return [
    heading(2, 'C. What is stored on, and read from, the device (ePrivacy, Article 5(3))'),
    ...storedBlocks(paper),
    ...readBlocks(paper),
    paper.blank('device_exemption')
  ]
}

/** Article 13: where users find each thing that they must be told. */
function information(paper: Paper): readonly Block[] {
  const { contact, page } = paper.contract
  return [
    heading(2, 'D. What users are told (Article 13)'),
    ...table(
      ['what', 'where'],
      [
        ['purposes, fields, recipients, time limits', page ?? 'the page for users (TELEMETRY.md)'],
        ['whom to ask', contact ?? 'not said in the contract: `contact`'],
        ['how to withdraw', 'the switches below, which the notice and the page name'],
        ['how to have data erased', 'the page, with the command to copy']
      ]
    ),
    ...switchBlocks(paper),
    paper.blank('legal_basis'),
    paper.blank('rights')
  ]
}
