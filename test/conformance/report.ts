/** What was found, for people and for programs. */
import type { Outcome } from './checks/check.ts'

export interface Line {
  readonly id: string
  readonly says: string
  readonly outcome: Outcome
}

export interface Report {
  readonly name: string
  readonly command: readonly string[]
  readonly lines: readonly Line[]
}

/** Whether nothing fails: what is not offered is no failure, and no pass either. */
export function isConformant({ lines }: Report): boolean {
  return (
    lines.some(({ outcome }) => outcome.is === 'holds') &&
    lines.every(({ outcome }) => outcome.is !== 'fails')
  )
}

const marks = { holds: '✓', fails: '✗', 'not offered': '–' } as const

export function lineText({ id, says, outcome }: Line): string {
  const evidence = outcome.evidence.map((text) => `\n    ${text}`).join('')
  return (
    `${marks[outcome.is]} ${id}: ` +
    `${outcome.is === 'not offered' ? 'not offered' : says}${evidence}\n`
  )
}

export function summaryText(report: Report): string {
  const count = (is: Outcome['is']): number =>
    report.lines.filter(({ outcome }) => outcome.is === is).length
  return (
    `${report.name}: ${count('holds')} hold, ${count('fails')} fail, ${count('not offered')} ` +
    'not offered\n'
  )
}

export function reportJson(report: Report): string {
  const lines = report.lines.map(({ id, says, outcome }) => ({ id, says, ...outcome }))
  const { name, command } = report
  const told = { conformance: 1, name, command, passed: isConformant(report), lines }
  return `${JSON.stringify(told, undefined, 2)}\n`
}
