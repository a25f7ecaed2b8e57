/**
 * What users are told about each field: its meaning, its bounds in words, who sends it, and what is
 * kept of it.
 */
import type {
  FieldDeclaration,
  FieldType,
  MeaningChange,
  RecordDeclaration
} from '../../form/contract.ts'
import { typeInWords, type ListName } from '../type-words.ts'

export interface DisclosedField {
  /** Keys joined by `.`; `[]` for each item of a list, `*` for each entry of a map. */
  readonly path: string
  readonly says: string
  readonly type: FieldType['is']
  /** The type and its bounds in words. */
  readonly form: string
  /** Undefined where the records that share the field differ. */
  readonly level: string | undefined
  readonly serves: readonly string[] | undefined
  /** Where it is another class than its record's. */
  readonly sensitivity: FieldDeclaration['sensitivity'] | undefined
  /** Only where it came later than what it is part of. */
  readonly since: string | undefined
  /** From which version on it means something else. */
  readonly changed: readonly MeaningChange[] | undefined
  /** The last day on which it is collected, where it is another than that of its record. */
  readonly expires: string | undefined
  /**
   * everyone: our SDK and existing clients. existing-clients: only clients that were published
   * before the contract.
   */
  readonly sentBy: 'everyone' | 'existing-clients'
  /**
   * elsewhere: it is dropped as a field, since its value is kept as something else; `because` says
   * as what.
   */
  readonly collector: 'keeps' | 'token' | 'reduces' | 'drops' | 'elsewhere'
  readonly because: string | undefined
  /** Where existing clients send it, if not under its own name. */
  readonly at: readonly string[]
  readonly onlyWhen: Readonly<Record<string, readonly string[]>> | undefined
}

/** Long lists of words by their content, each told once. */
export type WordLists = Map<string, { readonly name: string; readonly values: readonly string[] }>

/**
 * One row for each field and, below it, each field inside it. `of` are the records that have them:
 * level, questions and `since` may differ.
 */
export function discloseFields(
  names: readonly string[],
  of: readonly RecordDeclaration[],
  lists: WordLists
): readonly DisclosedField[] {
  return names.flatMap((name) => {
    const same = of.flatMap((record): Placed[] => {
      const field = record.fields.get(name)
      return field === undefined ? [] : [{ field, holder: record }]
    })
    return fieldRows(same, '', lists)
  })
}

interface Placed {
  readonly field: FieldDeclaration
  /** The record, or the field that it is a part of. */
  readonly holder: Pick<FieldDeclaration, 'since' | 'expires'>
}

function fieldRows(
  same: readonly Placed[],
  prefix: string,
  lists: WordLists
): readonly DisclosedField[] {
  const field = same[0]?.field
  if (field === undefined) return []
  const path = `${prefix}${field.name}`
  const nameOfList: ListName = (values) => {
    const key = JSON.stringify(values)
    const known = lists.get(key)
    if (known !== undefined) return known.name
    const wanted = path.replaceAll(/\W+/g, '_').replaceAll(/^_|_$/g, '')
    const taken = [...lists.values()].filter(
      (list) => list.name.replace(/_\d+$/, '') === wanted
    ).length
    const name = taken === 0 ? wanted : `${wanted}_${taken + 1}`
    lists.set(key, { name, values })
    return name
  }
  const row: DisclosedField = {
    path,
    says: field.says,
    type: field.type.is,
    form: field.collector === 'drops' ? '' : typeInWords(field.type, nameOfList),
    level: allAlike(same.map((each) => each.field.level)),
    serves: allAlike(same.map((each) => each.field.serves)),
    sensitivity: allAlike(same.map((each) => each.field.sensitivity)),
    since: allAlike(
      same.map(({ field: { since }, holder }) => (since === holder.since ? undefined : since))
    ),
    changed: field.changed.length === 0 ? undefined : field.changed,
    expires: allAlike(
      same.map(({ field: { expires }, holder }) =>
        expires === holder.expires ? undefined : expires
      )
    ),
    sentBy: field.sdk === 'sends' ? 'everyone' : 'existing-clients',
    collector: treatmentOf(field),
    because: field.because,
    at: field.from.length === 1 && field.from[0] === field.name ? [] : field.from,
    onlyWhen: field.onlyWhen === undefined ? undefined : Object.fromEntries(field.onlyWhen)
  }
  if (field.collector === 'drops') return [row]
  const inside = membersOf(field.type, path)
  return inside === undefined
    ? [row]
    : [
        row,
        ...inside.fields.flatMap((each) =>
          fieldRows([{ field: each, holder: field }], inside.prefix, lists)
        )
      ]
}

function treatmentOf(field: FieldDeclaration): DisclosedField['collector'] {
  if (field.collector === 'drops')
    return field.because?.startsWith('kept ') === true ? 'elsewhere' : 'drops'
  return field.type.is === 'keyed-hash' ? 'token' : field.collector
}

/** The fields of an object, wherever in lists and maps it stands. */
function membersOf(
  type: FieldType,
  path: string
): { readonly prefix: string; readonly fields: readonly FieldDeclaration[] } | undefined {
  switch (type.is) {
    case 'object':
      return { prefix: `${path}.`, fields: [...type.fields.values()] }
    case 'list':
      return membersOf(type.of, `${path}[]`)
    case 'map':
      return membersOf(type.values, `${path}.*`)
    default:
      return undefined
  }
}

function allAlike<Value>(values: readonly Value[]): Value | undefined {
  const [first] = values
  return values.every((value) => JSON.stringify(value) === JSON.stringify(first))
    ? first
    : undefined
}
