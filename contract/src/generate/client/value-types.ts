/** Which values may a program give for a field, in the words of TypeScript? */
import type { FieldDeclaration, FieldType } from '../../form/contract.ts'
import { typeInWords } from '../type-words.ts'
import { capital, comment, propertyName, quoted, typeName, wrapped } from './names.ts'

export function fieldLines(
  fields: ReadonlyMap<string, FieldDeclaration>,
  words: Words,
  owner: string,
  indent: string
): readonly string[] {
  return [...fields.values()].flatMap((field) => {
    if (field.sdk !== 'sends') return []
    const type = valueType(field.type, words, `${owner}${typeName(field.name)}`, indent)
    return [
      `${indent}/** ${comment(fieldWords(field))} */`,
      `${indent}readonly ${propertyName(field.name)}?: ${type} | undefined`
    ]
  })
}

export function fieldWords(field: FieldDeclaration): string {
  const form = formOf(field.type)
  const unit = field.type.is === 'duration' ? ` In ${field.type.unit}.` : ''
  return `${capital(field.says)}${form === '' ? '' : `: ${form}`}.${unit}`
}

/** What its type does not show by itself. */
function formOf(type: FieldType): string {
  switch (type.is) {
    case 'boolean':
    case 'enum':
    case 'object':
      return ''
    case 'keyed-hash':
      return 'given as it is, sent as a token'
    case 'sql-shape':
      return type.dialect === undefined
        ? 'given as SQL, sent as the kind of statement'
        : 'given as what `anonymize` of @candor/sql returns; SQL itself is sent as its kind'
    case 'list':
      return `at most ${type.itemsMax}`
    case 'map':
      return type.counts === undefined
        ? `at most ${type.entriesMax}`
        : type.counts.is === 'labels'
          ? 'counted by label; any other counts as `other`'
          : typeInWords(type, () => '')
    default:
      return typeInWords(type, () => '')
  }
}

/** Without an indent, on one line and without a comment: for a type that stands in one. */
export function valueType(
  type: FieldType,
  words: Words,
  name: string,
  indent: string | undefined
): string {
  switch (type.is) {
    case 'boolean':
      return 'boolean'
    case 'integer':
    case 'number':
    case 'duration':
      return 'number'
    case 'timestamp':
      return 'Date | string'
    case 'sql-shape':
      return type.dialect === undefined ? 'string' : '{ readonly shape: string } | string'
    case 'enum':
      return words.union({
        name,
        values: type.values,
        aliases: [...type.aliases.keys()],
        collapses: type.other === 'collapse'
      })
    case 'list':
      return `readonly ${wrapped(valueType(type.of, words, name, indent))}[]`
    case 'map': {
      if (type.counts?.is === 'buckets') return 'number | readonly number[]'
      if (type.counts?.is === 'labels' && type.keys.is === 'enum')
        return labelsType(words, name, type.keys.values)
      const value = valueType(type.values, words, name, indent)
      return type.keys.is === 'enum'
        ? `{ readonly [Key in ${type.keys.values.map(quoted).join(' | ')}]?: ${value} | undefined }`
        : `{ readonly [key: string]: ${value} | undefined }`
    }
    case 'object':
      return indent === undefined
        ? `{ ${inlineFields(type.fields, words, name)} }`
        : `{\n${fieldLines(type.fields, words, name, `${indent}  `).join('\n')}\n${indent}}`
    default:
      return 'string'
  }
}

/** One label, a list of them, or how often each came. */
function labelsType(words: Words, name: string, labels: readonly string[]): string {
  const label = words.union({ name, values: labels, aliases: [], collapses: true })
  const counts = [...labels, 'other'].map(
    (each) => `readonly ${propertyName(each)}?: number | undefined`
  )
  return `${label} | readonly ${wrapped(label)}[] | { ${[...new Set(counts)].join(', ')} }`
}

function inlineFields(
  fields: ReadonlyMap<string, FieldDeclaration>,
  words: Words,
  owner: string
): string {
  return [...fields.values()]
    .filter(({ sdk }) => sdk === 'sends')
    .map(({ name, type }) => {
      const inner = valueType(type, words, `${owner}${typeName(name)}`, undefined)
      return `readonly ${propertyName(name)}?: ${inner} | undefined`
    })
    .join(', ')
}

/** Lists of words: a long one is declared once, under the name of the first field that takes it. */
export class Words {
  readonly #declared = new Map<
    string,
    { readonly name: string; readonly members: readonly string[] }
  >()
  usesUnlisted = false

  union(list: {
    readonly name: string
    readonly values: readonly string[]
    readonly aliases: readonly string[]
    readonly collapses: boolean
  }): string {
    const values = [
      ...new Set([...list.values, ...list.aliases, ...(list.collapses ? ['other'] : [])])
    ]
    const members = [...values.map(quoted), ...(list.collapses ? ['Unlisted'] : [])]
    if (list.collapses) this.usesUnlisted = true
    if (values.length <= namedFrom) return members.join(' | ')
    const key = members.join(' | ')
    const known = this.#declared.get(key)
    if (known !== undefined) return known.name
    this.#declared.set(key, {
      name: list.name,
      members
    })
    return list.name
  }

  /** The lists that have a name. */
  named(): readonly { readonly name: string; readonly members: readonly string[] }[] {
    return [...this.#declared.values()]
  }
}

/** Fewer words stand where they are used: nobody wants to look up five. */
const namedFrom = 8
