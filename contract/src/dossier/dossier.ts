/**
 * Writes what a reviewer asks for, from a contract and its history; the same facts, the same
 * bytes.
 */
import { strong, type Block } from '../generate/disclosure/document.ts'
import { toMarkdown } from '../generate/disclosure/markdown.ts'
import { code } from '../generate/type-words.ts'
import { apachePaper, apacheSources } from './apache.ts'
import type { BlankName } from './blanks.ts'
import { gdprPaper, gdprSources } from './gdpr.ts'
import { linuxFoundationPaper, linuxFoundationSources } from './linux-foundation.ts'
import { heading, openPaper, paragraph, table, type Paper, type PaperInput } from './paper.ts'
import { securityTeamPaper } from './security-team.ts'

export const audiences = ['lf', 'asf', 'gdpr', 'security-team'] as const
export type Audience = (typeof audiences)[number]

export interface Dossier {
  readonly text: string
  /** Blanks that nobody has filled yet, and how many there are in all. */
  readonly open: readonly BlankName[]
  readonly asked: readonly BlankName[]
}

interface Kind {
  readonly title: string
  readonly write: (paper: Paper) => readonly Block[]
  /** Where it stands what is asked. */
  readonly sources: readonly string[]
}

const kinds: Readonly<Record<Audience, Kind>> = {
  lf: {
    title: 'Telemetry proposal to the Linux Foundation',
    write: linuxFoundationPaper,
    sources: linuxFoundationSources
  },
  asf: {
    title: 'Telemetry proposal to the Apache Software Foundation',
    write: apachePaper,
    sources: apacheSources
  },
  gdpr: { title: 'Data protection papers', write: gdprPaper, sources: gdprSources },
  'security-team': { title: 'Telemetry for security teams', write: securityTeamPaper, sources: [] }
}

/**
 * @example
 * const { text, open } = generateDossier('lf', { contract, published: [], reviews: [], answers: {},
 *   conformance: undefined })
 */
export function generateDossier(audience: Audience, input: PaperInput): Dossier {
  const { title, write, sources } = kinds[audience]
  const paper = openPaper(input)
  // First, since what is still open is told at the beginning.
  const body = write(paper)
  const [asked, open] = [[...paper.asked], [...paper.open]]
  const { contract } = input
  const command = code(`candor contract dossier --for ${audience}`)
  const text = toMarkdown([
    heading(1, `${title}: ${contract.title}`),
    paragraph(
      `Written by ${command} from the contract that the ` +
        'collector holds each record against: to change a fact, change the contract. ' +
        strong('This is no legal advice.')
    ),
    paragraph(
      open.length === 0
        ? `All ${asked.length} things that only people can decide are decided.`
        : `${open.length} of ${asked.length} things that only people can decide are still open: ` +
            `${open.map(code).join(', ')}. Answers stand in ${code('dossier.yaml')} beside the ` +
            'contract.'
    ),
    ...table(['contract', 'terms'], [[code(contract.digest), code(contract.terms)]]),
    ...body,
    ...(sources.length === 0
      ? []
      : [
          heading(2, 'What is asked, and where it stands'),
          { is: 'list', items: sources } satisfies Block
        ])
  ])
  return { text, open, asked }
}
