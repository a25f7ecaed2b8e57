/**
 * `candor contract check` and `explain`: what is wrong with a contract, where, and how to mend it.
 */
import { checkContract, type CheckResult } from '../check/check.ts'
import { explain, explanations, type Explanation } from '../check/explanations.ts'
import { blanks, isBlank } from '../dossier/blanks.ts'
import { policyNames, type Policy } from '../policy/policies.ts'
import { judgeReviews, type ReviewFinding } from '../review/review-file.ts'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { closest } from 'fastest-levenshtein'
import { CommandError } from './command-error.ts'
import { oneOf } from './printing/choice.ts'
import { readAnswers, reviewsBeside } from './reading/beside.ts'
import { readContractFile } from './reading/contract-file.ts'
import type { World } from './world.ts'

interface CheckedFile {
  readonly name: string
  readonly text: string
  readonly result: CheckResult
  /** Of `reviews.yaml` beside it; empty without one. */
  readonly reviews: readonly ReviewFinding[]
  /** Blanks of papers that nobody has filled; undefined: there is no `dossier.yaml`. */
  readonly open: readonly string[] | undefined
}

const formats = ['text', 'json', 'github'] as const
type Format = (typeof formats)[number]

export function addContractCheck(contract: Command, world: World): void {
  contract
    .command('check')
    .description('hold contracts against the grammar and the rules of what may be asked of users')
    .argument(
      '[files...]',
      'contract files, or folders that have a contract.yaml (./contract.yaml)'
    )
    .addOption(
      new Option('--format <format>', 'how to print; github marks the lines of a pull request')
        .choices(formats)
        .argParser(oneOf(formats))
        .default('text')
    )
    .option(
      '--policy <names>',
      `what communities ask is looked at too: ${policyNames.join(', ')}, commas between`,
      policyList
    )
    .option('--today <day>', 'the day to check for, as 2026-11-20 (today): fields expire', day)
    .addHelpText(
      'after',
      '\nExit code: 1 when there is an error, 0 when there are only warnings.\n`candor ' +
        'contract explain CODE` tells why something is a problem, and how to mend or waive it.'
    )
    .action(
      async (
        named: readonly string[],
        {
          format,
          today = new Date(world.effects.clock.now()).toISOString().slice(0, 10),
          policy = []
        }: { readonly format: Format; readonly today?: string; readonly policy?: readonly Policy[] }
      ) => {
        const files: CheckedFile[] = []
        for (const path of named.length === 0 ? ['contract.yaml'] : named) {
          const file = await readContractFile(path, world)
          const result = checkContract(file.text, { today, policies: policy })
          files.push({ ...file, result, ...(await besides(file.name, result, { today, world })) })
        }
        world.out(printers[format](files))
        if (count(files, 'error') > 0) process.exitCode = 1
      }
    )
}

export function addContractExplain(contract: Command, world: World): void {
  contract
    .command('explain')
    .description('tell what a code of check, or of what was not kept, means and how to mend it')
    .argument('<code>', 'for example UNIT_MISSING')
    .action((named: string) => {
      const code = named.toUpperCase().replaceAll('-', '_').slice(0, 100)
      const found = explain(code)
      if (found.length === 0) {
        const near = closest(
          code,
          explanations().map((explanation) => explanation.code)
        )
        throw new CommandError(
          'CODE_UNKNOWN',
          `There is no code ${code}. Did you mean ${near}? docs/reference/contract-rules.md ` +
            'lists all of them.'
        )
      }
      world.out(found.map(explanationText).join('\n'))
    })
}

/** What people have to say of it, beside what it says itself. */
async function besides(
  name: string,
  { contract }: CheckResult,
  { today, world }: { readonly today: string; readonly world: World }
): Promise<Pick<CheckedFile, 'reviews' | 'open'>> {
  if (contract === undefined) return { reviews: [], open: undefined }
  const reviews = await reviewsBeside(name, world)
  const answers = await readAnswers(name, world)
  return {
    reviews: reviews === undefined ? [] : judgeReviews(reviews, { contract, today }),
    open:
      answers === undefined
        ? undefined
        : Object.keys(blanks).filter((blank) => isBlank(blank) && answers[blank] === undefined)
  }
}

function policyList(text: string): readonly Policy[] {
  return text.split(',').map((word) => oneOf(policyNames)(word.trim()))
}

function day(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  if (at !== undefined && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text))
    return text
  throw new InvalidArgumentError('A day is needed, for example 2026-11-20.')
}

function fileJson({ name, result, reviews, open }: CheckedFile): object {
  const { contract, findings, waived } = result
  const { digest, terms } = contract ?? {}
  return { file: name, digest, terms, findings, waived, reviews, open }
}

const printers: Readonly<Record<Format, (files: readonly CheckedFile[]) => string>> = {
  text: checkText,
  json: (files) => `${JSON.stringify({ files: files.map(fileJson) }, undefined, 2)}\n`,
  github: (files) =>
    files
      .flatMap(({ name, result, reviews }) =>
        [...result.findings, ...reviews.map((review) => ({ ...review, line: 1, column: 1 }))].map(
          ({ severity, code, line, column, message }) =>
            `::${severity} file=${property(name)},line=${line},col=${column},` +
            `title=${property(code)}::${data(message)}\n`
        )
      )
      .join('')
}

function checkText(files: readonly CheckedFile[]): string {
  const blocks = files.flatMap(({ name, text, result, reviews }) => {
    const lines = text.split(/\r?\n/)
    return [
      ...result.findings.map(
        ({ severity, code, line, column, message }) =>
          `${name}:${line}:${column} ${severity} ${code}\n  ` +
          `${plain(message)}\n${quoted(lines[line - 1] ?? '', line, column)}\n`
      ),
      ...reviews.map(
        ({ severity, code, message }) => `${name} ${severity} ${code}\n  ${plain(message)}\n`
      )
    ]
  })
  const waived = files.reduce((sum, { result }) => sum + result.waived.length, 0)
  const counts = [
    counted(count(files, 'error'), 'error'),
    counted(count(files, 'warning'), 'warning'),
    ...(waived === 0 ? [] : [`${waived} waived with a reason`])
  ].join(', ')
  const unlooked = files.some(({ result }) => result.contract === undefined)
    ? ' The rules look once the grammar is right.'
    : ''
  const hint =
    blocks.length === 0 ? '' : ' `candor contract explain CODE` tells why, and how to mend it.'
  const open = [...new Set(files.flatMap((file) => file.open ?? []))]
  const blank =
    open.length === 0
      ? ''
      : ` ${counted(open.length, 'blank')} of dossier.yaml ${open.length === 1 ? 'is' : 'are'} ` +
        `open: ${open.join(', ')}.`
  return (
    `${blocks.join('')}${counted(files.length, 'contract')}: ` +
    `${counts}.${unlooked}${blank}${hint}\n`
  )
}

/** More of a line than a terminal shows hides the place. */
const quotedCharactersMax = 100

function quoted(line: string, number: number, column: number): string {
  const from = Math.max(0, column - 1 - quotedCharactersMax / 2)
  const cut = plain(line).slice(from, from + quotedCharactersMax)
  const [before, after] = [from > 0 ? '…' : '', line.length > from + quotedCharactersMax ? '…' : '']
  const gutter = String(number).padStart(5)
  return (
    `${gutter} | ${before}${cut}${after}\n      | ` +
    `${' '.repeat(before.length + column - 1 - from)}^`
  )
}

/**
 * Characters that would move a terminal's cursor, or turn the direction of its text, become blanks
 * of the same width.
 */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
}

function explanationText({
  code,
  is,
  severity,
  means,
  why,
  mend,
  example,
  isWaivable
}: Explanation): string {
  const kind = {
    rule: `a rule of the check (${severity})`,
    policy: `what a community asks (${severity}), looked at with --policy`,
    problem: 'a problem of the grammar',
    violation: 'why something that was sent was not kept'
  }[is]
  const parts = [
    `${code}: ${kind}`,
    means,
    ...(why === undefined ? [] : [`Why: ${why}`]),
    `Mend: ${mend}`
  ]
  if (example !== undefined)
    parts.push(`Instead of\n\n${indented(example.bad)}\n\nwrite\n\n${indented(example.good)}`)
  if (isWaivable)
    parts.push(
      'If it must stay, say so at the field, type, record or contract, for users and ' +
        `reviewers to read:\n\n${indented(`waive: { ${code}: "why it does not hold here" }`)}`
    )
  return `${parts.join('\n\n')}\n`
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

function count(files: readonly CheckedFile[], severity: 'error' | 'warning'): number {
  return files.reduce(
    (sum, { result, reviews }) =>
      sum +
      [...result.findings, ...reviews].filter((finding) => finding.severity === severity).length,
    0
  )
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** Escapes of GitHub's workflow commands. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
