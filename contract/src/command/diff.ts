/**
 * `candor contract diff`: what changed between two versions of a contract, for whom, and what users
 * would be shown.
 */
import type { Change } from '../diff/change.ts'
import { diffContracts, type ContractDiff } from '../diff/diff.ts'
import { paragraphOf } from '../diff/paragraph.ts'
import { Option, type Command } from 'commander'
import { oneOf } from './printing/choice.ts'
import { readContractVersion, type ContractVersion } from './reading/contract-version.ts'
import type { World } from './world.ts'

const formats = ['text', 'json', 'paragraph'] as const
type Format = (typeof formats)[number]

/** 1 is an error, as everywhere; 2 is what shells and tools say of wrong use. */
const exitCodes: Readonly<Record<ContractDiff['verdict'], number>> = {
  same: 0,
  compatible: 0,
  widening: 3,
  breaking: 4
}

export function addContractDiff(contract: Command, world: World): void {
  contract
    .command('diff')
    .description(
      'tell what changed between two versions of a contract: compatible, widening (asks ' +
        'users again) or breaking'
    )
    .argument(
      '<old>',
      'a file or folder, a git revision (main:contract.yaml), a published JSON, or a ' +
        'collector (http://127.0.0.1:4700#acme)'
    )
    .argument('[new]', 'the same', 'contract.yaml')
    .addOption(
      new Option('--format <format>', 'how to print; paragraph is what users are shown')
        .choices(formats)
        .argParser(oneOf(formats))
        .default('text')
    )
    .addHelpText(
      'after',
      '\nExit code: 0 when nothing or only compatible things changed, 3 when users are asked ' +
        'again, 4 when something breaks, 1 for an error.'
    )
    .action(async (before: string, after: string, { format }: { readonly format: Format }) => {
      const [old, now] = [
        await readContractVersion(before, world),
        await readContractVersion(after, world)
      ]
      const difference = diffContracts(old.contract, now.contract)
      world.out(printers[format](difference, old, now))
      process.exitCode = exitCodes[difference.verdict]
    })
}

type Printer = (difference: ContractDiff, old: ContractVersion, now: ContractVersion) => string

const printers: Readonly<Record<Format, Printer>> = {
  text: diffText,
  json: (difference, old, now) => {
    const { verdict, asksAgain, changes } = difference
    const sides = { old: sideOf(old), new: sideOf(now) }
    const paragraph = paragraphOf(difference, now.contract)
    const told = { ...sides, verdict, asks_again: asksAgain, paragraph, changes }
    return `${JSON.stringify(told, undefined, 2)}\n`
  },
  paragraph: (difference, _old, now) => `${plain(paragraphOf(difference, now.contract))}\n`
}

function sideOf({ name, contract: { product, digest, terms } }: ContractVersion): object {
  return { name, product, digest, terms }
}

function diffText({ verdict, asksAgain, changes }: ContractDiff): string {
  const blocks = alike(changes).map(([{ effect, path, what, because }, ...more]) => {
    const others = more.map((change) => change.path).join(', ')
    const places = [
      path || '(the whole)',
      ...(more.length === 0 ? [] : [`and ${more.length} more: ${others}`])
    ].join(' ')
    const says = `  ${plain(what)}\n  ${plain(capital(because))}.\n`
    return `\n${effect.padEnd(widest)}  ${places}\n${says}`
  })
  return `${headOf(verdict, asksAgain)}\n${blocks.join('')}`
}

/** A shared group or type changes many records at once: that is told once. */
function alike(changes: readonly Change[]): readonly (readonly [Change, ...Change[]])[] {
  const groups = new Map<string, [Change, ...Change[]]>()
  for (const change of changes) {
    const key = `${change.effect} ${change.what} ${change.because}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [change])
    else group.push(change)
  }
  return [...groups.values()]
}

const widest = 'compatible'.length

function headOf(verdict: ContractDiff['verdict'], asksAgain: boolean): string {
  const asked = 'users are asked again, and send only what they agreed to until they accept'
  switch (verdict) {
    case 'same':
      return 'Same: nothing is different.'
    case 'compatible':
      return 'Compatible: nobody need do anything.'
    case 'widening':
      return `Widening: ${asked}.`
    case 'breaking':
      return (
        'Breaking: clients, charts or users who rely on it get something ' +
        `else${asksAgain ? `; and ${asked}` : ''}.`
      )
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

/** A contract from elsewhere must not move the terminal's cursor. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
}
