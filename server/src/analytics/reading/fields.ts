/**
 * Which fields can be asked about: each with the records that declare it, its type, its unit and
 * its values.
 */
import {
  columnsFilledBy,
  type ColumnType,
  type CompiledContract,
  type FieldDeclaration,
  type FieldType,
  type MeaningChange
} from '@candor/contract'
import { raw, type Sql, sql } from '../../storage/sql.ts'
import { quoteName } from '../../storage/tables/column-types.ts'
import { fieldColumn } from '../../storage/tables/rows.ts'

export interface AskableField {
  /**
   * The column's name: that of the field, behind those of the objects that it lies in; a member of
   * a map's values stands behind a point.
   */
  readonly name: string
  readonly says: string
  /** Records that declare it. */
  readonly records: readonly string[]
  readonly type: ColumnType
  readonly unit: string | undefined
  /** Of an enum: what it may be. */
  readonly values: readonly string[] | undefined
  /** How the contract coarsens it; undefined: not at all. */
  readonly coarsened: string | undefined
  /**
   * True for few distinct values: an enum, a boolean, a version, a short pattern, a list of these,
   * or a map’s keys.
   */
  readonly isDimension: boolean
  /** Whether it holds the shapes of SQL statements. */
  readonly isShape: boolean
  /** The contract's questions that it serves. */
  readonly serves: readonly string[]
  /** From which version of the client on it means something else; empty: it never changed. */
  readonly changed: readonly MeaningChange[]
  /** Its column in the tables, quoted. */
  readonly column: string
  /** SQL over records as `r`: a field may be named as a column of an answer is (`records`). */
  readonly sql: Sql
  /** Of a map of numbers, or of what holds numbers by key: a list of (key, number). */
  readonly pairs: Sql | undefined
  /** Of a distribution: the lower bounds of its buckets, whose counts the pairs are. */
  readonly buckets?: readonly number[]
}

interface Declared {
  readonly records: string[]
  readonly type: FieldType | undefined
  readonly serves: Set<string>
  readonly changed: MeaningChange[]
}

/** In the order of their declaration. Only what is kept. */
export function fieldsOf({ contract, columns }: CompiledContract): readonly AskableField[] {
  const declared = new Map<string, Declared>()
  for (const record of contract.records.values()) {
    const serving = servedBy(record.fields, record.serves)
    const changed = changedIn(record.fields)
    for (const { name, type } of columnsFilledBy(record)) {
      const known = declared.get(name) ?? { records: [], type, serves: new Set(), changed: [] }
      known.records.push(record.name)
      for (const question of serving.get(name) ?? record.serves) known.serves.add(question)
      known.changed.push(...(changed.get(name) ?? []))
      declared.set(name, known)
    }
  }
  return columns.flatMap((column): readonly AskableField[] => {
    const { records = [], type: field, serves, changed } = declared.get(column.name) ?? {}
    const quoted = quoteName(fieldColumn(column.name))
    const whole: AskableField = {
      name: column.name,
      says: column.says,
      records,
      type: column.type,
      unit: unitOf(field),
      values: valuesOf(field),
      coarsened: coarsenedOf(field),
      isDimension: isDimension(column.type, field),
      isShape: field?.is === 'sql-shape',
      serves: [...(serves ?? [])],
      changed: distinct(changed ?? []),
      column: quoted,
      sql: raw(`r.${quoted}`),
      pairs: pairsOf(column.type, raw(`r.${quoted}`)),
      ...(field?.is === 'map' && field.counts?.is === 'buckets'
        ? { buckets: field.counts.bounds }
        : {})
    }
    return [whole, ...membersOf(whole, field)]
  })
}

/** By column: the questions that a field, or else the object or record that it lies in, serves. */
function servedBy(
  fields: ReadonlyMap<string, FieldDeclaration>,
  inherited: readonly string[],
  prefix = ''
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const { name, type, serves = [] } of fields.values()) {
    const own = serves.length > 0 ? serves : inherited
    found.set(prefix + name, own)
    if (type.is === 'object')
      for (const [inner, questions] of servedBy(type.fields, own, `${prefix}${name}_`))
        found.set(inner, questions)
  }
  return found
}

/** By column: what changed its meaning, a field itself or the object that it lies in. */
function changedIn(
  fields: ReadonlyMap<string, FieldDeclaration>,
  inherited: readonly MeaningChange[] = [],
  prefix = ''
): ReadonlyMap<string, readonly MeaningChange[]> {
  const found = new Map<string, readonly MeaningChange[]>()
  for (const { name, type, changed } of fields.values()) {
    const all = [...inherited, ...changed]
    found.set(prefix + name, all)
    if (type.is === 'object')
      for (const [inner, changes] of changedIn(type.fields, all, `${prefix}${name}_`))
        found.set(inner, changes)
  }
  return found
}

/** Several records declare one field, mostly with the same words. */
function distinct(changes: readonly MeaningChange[]): readonly MeaningChange[] {
  return [...new Map(changes.map((change) => [JSON.stringify(change), change])).values()]
}

/**
 * What a map holds by key: a number of each member, or the numbers of the maps inside it, by their
 * own keys.
 */
function membersOf(whole: AskableField, declared: FieldType | undefined): readonly AskableField[] {
  if (whole.type.is !== 'map') return []
  const { values } = whole.type
  const keys = sql`mapKeys(${whole.sql})`
  const inside = sql`mapValues(${whole.sql})`
  const member = (
    name: string,
    says: string,
    unit: string | undefined,
    pairs: Sql
  ): AskableField => ({
    ...whole,
    name: `${whole.name}.${name}`,
    says,
    unit,
    type: { is: 'map', values: { is: 'number' } },
    isDimension: false,
    coarsened: undefined,
    pairs
  })
  if (values.is === 'map' && isNumeric(values.values))
    return [
      member(
        'inner',
        `${whole.says}, by the inner keys`,
        undefined,
        sql`arrayFlatten(arrayMap(m -> arrayZip(mapKeys(m), mapValues(m)), ${inside}))`
      )
    ]
  if (values.is !== 'tuple') return []
  const fields =
    declared?.is === 'map' && declared.values.is === 'object' ? declared.values.fields : undefined
  return values.fields
    .filter(({ type }) => isNumeric(type))
    .map(({ name }) => {
      const value = sql`tupleElement(v, ${name})`
      const pairs = sql`arrayMap((k, v) -> (k, ${value}), ${keys}, ${inside})`
      return member(
        name,
        fields?.get(name)?.says ?? whole.says,
        unitOf(fields?.get(name)?.type),
        sql`arrayFilter(p -> p.2 IS NOT NULL, ${pairs})`
      )
    })
}

function pairsOf(type: ColumnType, column: Sql): Sql | undefined {
  if (type.is !== 'map') return undefined
  const [keys, values] = [sql`mapKeys(${column})`, sql`mapValues(${column})`]
  if (isNumeric(type.values)) return sql`arrayZip(${keys}, ${values})`
  if (type.values.is === 'map' && isNumeric(type.values.values))
    return sql`arrayMap((k, m) -> (k, arraySum(mapValues(m))), ${keys}, ${values})`
  return undefined
}

function isNumeric({ is }: ColumnType): boolean {
  return is === 'integer' || is === 'number'
}

export function isNumber(field: AskableField): boolean {
  return isNumeric(field.type)
}

/** A number, or a number for each key. */
export function holdsNumbers(field: AskableField): boolean {
  return isNumber(field) || field.pairs !== undefined
}

/** What can be told apart at all: everything but lists of things with parts. */
export function isCountable({ type }: AskableField): boolean {
  return type.is === 'list' ? isScalar(type.of) : type.is === 'map' || isScalar(type)
}

function isScalar(type: ColumnType): boolean {
  return type.is !== 'list' && type.is !== 'map' && type.is !== 'tuple'
}

function isDimension(type: ColumnType, declared: FieldType | undefined): boolean {
  if (type.is === 'map') return declared?.is === 'map' && declared.keys.is === 'enum'
  const { is } = type.is === 'list' ? type.of : type
  return is === 'boolean' || is === 'word'
}

/** A duration is kept in seconds, whatever unit it was sent in. */
function unitOf(type: FieldType | undefined): string | undefined {
  if (type?.is === 'duration') return 's'
  if (type?.is === 'map')
    return type.counts?.is === 'buckets' ? type.counts.unit : unitOf(type.values)
  return type?.is === 'integer' || type?.is === 'number' ? type.unit : undefined
}

function coarsenedOf(type: FieldType | undefined): string | undefined {
  if (type?.is !== 'integer' && type?.is !== 'number' && type?.is !== 'duration') return undefined
  switch (type.coarsen?.by) {
    case undefined:
      return undefined
    case 'digits':
      return `rounded to ${type.coarsen.digits} ${type.coarsen.digits === 1 ? 'digit' : 'digits'}`
    case 'nearest':
      return `rounded to multiples of ${type.coarsen.step}`
    case 'bucket':
      return `kept as the lower bound of its bucket (${type.coarsen.bounds.join(', ')})`
  }
}

function valuesOf(type: FieldType | undefined): readonly string[] | undefined {
  if (type?.is === 'list') return valuesOf(type.of)
  if (type?.is === 'map' && type.keys.is === 'enum') return type.keys.values
  if (type?.is !== 'enum') return undefined
  return type.other === 'collapse' && !type.values.includes('other')
    ? [...type.values, 'other']
    : type.values
}
