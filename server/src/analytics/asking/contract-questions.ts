/**
 * Which of our questions answer what a contract itself asks? Those about the fields and records
 * that serve it.
 */
import type { CompiledContract, RecordDeclaration } from '@candor/contract'
import { type AskableField, fieldsOf, isNumber } from '../reading/fields.ts'

export interface ContractQuestion {
  readonly name: string
  /** As the contract asks it. */
  readonly says: string
  /** In the order in which they should be read; never empty. */
  readonly asks: readonly ContractAsk[]
}

interface ContractAsk {
  readonly title: string
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Each of them is answered whole: by every field that serves it. */
export function contractQuestions(product: CompiledContract): readonly ContractQuestion[] {
  const fields = fieldsOf(product)
  return [...product.contract.questions].map(([name, says]) => {
    const serving = fields.filter(({ serves }) => serves.includes(name))
    const records = [...product.contract.records.values()].filter(
      (record) =>
        record.serves.includes(name) || serving.some((field) => field.records.includes(record.name))
    )
    const asks = [
      ...byItsWords(says, product),
      ...failuresOf(serving),
      ...ofRecords(records.filter(({ kind }) => kind !== 'snapshot')),
      ...ofFields(name, serving, product)
    ]
    const known = new Map(asks.map((ask) => [JSON.stringify([ask.question, ask.parameters]), ask]))
    return { name, says, asks: known.size === 0 ? [plainly] : [...known.values()] }
  })
}

/** A contract that asks who is alive, or which versions are, asks what no field tells. */
function byItsWords(says: string, { contract }: CompiledContract): readonly ContractAsk[] {
  const isFollowed = contract.identity.kind === 'persistent'
  const ask = (title: string, question: string, parameters = {}): ContractAsk => ({
    title,
    question,
    parameters
  })
  return [
    ...(/\b(?:alive|active|how many)\b/i.test(says)
      ? [ask('Active, week by week', 'active-installations', { unit: 'week', since: '12w' })]
      : []),
    ...(/\bversions?\b/i.test(says) ? [ask('Versions', 'versions')] : []),
    ...(/\b(?:behind|versions?)\b/i.test(says) && isFollowed
      ? [ask('Up to date', 'up-to-date')]
      : []),
    ...(/\bupgrade/i.test(says) && isFollowed
      ? [ask('Time to upgrade', 'time-to-upgrade', { since: '90d' })]
      : []),
    ...(/\bhow long\b.*\brun\b|\brun\b.*\bhow long\b/i.test(says)
      ? [ask('Sessions and uptime', 'sessions', { unit: 'week', since: '12w' })]
      : [])
  ]
}

/** Where records say whether they went well, or a report counts what failed. */
function failuresOf(serving: readonly AskableField[]): readonly ContractAsk[] {
  const outcomes = serving.filter(({ type, name }) => type.is === 'boolean' && name === 'success')
  const counters = serving.filter(({ name }) => name.endsWith('.total_failures'))
  return [
    ...outcomes.map(({ name }) => ({
      title: 'Failures, by record',
      question: 'failures',
      parameters: { success: name }
    })),
    ...outcomes.map(({ name }) => ({
      title: 'Failures, by version',
      question: 'failures',
      parameters: { success: name, by: 'version' }
    })),
    ...counters.map(({ name }) => {
      const tried = name.replace(/failures$/, 'runs')
      const isThere = serving.some((field) => field.name === tried)
      return {
        title: `Failures in ${name.slice(0, name.indexOf('.'))}`,
        question: 'failures',
        parameters: { failed: name, ...(isThere ? { tried } : {}) }
      }
    })
  ]
}

/** One answer tells how often each of them came. */
function ofRecords(records: readonly RecordDeclaration[]): readonly ContractAsk[] {
  const [only] = records
  if (only === undefined) return []
  return [
    {
      title: records.length === 1 ? `How often ${only.name}` : 'How often each record',
      question: 'events',
      parameters: records.length === 1 ? { record: only.name } : {}
    },
    { title: 'For how many', question: 'adoption', parameters: {} }
  ]
}

/** Numbers of a snapshot stand in one table: of hundreds of fields nobody reads a chart each. */
function ofFields(
  question: string,
  serving: readonly AskableField[],
  { contract }: CompiledContract
): readonly ContractAsk[] {
  const isSnapshot = ({ records }: AskableField): boolean =>
    records.every((name) => contract.records.get(name)?.kind === 'snapshot')
  const isSummable = (field: AskableField): boolean =>
    isNumber(field) || field.type.is === 'boolean'
  const sums = serving.filter((field) => isSnapshot(field) && isSummable(field))
  const records = [...new Set(sums.flatMap((field) => field.records))]
  return [
    ...serving
      .filter((field) => !sums.includes(field) && isTold(field))
      .flatMap((field) => [...byMajor(field, isSnapshot(field)), askOf(field, isSnapshot(field))]),
    ...records.map((record) => ({
      title: `Numbers of ${record}`,
      question: 'fleet',
      parameters: { record, serves: question }
    }))
  ]
}

/** Tokens are alike to nobody, and members of a map that counts failures are told with these. */
function isTold({ name, type }: AskableField): boolean {
  if (name.includes('.')) return name.endsWith('.inner') || name.endsWith('.total_crashes')
  return (
    type.is !== 'token' && type.is !== 'uuid' && !(type.is === 'list' && type.of.is === 'tuple')
  )
}

/** PostgreSQL's first number is what decides which of its versions must be served. */
function byMajor(
  { name, type, values }: AskableField,
  isSnapshot: boolean
): readonly ContractAsk[] {
  const isVersion = type.is === 'word' && values === undefined
  if (!isVersion || !/(?:^|_)(?:postgresql|postgres|pg|db)_version$/.test(name)) return []
  const parameters = { field: name, lines: 'major', ...(isSnapshot ? { of: 'latest' } : {}) }
  return [{ title: `${name}, by major version`, question: 'breakdown', parameters }]
}

function askOf(field: AskableField, isSnapshot: boolean): ContractAsk {
  const of: Readonly<Record<string, string>> = isSnapshot ? { of: 'latest' } : {}
  if (field.isShape)
    return { title: field.name, question: 'query-shapes', parameters: { field: field.name } }
  const isMap = field.pairs !== undefined && isSnapshot
  return {
    title: field.name,
    question:
      field.buckets === undefined && isMap
        ? 'fleet'
        : isNumber(field) || field.buckets !== undefined
          ? 'distribution'
          : 'breakdown',
    parameters: { field: field.name, ...(isMap ? {} : of) }
  }
}

/** What no field and no word of it tells is at least whether anybody is there. */
const plainly: ContractAsk = {
  title: 'Active installations',
  question: 'active-installations',
  parameters: {}
}
