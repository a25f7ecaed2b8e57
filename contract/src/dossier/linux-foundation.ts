/**
 * Answers what the Linux Foundation looks at before a project may collect telemetry, in the order
 * of
 * its policy, and what its guidance to projects asks beside that.
 */
import type { Block } from '../generate/disclosure/document.ts'
import {
  conformanceBlocks,
  consentBlocks,
  dataBlocks,
  exceptionBlocks,
  historyBlocks,
  identityBlocks,
  measureBlocks,
  neverBlocks,
  placeBlocks,
  purposeBlocks,
  switchBlocks
} from './facts.ts'
import { heading, paragraph, type Paper } from './paper.ts'

export const linuxFoundationSources = [
  'https://www.linuxfoundation.org/legal/telemetry-data-policy',
  'https://lfprojects.org/policies/telemetry-data-policy/',
  'https://bestpractices.linuxfoundation.org/privacy/telemetry.html'
]

export function linuxFoundationPaper(paper: Paper): readonly Block[] {
  const { consent } = paper.contract
  return [
    heading(2, '1. Which data, exactly'),
    ...purposeBlocks(paper),
    paper.blank('necessity'),
    ...dataBlocks(paper),
    heading(2, '2. Is it anonymous, and free of what is confidential?'),
    heading(3, 'Privacy of people'),
    ...identityBlocks(paper),
    heading(3, 'Confidentiality of organisations'),
    ...neverBlocks(paper),
    ...exceptionBlocks(paper),
    paper.blank('personal_data'),
    heading(2, '3. How users are told, and agree before anything is collected'),
    ...(consent.default === 'opt-out'
      ? [
          paragraph(
            'The policy asks that users consent before collection begins. This contract collects ' +
              'after a notice unless somebody says no: say to the reviewers why, or make it ' +
              '`opt-in`.'
          )
        ]
      : []),
    ...consentBlocks(paper),
    ...switchBlocks(paper),
    heading(2, '4. How it is stored and used by the community'),
    ...placeBlocks(paper),
    paper.blank('operator'),
    paper.blank('access'),
    paper.blank('sharing'),
    paper.blank('use'),
    heading(2, '5. What keeps it secure'),
    heading(3, 'Against collecting by mistake, and against what phoning home opens'),
    ...measureBlocks(),
    ...conformanceBlocks(paper),
    paper.blank('incident_contact'),
    heading(2, '6. How it came to this'),
    ...historyBlocks(paper),
    paper.blank('decided_where'),
    paper.blank('approval')
  ]
}
