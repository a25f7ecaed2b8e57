/** Answers what the Apache Software Foundation's privacy committee asks of what collects data. */
import type { Block } from '../generate/disclosure/document.ts'
import {
  consentBlocks,
  dataBlocks,
  historyBlocks,
  identityBlocks,
  measureBlocks,
  neverBlocks,
  placeBlocks,
  purposeBlocks,
  switchBlocks
} from './facts.ts'
import { heading, paragraph, type Paper } from './paper.ts'

export const apacheSources = [
  'https://privacy.apache.org/faq/committers.html',
  'https://privacy.apache.org/policies/privacy-policy-public.html',
  'https://privacy.apache.org/faq/infrastructure.html'
]

export function apachePaper(paper: Paper): readonly Block[] {
  return [
    heading(2, '1. What is asked for'),
    paragraph(
      'Software that analyses use needs the agreement of the office for privacy before it is ' +
        'built in or switched on.'
    ),
    paper.blank('approval'),
    paper.blank('decided_where'),
    ...purposeBlocks(paper),
    heading(2, '2. Which data, and whether any of it is personal'),
    ...dataBlocks(paper),
    ...identityBlocks(paper),
    ...neverBlocks(paper),
    paper.blank('personal_data'),
    heading(2, '3. Who runs it, and which third parties take part'),
    ...placeBlocks(paper),
    paper.blank('operator'),
    paper.blank('processor_agreement'),
    heading(2, '4. Consent, and how to say no'),
    ...consentBlocks(paper),
    ...switchBlocks(paper),
    heading(2, '5. Requests to remove data'),
    paragraph(
      'Whoever holds an installation’s deletion key has its records erased within 72 hours, ' +
        'without giving a name; others ask the operator. Requests that reach the foundation ' +
        'go to ' +
        'its privacy address.'
    ),
    paper.blank('access'),
    heading(2, '6. Security'),
    ...measureBlocks(),
    paper.blank('incident_contact'),
    heading(2, '7. Changes'),
    paragraph(
      'Changes to what is collected, to who receives it or to where it is kept are reported ' +
        'to the ' +
        'privacy committee before they are released.'
    ),
    ...historyBlocks(paper)
  ]
}
