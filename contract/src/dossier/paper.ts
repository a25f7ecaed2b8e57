/** What every paper is made from, and what its sections are written with. */
import type { Contract } from '../form/contract.ts'
import { discloseContract, type Disclosure } from '../generate/disclosure/disclosure.ts'
import { strong, type Block } from '../generate/disclosure/document.ts'
import { code } from '../generate/type-words.ts'
import type { Review } from '../review/review-file.ts'
import { blanks, type Answers, type BlankName } from './blanks.ts'

export interface PaperInput {
  readonly contract: Contract
  /** The versions that were published before, in any order. */
  readonly published: readonly Contract[]
  readonly reviews: readonly Review[]
  readonly answers: Answers
  /** What the conformance kit found of the program, if somebody ran it. */
  readonly conformance: Conformance | undefined
}

export interface Conformance {
  readonly name: string
  readonly lines: readonly { readonly says: string; readonly outcome: string }[]
}

export interface Paper extends PaperInput {
  readonly disclosure: Disclosure
  /** The answer to a blank, or the blank. */
  blank(name: BlankName): Block
  /** Blanks that were asked for and have no answer yet. */
  readonly open: ReadonlySet<BlankName>
  readonly asked: ReadonlySet<BlankName>
}

export function openPaper(input: PaperInput): Paper {
  const open = new Set<BlankName>()
  const asked = new Set<BlankName>()
  return {
    ...input,
    disclosure: discloseContract(input.contract),
    open,
    asked,
    blank(name) {
      asked.add(name)
      const answer = input.answers[name]
      if (answer === undefined) open.add(name)
      return paragraph(
        answer === undefined
          ? `${strong('To be decided')} (${code(name)}): ${blanks[name]}`
          : `${blanks[name]} ${strong(answer)}`
      )
    }
  }
}

export function heading(level: 1 | 2 | 3, text: string): Block {
  return { is: 'heading', level, text }
}

export function paragraph(text: string): Block {
  return { is: 'paragraph', text }
}

export function list(items: readonly string[]): readonly Block[] {
  return items.length === 0 ? [] : [{ is: 'list', items }]
}

export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[]
): readonly Block[] {
  return rows.length === 0 ? [] : [{ is: 'table', head, rows }]
}
