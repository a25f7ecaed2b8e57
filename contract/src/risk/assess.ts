/**
 * Whom does each event and field of a contract single out, which two together, and what would help?
 * Counted, never guessed.
 */
import type { Contract, RecordDeclaration } from '../form/contract.ts'
import { leavesOf, type Leaf } from './leaves.ts'
import type { Counted, Dimension, Measure } from './measure.ts'
import { waysToTellLess } from './suggestions.ts'

export interface Risk {
  readonly product: string
  readonly records: readonly RecordRisk[]
}

export interface RecordRisk {
  readonly name: string
  readonly kind: RecordDeclaration['kind']
  /** Environment and version, which come with every record. */
  readonly environment: Counted
  /** All kept fields and the environment together, ids aside. */
  readonly whole: Counted
  readonly fields: readonly FieldRisk[]
  /** Tokens and random ids: they tell installations apart by design, and are not counted. */
  readonly ids: readonly string[]
  /** Two fields, or a field and the environment, that together single out more than each alone. */
  readonly combination:
    | { readonly of: readonly [string, string]; readonly counted: Counted }
    | undefined
  readonly suggestions: readonly Suggestion[]
  /** Fields that were beyond the bound of work, or that nobody has measured. */
  readonly unmeasured: readonly string[]
}

export interface FieldRisk {
  readonly name: string
  readonly type: string
  readonly counted: Counted
}

export interface Suggestion {
  readonly field: string
  readonly write: string
  readonly before: Counted
  /** Undefined where the field is left out. */
  readonly after: Counted | undefined
  /** The whole record, before and after. */
  readonly wholeBefore: Counted
  readonly wholeAfter: Counted
}

/**
 * What a collector is asked stays bounded: fields of one record, fields that are paired, fields
 * that suggestions are tried on.
 */
export const riskLimits = { fields: 200, paired: 8, suggested: 6 }

/**
 * Shares of the installations that a field singles out: from where on a suggestion is looked for,
 * and up to where it is enough.
 */
const trouble = 0.005
const enoughShare = 0.01
/** Who is singled out by one field alone needs no second one. */
const aloneAlready = 0.5

export const environmentName = 'environment'

/**
 * @example
 * const risk = await assessRisk(contract, fleetMeasure(contract, { installations: 10_000, seed: 1
 * }))
 * risk.records.flatMap(({ fields }) => fields.filter(({ counted }) => counted.alone > 0))
 */
export async function assessRisk(
  contract: Contract,
  measure: Measure,
  { isMeasured = () => true }: { readonly isMeasured?: (column: string) => boolean } = {}
): Promise<Risk> {
  const environment = [...contract.environment, 'version'].map((name): Dimension => ({
    of: 'environment',
    name,
    coarser: []
  }))
  const records: RecordRisk[] = []
  // One after the other: a collector answers questions of others meanwhile.
  for (const record of contract.records.values())
    records.push(await assessRecord({ record, environment, measure, isMeasured }))
  return { product: contract.product, records }
}

interface Assessing {
  readonly record: RecordDeclaration
  readonly environment: readonly Dimension[]
  readonly measure: Measure
  readonly isMeasured: (column: string) => boolean
}

interface MeasuredLeaf {
  readonly leaf: Leaf
  readonly dimension: Dimension
  readonly counted: Counted
}

async function assessRecord({
  record,
  environment,
  measure,
  isMeasured
}: Assessing): Promise<RecordRisk> {
  const all = leavesOf(record)
  const readable = all.filter(({ isId }) => !isId)
  const leaves = readable.filter(({ column }) => isMeasured(column)).slice(0, riskLimits.fields)
  const dimensions = leaves.map(({ column, coarser }): Dimension => ({
    of: 'field',
    name: column,
    coarser
  }))
  const [ofEnvironment = none, whole = none, ...each] = await measure(record.name, [
    environment,
    [...environment, ...dimensions],
    ...dimensions.map((dimension) => [dimension])
  ])
  const fields = leaves.map((leaf, index): MeasuredLeaf => ({
    leaf,
    dimension: dimensions[index] ?? { of: 'field', name: leaf.column, coarser: [] },
    counted: each[index] ?? none
  }))
  const isSent = whole.installations > 0
  return {
    name: record.name,
    kind: record.kind,
    environment: ofEnvironment,
    whole,
    fields: fields.map(({ leaf, counted }) => ({ name: leaf.column, type: leaf.type.is, counted })),
    ids: all.filter(({ isId }) => isId).map(({ column }) => column),
    combination: isSent
      ? await worstPair({ record, fields, environment, ofEnvironment, measure })
      : undefined,
    suggestions: isSent
      ? await suggestionsFor({ record, fields, environment, whole, measure })
      : [],
    unmeasured: readable.filter((leaf) => !leaves.includes(leaf)).map(({ column }) => column)
  }
}

const none: Counted = { installations: 0, values: 0, alone: 0, few: 0, bits: 0 }

/** Among the fields that tell most: what the others add to a pair is less than what these do. */
async function worstPair({
  record,
  fields,
  environment,
  ofEnvironment,
  measure
}: {
  record: RecordDeclaration
  fields: readonly MeasuredLeaf[]
  environment: readonly Dimension[]
  ofEnvironment: Counted
  measure: Measure
}): Promise<RecordRisk['combination']> {
  const candidates = [
    ...fields.map(({ leaf, dimension, counted }) => ({
      name: leaf.column,
      group: [dimension],
      counted
    })),
    { name: environmentName, group: environment, counted: ofEnvironment }
  ]
    .filter(
      ({ counted }) => counted.values > 1 && counted.alone <= aloneAlready * counted.installations
    )
    .sort((one, other) => other.counted.bits - one.counted.bits)
    .slice(0, riskLimits.paired)
  const pairs = candidates.flatMap((one, index) =>
    candidates.slice(index + 1).map((other) => ({ one, other }))
  )
  if (pairs.length === 0) return undefined
  const counted = await measure(
    record.name,
    pairs.map(({ one, other }) => [...one.group, ...other.group])
  )
  const found = pairs.flatMap(({ one, other }, index) => {
    const both = counted[index] ?? none
    const added = both.alone - Math.max(one.counted.alone, other.counted.alone)
    return added > 0 ? [{ of: [one.name, other.name] as const, counted: both, added }] : []
  })
  // Of two that single out as many, the one that owes more to being combined.
  const [worst] = found.sort(
    (one, other) => other.counted.alone - one.counted.alone || other.added - one.added
  )
  return worst === undefined ? undefined : { of: worst.of, counted: worst.counted }
}

async function suggestionsFor({
  record,
  fields,
  environment,
  whole,
  measure
}: {
  record: RecordDeclaration
  fields: readonly MeasuredLeaf[]
  environment: readonly Dimension[]
  whole: Counted
  measure: Measure
}): Promise<readonly Suggestion[]> {
  const troubling = fields
    .filter(({ counted }) => counted.alone > trouble * counted.installations)
    .sort(
      (one, other) =>
        other.counted.alone - one.counted.alone || other.counted.bits - one.counted.bits
    )
    .slice(0, riskLimits.suggested)
  const tried = troubling.flatMap((field) =>
    waysToTellLess(field.leaf).map((way) => ({ field, way }))
  )
  if (tried.length === 0) return []
  const wholeWith = (field: MeasuredLeaf, instead: readonly Dimension[]): readonly Dimension[] => [
    ...environment,
    ...fields.flatMap((each) => (each === field ? instead : [each.dimension]))
  ]
  const groups = tried.flatMap(({ field, way }) => {
    const instead = way.coarser === undefined ? [] : [{ ...field.dimension, coarser: way.coarser }]
    return [instead, wholeWith(field, instead)]
  })
  const counted = await measure(record.name, groups)
  const measured = tried.map(({ field, way }, index): Suggestion => ({
    field: field.leaf.column,
    write: way.write,
    before: field.counted,
    after: way.coarser === undefined ? undefined : (counted[2 * index] ?? none),
    wholeBefore: whole,
    wholeAfter: counted[2 * index + 1] ?? none
  }))
  return troubling.flatMap(({ leaf }) =>
    mildestEnough(measured.filter(({ field }) => field === leaf.column))
  )
}

/** The mildest that is enough; and the field's absence beside it only where nothing milder is. */
function mildestEnough(ways: readonly Suggestion[]): readonly Suggestion[] {
  const enough = ways.find(
    ({ after }) => after === undefined || after.alone <= enoughShare * after.installations
  )
  if (enough?.after !== undefined) return [enough]
  const strongest = ways
    .filter(({ after, before }) => after !== undefined && after.alone < before.alone)
    .at(-1)
  return [
    ...(strongest === undefined ? [] : [strongest]),
    ...(enough === undefined ? [] : [enough])
  ]
}
