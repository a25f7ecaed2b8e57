/** How is each field read, as a call of the client's own readers? */
import { endOf } from '#values/expiry'
import type {
  Coarsen,
  Contract,
  FieldDeclaration,
  FieldType,
  RecordDeclaration
} from '../../form/contract.ts'
import { propertyName } from '../client/names.ts'
import { recordsOf } from '../client/records-of.ts'

const grains = { hour: 3_600_000, day: 86_400_000 }
const unitsPerSecond = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 }

/** A record a line, as source text. */
export function recordSources(contract: Contract): readonly string[] {
  const names = contract.consent.levels.map(({ name }) => name)
  const levelOf = (name: string): number => Math.max(0, names.indexOf(name))
  return recordsOf(contract).map((record) => {
    const { name, level, expires, time, sample } = record
    const end = endOf({ expires })
    const fields = [...record.fields.values()].filter(({ sdk }) => sdk === 'sends')
    const bounds = fields
      .filter((field) => isBounded(record, field))
      .map((field) => `${propertyName(field.name)}: [${levelOf(field.level)}, ${endOf(field)}]`)
    const parts = [
      `level: ${levelOf(level)}`,
      ...(end === Infinity ? [] : [`until: ${end}`]),
      ...(time === undefined ? [] : [`grain: ${grains[time]}`]),
      ...(sample === undefined ? [] : [`sample: ${sample}`]),
      ...(bounds.length === 0 ? [] : [`bounds: { ${bounds.join(', ')} }`]),
      `fields: {${fields
        .map((field) => `\n        ${propertyName(field.name)}: ${readerOf(field.type)}`)
        .join(',')}\n      }`
    ]
    return `    ${propertyName(name)}: {\n      ${parts.join(',\n      ')}\n    }`
  })
}

/** Whether a field has another level or end than its record. */
export function hasOwnBounds(record: RecordDeclaration): boolean {
  return [...record.fields.values()].some(
    (field) => field.sdk === 'sends' && isBounded(record, field)
  )
}

function isBounded(record: RecordDeclaration, field: FieldDeclaration): boolean {
  return field.level !== record.level || endOf(field) !== endOf({ expires: record.expires })
}

function readerOf(type: FieldType): string {
  const json = (value: unknown): string => JSON.stringify(value)
  switch (type.is) {
    case 'boolean':
      return 'readBoolean'
    case 'integer':
      return `wholeOf(${numberReader(type.min, type.max, type.coarsen)})`
    case 'number':
      return numberReader(type.min, type.max, type.coarsen)
    case 'duration': {
      const per = unitsPerSecond[type.unit]
      const read = numberReader(0, type.max, type.coarsen)
      return per === 1 ? read : read.replace('numberOf(', `unitsOf(${per}, `)
    }
    case 'timestamp':
      return `timestampOf(${type.round === undefined ? '' : json(type.round)})`
    case 'version':
      return `versionOf(${type.parts ?? ''})`
    case 'enum': {
      const isCollapsing = type.other === 'collapse'
      const words = new Map([
        ...type.aliases,
        ...[...type.values, ...(isCollapsing ? ['other'] : [])].map((word) => [word, word] as const)
      ])
      const matches = [...type.matches].map(([word, pattern]) => [pattern, word])
      const isPlain = type.aliases.size + type.matches.size + type.strip.length === 0
      if (isPlain && !type.ignoreCase)
        return `oneOf(${json(type.values)}${isCollapsing ? ", 'other'" : ''})`
      const given = [[...words], isCollapsing, type.ignoreCase, type.strip, matches]
      const last = given.findLastIndex(
        (each) => each !== false && !(Array.isArray(each) && each.length === 0)
      )
      return `enumOf(${given
        .slice(0, Math.max(2, last + 1))
        .map(json)
        .join(', ')})`
    }
    case 'pattern':
      return `patternOf(${json(type.pattern)}, ${type.lengthMax}, ${type.other === 'collapse'})`
    case 'uuid':
      return `uuidReader(${type.form === 'uuid'})`
    case 'string':
      return `stringOf(${type.lengthMax})`
    case 'list':
      return `listOf(${readerOf(type.of)}, ${type.itemsMax})`
    default:
      throw new Error(`${type.is} has no reader here`)
  }
}

function numberReader(min: number, max: number, coarsen: Coarsen | undefined): string {
  // The bounds are held after it: no rounding leads beyond the largest number here.
  const isSmall = Math.max(-min, max) < 1e300
  const source =
    coarsen?.by === 'digits' && isSmall
      ? `Number(value.toPrecision(${coarsen.digits}))`
      : coarsen && coarseSource(coarsen)
  const coarse = source === undefined ? '' : `, (value) => ${source}`
  return `numberOf(${min}, ${max}${coarse})`
}

function coarseSource(coarsen: Coarsen): string {
  switch (coarsen.by) {
    case 'digits':
      return `toDigits(value, ${coarsen.digits})`
    case 'nearest':
      return `toNearest(value, ${coarsen.step})`
    case 'bucket':
      return `toBucket(value, ${JSON.stringify(coarsen.bounds)})`
  }
}
