/** Reads a contract from YAML and tells every problem at once. */
import {
  booleanOf,
  entriesOf,
  membersOf,
  note,
  noteMissing,
  shown,
  textOf,
  type Authored
} from './authored.ts'
import { environmentParts, type Contract } from '../form/contract.ts'
import { contractDigest } from '../form/digest.ts'
import { fieldReadingsMax } from '../form/limits.ts'
import { readEditions } from './parse-editions.ts'
import { inheritsNothing, readFields, type Vocabulary } from './parse-fields.ts'
import {
  readConsent,
  readControls,
  readDelivery,
  readEndpoint,
  readIdentity,
  readNever,
  readQuestions,
  readRecipients,
  readRetention,
  readVersionCheck,
  readWords,
  required
} from './parse-frame.ts'
import { readPublication } from './parse-publication.ts'
import { readRecords } from './parse-records.ts'
import { readTypeAt, typeNames } from './parse-types.ts'
import type { Problem } from '../form/problem.ts'
import { plainOf, readYaml, type Source, type SourceReading } from './source.ts'
import { termsDigest } from '../form/terms.ts'
import { noteWaivers } from './waivers.ts'

export type ParseResult =
  | { readonly is: 'contract'; readonly contract: Contract; readonly warnings: readonly Problem[] }
  | { readonly is: 'invalid'; readonly problems: readonly Problem[] }

/** What a contract may say at its top. */
export const topKeys = [
  'candor',
  'product',
  'title',
  'purpose',
  'contact',
  'source',
  'page',
  'notice',
  'appeal',
  'location',
  'publication',
  'recipients',
  'retention',
  'consent',
  'identity',
  'environment',
  'presence',
  'questions',
  'types',
  'groups',
  'events',
  'snapshots',
  'counters',
  'version_check',
  'controls',
  'delivery',
  'endpoint',
  'never',
  'retired',
  'editions',
  'waive'
]

/**
 * Never throws, whatever the text is.
 *
 * @example
 * const result = parseContract(await readFile('contract.yaml', 'utf8'))
 * if (result.is === 'invalid') for (const problem of result.problems) show(problem.line,
 * problem.message)
 */
export function parseContract(text: string): ParseResult {
  return parseSource(readYaml(text))
}

/** The same for a document that has been read already. */
export function parseSource(reading: SourceReading): ParseResult {
  if (reading.source === undefined) return { is: 'invalid', problems: inOrder(reading.problems) }
  const problems: Problem[] = [...reading.problems]
  const contract = readContract(reading.source, problems)
  const told = inOrder(problems)
  if (contract === undefined || told.some((problem) => problem.severity === 'error'))
    return { is: 'invalid', problems: told }
  return { is: 'contract', contract: deepFreeze(contract), warnings: told }
}

/** `path` is where it stands, if it is only a part of a document. */
function readContract(source: Source, problems: Problem[], path = ''): Contract | undefined {
  const root: Authored = { source, path, keyAt: source.at, problems }
  if (source.is !== 'map') {
    note(root, 'VALUE_INVALID', 'A contract is a YAML mapping: start with `candor: 1`.')
    return undefined
  }
  if (!acceptsGrammarVersion(root)) return undefined
  const entries = entriesOf(root, topKeys)
  const product = required(root, entries, 'product', 'name it in lower case')
  const productAt = entries.get('product')
  if (product !== '' && productAt !== undefined && !/^[a-z][a-z0-9-]{0,39}$/.test(product)) {
    note(
      productAt,
      'NAME_INVALID',
      `\`${shown(product)}\` cannot name a product: use at most 40 of \`a-z\`, \`0-9\` and ` +
        '`-`, a letter first.'
    )
  }
  const consent = readConsent(root, entries.get('consent'))
  const questions = readQuestions(entries.get('questions'))
  const typesAt = entries.get('types')
  const vocabulary: Vocabulary = {
    types: typesAt === undefined ? new Map() : membersOf(typesAt),
    levels: consent.levels.map((level) => level.name),
    questions: [...questions.keys()],
    budget: { fieldsLeft: fieldReadingsMax }
  }
  checkTypes(vocabulary)
  noteWaivers(entries.get('waive'))
  const environment = readWords(entries.get('environment'), environmentParts)
  const identity = readIdentity(root, entries.get('identity'))
  const presence = readWords(entries.get('presence'), ['day', 'week', 'month'])
  const records = readRecords(root, entries, vocabulary, presence)
  const publicationAt = entries.get('publication')
  const frame = {
    product,
    title: required(root, entries, 'title', 'give the product’s name for people'),
    purpose: required(root, entries, 'purpose', 'say in a sentence what the data is for'),
    contact: textOf(entries.get('contact')),
    recipients: readRecipients(root, entries.get('recipients')),
    location: textOf(entries.get('location')),
    source: textOf(entries.get('source')),
    page: textOf(entries.get('page')),
    notice: textOf(entries.get('notice')),
    appeal: textOf(entries.get('appeal')),
    publication: readPublication(publicationAt, { records, environment, identity }),
    retention: readRetention(root, entries.get('retention')),
    consent,
    identity,
    environment,
    presence,
    questions,
    records,
    versionCheck: readVersionCheck(entries.get('version_check')),
    controls: readControls(root, entries.get('controls')),
    endpoint: readEndpoint(entries.get('endpoint')),
    delivery: readDelivery(entries.get('delivery')),
    never: readNever(entries.get('never')),
    retired: booleanOf(entries.get('retired')) ?? false
  }
  const editions = readEditions(root, entries.get('editions'), frame, (part) =>
    readContract(part.source, part.problems, part.path)
  )
  if (problems.some((problem) => problem.severity === 'error')) return undefined
  const document = plainOf(source)
  return {
    ...frame,
    editions,
    digest: contractDigest(document),
    terms: termsDigest(frame),
    document
  }
}

function acceptsGrammarVersion(root: Authored): boolean {
  const at = membersOf(root).get('candor')
  if (at === undefined) {
    noteMissing(root, 'candor', 'start with `candor: 1`')
    return true
  }
  const version = at.source.is === 'scalar' ? at.source.value : undefined
  if (version === 1) return true
  note(
    at,
    'VERSION_UNSUPPORTED',
    'This grammar version is not known here: write `candor: 1`, or use a newer Candor.'
  )
  return false
}

/** Reads each named type by itself, so that problems of unused ones are told as well. */
function checkTypes(vocabulary: Vocabulary): void {
  const inherited = inheritsNothing(vocabulary.levels)
  for (const [name, at] of vocabulary.types) {
    if (typeNames.some((builtIn) => builtIn === name)) {
      note(at, 'NAME_INVALID', `\`${name}\` is a built-in type: choose another name.`, {
        onKey: true
      })
    }
    if (at.source.is !== 'map')
      note(at, 'VALUE_INVALID', 'A type is a mapping: write `{ type: …, its keys }`.')
    else
      readTypeAt(at, {
        types: vocabulary.types,
        depth: 1,
        fieldsOf: (fieldsAt, depth) => readFields(fieldsAt, vocabulary, inherited, depth)
      })
  }
}

/** Nobody reads more at once. Errors that follow from others come later in the text, mostly. */
const problemsMax = 500

/** By place, each once: a shared type is read at every use. */
function inOrder(problems: readonly Problem[]): readonly Problem[] {
  const unique = new Map<string, Problem>()
  for (const problem of problems) {
    const key = `${problem.line}:${problem.column}:${problem.code}:${problem.message}`
    if (!unique.has(key)) unique.set(key, problem)
  }
  return [...unique.values()]
    .sort((one, other) => one.line - other.line || one.column - other.column)
    .slice(0, problemsMax)
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of value instanceof Map ? value.values() : Object.values(value))
      deepFreeze(member)
  }
  return value
}
