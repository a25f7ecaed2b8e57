/**
 * A client that is one file and needs no package: what the contract says, the readers of its types,
 * and the least that keeps the SDK's word.
 */
import { endOf } from '#values/expiry'
import {
  agents,
  ciVendors,
  containers,
  notebooks,
  orchestrators,
  partsOf,
  serverless,
  tests
} from '#values/places'
import type { Contract, EnvironmentPart } from '../../form/contract.ts'
import { frameDigest } from '../../form/terms.ts'
import { recordTypedef } from '../client/javascript.ts'
import { comment, quoted, typeName } from '../client/names.ts'
import { recordsOf } from '../client/records-of.ts'
import { recordType } from '../client/typescript.ts'
import { Words } from '../client/value-types.ts'
import { hasOwnBounds, recordSources } from './field-readers.ts'
import { neededOf, type Language, type Part } from './parts.ts'
import { agentsWithoutWords, readerSignsOf, signsOf, unattendedSigns } from './signs.ts'

export interface Standalone {
  readonly contract: Contract
  readonly language: Language
  /** What stands in `partsFile`. */
  readonly parts: readonly Part[]
}

/** The same contract gives the same bytes. `lacksOf` must have nothing to say. */
export function generateStandalone({ contract, language, parts }: Standalone): string {
  const isTyped = language === 'typescript'
  const constants = constantsOf(contract, isTyped)
  const tables = `${constants}\n${tablesOf(contract)}\n${formOf(contract, isTyped)}`
  // All words of the tables: what is only a text's carries a part too many, and never one too few.
  const used = tables.match(/\w+/g) ?? []
  const needed = neededOf(parts, [...used, 'openClient', 'Client', 'Options'])
  const words = new Words()
  const records = recordsOf(contract)
  const types = isTyped
    ? records.map((record) => recordType(record, words))
    : records.map((record) => recordTypedef(record, words))
  return [
    ...headOf(contract, language),
    // First of all: a minifier folds what it knows before anything could have run.
    constants,
    '',
    ...(words.usesUnlisted ? unlistedOf(isTyped) : []),
    ...words
      .named()
      .map(({ name, members }) =>
        isTyped
          ? `export type ${name} =\n${members.map((each) => `  | ${each}`).join('\n')}\n`
          : `/** @typedef {${members.join(' | ').replaceAll('*/', String.raw`*\/`)}} ${name} */\n`
      ),
    ...types.map((text) => `${text}\n`),
    ...(isTyped
      ? surfaceOf(
          contract,
          records.map(({ name }) => name)
        )
      : documented(
          contract,
          records.map(({ name }) => name)
        )),
    tablesOf(contract),
    '',
    formOf(contract, isTyped),
    '',
    ...needed.map(({ names: [name = ''], text }) =>
      isTyped && /^(?:Options|Client)$/.test(name)
        ? `${text.replace(/^(?=interface )/m, 'export ')}\n`
        : `${text}\n`
    )
  ].join('\n')
}

/** What a maintainer and a reviewer must know of this file, and what it has not. */
function headOf({ title }: Contract, language: Language): readonly string[] {
  return [
    ...(language === 'javascript' ? ['// @ts-nocheck'] : []),
    '/**',
    ` * The telemetry of ${comment(title)}, whole in this file. Written by \`candor contract`,
    ` * generate ${language} --standalone\`: edit the contract instead.`,
    ' *',
    ' * It keeps the word of `@candor/sdk`: nothing before its user could say no, any off wins and',
    ' * removes what was there, only a person reads a notice, records lie on the disk at the end of',
    ' * the turn, and one process of its own sends them, at most once a day.',
    ' *',
    ' * It has not: the question at the terminal (its notice says how to say yes), a log of what was',
    ' * sent, a page to look at, import and export, deletion keys, the version check, `local` and',
    ' * `log` (they hold everything back), a project’s file, accounts, snapshots on a schedule,',
    ' * counters that are summed, a share that the collector asks for, Segment’s wire, a proxy',
    ' * before Node 22.21 and 24.5, and delivery from within the program: in CI, tests, functions and',
    ' * fleeting containers nothing is recorded. Where the contract has changed, all of it waits',
    ' * until it is agreed to, and not only what is new.',
    ' */'
  ]
}

function unlistedOf(isTyped: boolean): readonly string[] {
  return isTyped
    ? [
        'export type Unlisted = string & { readonly unlisted: true }',
        '',
        '/** A text from outside for an enum: what is none of its words becomes `other`. */',
        'export const unlisted = (text: string): Unlisted => text as Unlisted',
        ''
      ]
    : [
        '/** @typedef {string & { readonly unlisted: true }} Unlisted */',
        '',
        '/**',
        ' * A text from outside for an enum: what is none of its words becomes `other`.',
        ' * @param {string} text',
        ' * @returns {Unlisted}',
        ' */',
        'export const unlisted = (text) => /** @type {Unlisted} */ (text)',
        ''
      ]
}

function surfaceOf({ title }: Contract, names: readonly string[]): readonly string[] {
  return [
    '/** Every record of the contract by its name. */',
    'export type Records = {',
    ...names.map((name) => `  readonly ${name}: ${typeName(name)}`),
    '}',
    '',
    "export interface Telemetry extends Omit<Client, 'record'> {",
    '  record<Name extends keyof Records>(name: Name, fields: Records[Name]): void',
    '}',
    '',
    `/** Telemetry of ${comment(title)}: nothing is sent before its user could say no. Never throws. */`,
    'export function createTelemetry(options: Options): Telemetry {',
    '  return openClient(options) as Telemetry',
    '}',
    ''
  ]
}

function documented({ title }: Contract, names: readonly string[]): readonly string[] {
  return [
    '/**',
    ' * Every record of the contract by its name.',
    ' * @typedef {object} Records',
    ...names.map((name) => ` * @property {${typeName(name)}} ${name}`),
    ' */',
    '',
    '/**',
    ' * @typedef {object} Options',
    ' * @property {string} version',
    " * @property {'program' | 'service'} [runs]",
    ' * @property {string} [folder]',
    ' * @property {string} [endpoint]',
    ' * @property {boolean} [insecure]',
    ' * @property {string} [command]',
    ' * @property {string | boolean} [says]',
    ' * @property {(line: string) => void} [log]',
    ' * @property {boolean} [machineOutput]',
    ' */',
    '',
    '/**',
    ' * @typedef {object} Telemetry',
    ' * @property {<Name extends keyof Records>(name: Name, fields: Records[Name]) => void} record',
    ' * @property {() => Promise<string>} flush',
    ' * @property {() => void} close',
    ' * @property {(verb: string) => { text: string, code: 0 | 1 }} telemetry',
    ' */',
    '',
    '/**',
    ` * Telemetry of ${comment(title)}: nothing is sent before its user could say no. Never throws.`,
    ' * @param {Options} options',
    ' * @returns {Telemetry}',
    ' */',
    'export function createTelemetry(options) {',
    '  return openClient(options)',
    '}',
    ''
  ]
}

/** Whether reports say what runs the program: then the tables must tell each kind apart. */
const tellsAutomation = ({ environment }: Contract): boolean =>
  environment.some((part) => /^(?:class|automation)$/.test(part))

function tablesOf(contract: Contract): string {
  // For whoever reads a notice, words tell of most of them; to say which automation it is, the
  // whole table does.
  const isTold = tellsAutomation(contract)
  return [
    `const ciSigns = ${signsOf(ciVendors)}`,
    `const testSigns = ${isTold ? signsOf(tests) : '/^(?!)/'}`,
    `const agentSigns = ${isTold ? signsOf(agents) : '/^(?!)/'}`,
    `const schedulerSigns = ${signsOf(...(isTold ? [] : [tests]), orchestrators, serverless)}`,
    `const containerSigns = ${signsOf(containers)}`,
    `const readerSigns = ${readerSignsOf(isTold ? [] : agentsWithoutWords(agents))}`,
    `const pagingSigns = ${unattendedSigns('paging')}`,
    `const editingSigns = ${unattendedSigns('editing')}`
  ].join('\n')
}

/** What is told of where it runs, as the package tells it. */
const environmentSources: Readonly<Record<EnvironmentPart, string>> = {
  class:
    "isService ? 'service' : place.automation === 'ci' || place.isScheduled ? 'batch' : " +
    "isNotebook || (place.isTerminal && place.automation !== 'agent') ? 'interactive' : 'unknown'",
  automation: 'place.automation',
  container: 'place.isContainer',
  os: "platform === 'win32' ? 'windows' : platform",
  os_version: String.raw`/\d+(?:\.\d+)?/.exec(process.getBuiltinModule('node:os').release())?.[0]`,
  arch: 'process.arch',
  runtime: "`node ${/\\d+(?:\\.\\d+)?/.exec(process.versions.node)?.[0] ?? ''}`",
  cpu: "Math.min(128, 2 ** Math.floor(Math.log2(process.getBuiltinModule('node:os').availableParallelism())))"
}

function constantsOf(contract: Contract, isTyped: boolean): string {
  const { consent, endpoint, identity, page } = contract
  const variable = variableOf(contract.product)
  const names = consent.levels.map(({ name }) => name)
  const records = recordsOf(contract)
  const constants = {
    productName: contract.product,
    productTitle: contract.title,
    contractDigest: contract.digest,
    termsDigest: contract.terms,
    // Told to nobody: long enough to differ.
    frameDigest: frameDigest(contract).slice(7, 23),
    isOptOut: consent.default === 'opt-out',
    levelNames: names,
    hasLevels: names.length > 1,
    usualLevel:
      consent.defaultLevel === undefined ? names.length - 1 : names.indexOf(consent.defaultLevel),
    graceMs: consent.graceHours * 3_600_000,
    usualEndpoint: endpoint?.['default'] ?? '',
    variable,
    endpointVariables: [`${variable}_ENDPOINT`, endpoint?.['variable']].filter(
      (name) => name !== undefined
    ),
    noticeText: noticeOf(contract),
    pageText: page ?? '',
    tellsAutomation: tellsAutomation(contract),
    hasSwitches: switchesOf(contract).length > 0,
    hasWindows: identity.sdkKind === 'window',
    hasEnds: records.some((record) => endOf(record) !== Infinity),
    hasGrains: records.some(({ time }) => time !== undefined),
    hasSamples: records.some(({ sample }) => sample !== undefined),
    hasBounds: records.some((record) => hasOwnBounds(record))
  }
  const typeOf = (value: unknown): string =>
    Array.isArray(value) ? 'readonly string[]' : typeof value
  // Wider than it is, so that a compiler does not say that it never changes.
  return Object.entries(constants)
    .map(
      ([key, value]) =>
        `const ${key} = ${JSON.stringify(value)}${isTyped ? ` as ${typeOf(value)}` : ''}`
    )
    .join('\n')
}

function formOf(contract: Contract, isTyped: boolean): string {
  const { identity } = contract
  const days = identity.sdkKind === 'window' ? (identity.days ?? 7) : 0
  return [
    ...environmentSource(contract, isTyped),
    ...switchesSource(contract, isTyped),
    `const windowAt = ${
      days === 0
        ? "() => ''"
        : days === 7
          ? 'isoWeekAt'
          : `(now${isTyped ? ': number' : ''}) => windowOf(now, ${days})`
    }`,
    `const idsOf = ${identity.sdkKind === 'none' ? '() => ({})' : 'installationOf'}`,
    `const recordForms${isTyped ? ': { readonly [name: string]: RecordForm }' : ''} = {`,
    recordSources(contract).join(',\n'),
    '}'
  ].join('\n')
}

function environmentSource({ environment }: Contract, isTyped: boolean): readonly string[] {
  const lines = environment.map((part) => `    ${part}: ${environmentSources[part]}`).join(',\n')
  const signs = [...new Set(notebooks.flatMap((row) => partsOf(row).slice(1)))]
  const notebook = `    const isNotebook = ${JSON.stringify(signs)}.some((name) => name in process.env)`
  const given = isTyped ? '(place: Place, isService: boolean)' : '(place, isService)'
  return environment.includes('class')
    ? [`const environmentOf = ${given} => {`, notebook, '  return {', lines, '  }', '}']
    : [`const environmentOf = ${given} => ({`, lines, '})']
}

const variableOf = (product: string): string =>
  `${product.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}_TELEMETRY`

/** The product's own variables, with the word that refuses. */
function switchesOf({ product, controls }: Contract): readonly (readonly [string, string])[] {
  return controls.flatMap(({ variable, was, off, keeps }) =>
    off === undefined || keeps !== undefined
      ? []
      : [variable, was].flatMap((name) =>
          typeof name === 'string' && name !== variableOf(product) && name !== 'DO_NOT_TRACK'
            ? [[name, String(off)] as const]
            : []
        )
  )
}

function switchesSource(contract: Contract, isTyped: boolean): readonly string[] {
  const given = isTyped ? '(hear: (variable: string, word: Word) => void)' : '(hear)'
  return [`const hearSwitches = ${given} => {`, ...switchesOf(contract).map(switchLine), '}']
}

function switchLine([name, off]: readonly [string, string]): string {
  return `  hear(${quoted(name)}, switched(process.env[${quoted(name)}], ${quoted(off)}))`
}

/** In the contract's words, or the same as the package would say. */
function noticeOf({
  notice,
  title,
  purpose,
  consent,
  recipients,
  identity,
  retention
}: Contract): string {
  if (notice !== undefined) return notice
  const to = recipients.map((each) => `${each.name} (${each.where}), for ${each.for}`).join('; ')
  const does = consent.default === 'opt-out' ? 'reports' : 'can report'
  const id = identity.sdkKind === 'none' ? 'no id' : 'an id'
  return [
    `${title} ${does} how it is used${to === '' ? '' : `, to ${to}`}. What for: ${purpose}`,
    ...consent.levels.map(({ says }) => `  - ${says}`),
    `Reports carry ${id}: ${identity.says.replace(/\.$/, '')}. ` +
      `They are kept for ${retention.recordsDays} days.`
  ].join('\n')
}
