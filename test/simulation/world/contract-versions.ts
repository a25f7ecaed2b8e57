/**
 * Which contracts were published? Each is said twice: as what the oracle knows of it, and as the
 * text that SDK and collector read, so that neither is judged by its own reading.
 */
import {
  compileContract,
  parseContract,
  type CompiledContract
} from '../../../contract/src/index.ts'
import { sdkForm } from '../../../contract/src/generate/client/sdk-form.ts'
import type { ContractForm } from '../../../sdk/src/form.ts'
import type { Chance } from './chance.ts'

export type Level = 'basic' | 'full'
export const levels: readonly Level[] = ['basic', 'full']

interface DeclaredField {
  readonly level: Level
  readonly words?: readonly string[]
  readonly max?: number
}

/** What the oracle knows of a version. */
export interface ContractVersion {
  readonly name: string
  readonly asks: 'opt-out' | 'opt-in'
  readonly fields: Readonly<Record<string, DeclaredField>>
  readonly recipients: readonly string[]
  /** The first day on which nothing of it is told any more. */
  readonly expires: string | undefined
  readonly isRetired: boolean
  readonly collector: CompiledContract
  readonly form: ContractForm
}

export const product = 'sim'
export const recordsDays = 6
const graceHours = 24
/** Begins with letters that nothing else begins with, so that files can be searched for it. */
export const tagShape = /zq[0-9a-z]{10}/g
/** No contract names what holds it, so that nothing may ever keep it. */
export const mark = 'qxj7secret'

type Said = Omit<ContractVersion, 'collector' | 'form'>

const first: Said = {
  name: 'first',
  asks: 'opt-out',
  fields: {
    n: { level: 'basic', max: 1_000_000_000 },
    tag: { level: 'basic' },
    engine: { level: 'basic', words: ['duck', 'post'] },
    size: { level: 'full', max: 1_000 }
  },
  recipients: ['Us'],
  expires: undefined,
  isRetired: false
}

/** What makes the next version of the one before. */
const changes: Readonly<Record<string, (before: Said) => Partial<Said>>> = {
  'fewer words': ({ fields }) => ({
    fields: { ...fields, engine: { level: 'basic', words: ['duck'] } }
  }),
  'more words': ({ fields }) => ({
    fields: { ...fields, engine: { level: 'basic', words: ['duck', 'post', 'snow', 'big'] } }
  }),
  'another field': ({ fields }) => ({ fields: { ...fields, rows: { level: 'basic', max: 500 } } }),
  'a lower level': ({ fields }) => ({
    fields: { ...fields, size: { level: 'basic', max: 1_000 } }
  }),
  'a wider range': ({ fields }) => ({
    fields: { ...fields, size: { level: 'full', max: 100_000 } }
  }),
  'a narrower range': ({ fields }) => ({ fields: { ...fields, size: { level: 'full', max: 10 } } }),
  'another recipient': ({ recipients }) => ({
    recipients: recipients.includes('Them') ? recipients : [...recipients, 'Them']
  }),
  'one recipient': () => ({ recipients: ['Us'] })
}

export function drawVersions(
  chance: Chance,
  { start, days }: { readonly start: number; readonly days: number }
): readonly ContractVersion[] {
  const asks = chance.is(0.7) ? 'opt-out' : 'opt-in'
  const all: Said[] = [{ ...first, asks }]
  for (let count = chance.below(4); count > 0; count -= 1) {
    const before = all.at(-1) ?? first
    const name = chance.pick(Object.keys(changes))
    all.push({ ...before, ...changes[name]?.(before), name })
  }
  const last = all.at(-1) ?? first
  if (chance.is(0.25)) {
    const end = start + (days * 0.3 + days * 0.7 * chance.fraction()) * 86_400_000
    all.push({ ...last, name: 'an end', expires: new Date(end).toISOString().slice(0, 10) })
  }
  if (chance.is(0.1)) all.push({ ...last, name: 'retired', isRetired: true })
  return all.map((said, index) => compiledBothWays(said, index))
}

function compiledBothWays(said: Said, index: number): ContractVersion {
  const parsed = parseContract(textOf(said, index))
  if (parsed.is === 'invalid')
    throw new Error(parsed.problems.map(({ code, message }) => `${code} ${message}`).join('\n'))
  return {
    ...said,
    collector: compileContract(parsed.contract),
    form: JSON.parse(JSON.stringify(sdkForm(parsed.contract))) as ContractForm
  }
}

function textOf({ asks, fields, recipients, expires, isRetired }: Said, index: number): string {
  const field = ([name, { level, words, max }]: [string, DeclaredField]): string =>
    name === 'tag'
      ? "      tag: { type: pattern, pattern: '^zq[0-9a-z]{10}$', level: basic }"
      : words === undefined
        ? `      ${name}: { type: integer, min: 0, max: ${max}, level: ${level} }`
        : `      ${name}: { type: enum, values: [${words.join(', ')}], other: collapse, ` +
          `level: ${level} }`
  return `candor: 1
product: ${product}
title: Simulated ${index}
purpose: To be simulated.
recipients:
${recipients.map((name) => `  - { name: ${name}, where: Here, for: testing }`).join('\n')}
retention: { records: ${recordsDays} days, aggregates: 25 months, backups: 30 days }
controls: [{ flag: --off }]
consent:
  default: ${asks}
  default_level: basic
  grace: ${graceHours} hours
  levels: { basic: Little., full: More. }
identity: { kind: persistent, says: a random id }
environment: [class, automation, container, os, arch, runtime]
${isRetired ? 'retired: true\n' : ''}events:
  work:
    when: It works.
${expires === undefined ? '' : `    expires: ${expires}\n`}    fields:
${Object.entries(fields).map(field).join('\n')}
`
}
