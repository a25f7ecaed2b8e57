/**
 * Turns a contract into the functions that hold records against it, once, so that each record is
 * quick.
 */
import { sqlShapeOf } from '#values/sql-shape'
import { columnsOfRecords } from '../form/columns.ts'
import type { Contract, FieldDeclaration, RecordDeclaration } from '../form/contract.ts'
import { violationFieldLengthMax, violationsMax } from '../form/limits.ts'
import { endOf } from '#values/expiry'
import { buildPlan, joined, type Plan } from './plan.ts'
import { readerOf } from './readers.ts'
import { kindOf, type Run, type Wire } from './scalar-readers.ts'
import type {
  ShapeOf,
  Column,
  Validation,
  ValidationInput,
  Violation,
  ViolationCode
} from '../form/validated.ts'
import { readPath } from '../form/wire-path.ts'

export interface CompiledContract {
  readonly contract: Contract
  /** In declaration order; one per distinct field name over all records. */
  readonly columns: readonly Column[]
  /**
   * Holds one record against the contract. Never throws, whatever `fields` is; never returns what
   * is not declared.
   */
  validate(input: ValidationInput): Validation
}

interface CompiledRecord {
  readonly record: RecordDeclaration
  readonly rank: number
  readonly end: number
  /** Each is made for the first record that needs it: most published versions never get one. */
  readonly native: () => Plan
  readonly client: () => Plan
  readonly kept: () => Plan
}

/**
 * @example
 * const compiled = compileContract(contract)
 * const validation = compiled.validate({ name: 'pipeline_load', wire: 'client', fields: event,
 * level: undefined, rekey })
 * if (validation.is === 'kept') store(validation.name, validation.fields)
 */
export function compileContract(contract: Contract): CompiledContract {
  const ranks = new Map(contract.consent.levels.map((level, rank) => [level.name, rank]))
  const rankOf = (level: string): number => ranks.get(level) ?? contract.consent.levels.length
  const declared = once(() => declaredNames(contract))
  const isDeclared = (path: string): boolean => declared().has(path)
  const planOf = (record: RecordDeclaration, wire: Wire): Plan =>
    buildPlan({
      fields: record.fields,
      wire,
      path: '',
      column: '',
      insideCollection: false,
      countsOthers: false,
      rankOf,
      isDeclared,
      readerOf: (type, column, path) => readerOf(type, column, path, { wire, rankOf, isDeclared })
    })
  const records = new Map<string, CompiledRecord>()
  for (const record of contract.records.values()) {
    const compiled = {
      record,
      rank: rankOf(record.level),
      end: endOf(record),
      native: once(() => planOf(record, 'native')),
      client: once(() => planOf(record, 'client')),
      kept: once(() => planOf(record, 'kept'))
    }
    for (const name of [record.name, ...record.aliases]) records.set(name, compiled)
  }
  const run = new Notes()
  return {
    contract,
    columns: columnsOfRecords(contract.records).columns,
    validate(input) {
      const compiled = records.get(input.name)
      if (compiled === undefined) return dropped('RECORD_NOT_IN_CONTRACT', input.name, input.fields)
      const { record } = compiled
      // A level that the contract does not know says nothing about it, so only the lowest is
      // certain.
      const stated = input.level === undefined ? undefined : ranks.get(input.level)
      const level =
        input.wire === 'native' ? (stated ?? 0) : input.wire === 'kept' ? stated : undefined
      if (level !== undefined && compiled.rank > level)
        return dropped('ABOVE_CONSENT', record.name, input.fields)
      const at = input.at ?? Number.NEGATIVE_INFINITY
      if (at >= compiled.end) return dropped('EXPIRED', record.name, input.fields)
      run.begin(input.rekey, input.shapeOf ?? kindAlone, at)
      const { fields } = input
      if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
        if (fields !== undefined && fields !== null)
          run.note('FIELD_WRONG_TYPE', record.name, fields, {
            declared: true,
            insideCollection: false
          })
        return {
          is: 'kept',
          name: record.name,
          kind: record.kind,
          fields: {},
          violations: run.end()
        }
      }
      const kept = planFor(compiled, input.wire).read(
        fields,
        run,
        level,
        input.wire === 'native' ? input.others : undefined
      )
      return {
        is: 'kept',
        name: record.name,
        kind: record.kind,
        fields: kept,
        violations: run.end()
      }
    }
  }
}

function planFor({ native, client, kept }: CompiledRecord, wire: Wire): Plan {
  return wire === 'native' ? native() : wire === 'client' ? client() : kept()
}

function once<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined
  return () => (made ??= make())
}

const noViolations: readonly Violation[] = Object.freeze([])
const noRekey: ValidationInput['rekey'] = () => ''
const kindAlone: ShapeOf = ({ text }) => sqlShapeOf(text)

/**
 * The violations of one run, and what its readers share. One is reused for all runs of a contract.
 */
class Notes implements Run {
  rekey: ValidationInput['rekey'] = noRekey
  shapeOf: ShapeOf = kindAlone
  failed: ViolationCode | undefined = undefined
  others = 0
  at = Number.NEGATIVE_INFINITY
  #violations: Violation[] | undefined = undefined

  begin(rekey: ValidationInput['rekey'], shapeOf: ShapeOf, at: number): void {
    this.rekey = rekey
    this.shapeOf = shapeOf
    this.at = at
    this.failed = undefined
    this.others = 0
    this.#violations = undefined
  }

  end(): readonly Violation[] {
    const violations = this.#violations ?? noViolations
    this.#violations = undefined
    this.rekey = noRekey
    this.shapeOf = kindAlone
    return violations
  }

  note(
    code: ViolationCode,
    field: string,
    raw: unknown,
    is: { readonly declared: boolean; readonly insideCollection: boolean }
  ): void {
    const violations = (this.#violations ??= [])
    if (violations.length > violationsMax) return
    if (violations.length === violationsMax)
      violations.push(
        violation('LIMIT_EXCEEDED', '', raw, { declared: false, insideCollection: true })
      )
    else violations.push(violation(code, field, raw, is))
  }
}

function violation(
  code: ViolationCode,
  field: string,
  raw: unknown,
  { declared, insideCollection }: { readonly declared: boolean; readonly insideCollection: boolean }
): Violation {
  return {
    code,
    field: field.length > violationFieldLengthMax ? field.slice(0, violationFieldLengthMax) : field,
    kind: kindOf(raw),
    declared,
    insideCollection
  }
}

function dropped(code: ViolationCode, name: string, raw: unknown): Validation {
  const declared = code !== 'RECORD_NOT_IN_CONTRACT'
  return {
    is: 'dropped',
    violations: [violation(code, name, raw, { declared, insideCollection: false })]
  }
}

/**
 * Every name that the contract itself shows: records, fields, columns and the paths of both wires.
 */
function declaredNames(contract: Contract): ReadonlySet<string> {
  const names = new Set<string>()
  const add = (
    fields: ReadonlyMap<string, FieldDeclaration>,
    column: string,
    parents: readonly string[]
  ): void => {
    for (const field of fields.values()) {
      const ownColumn = joined(column, field.name, '_')
      const paths = new Set(
        [field.name, ...field.from.map((path) => (readPath(path) ?? []).join('.'))].flatMap(
          (path) => parents.map((parent) => joined(parent, path, '.'))
        )
      )
      for (const name of [field.name, ownColumn, ...paths]) names.add(name)
      if (field.type.is === 'object') add(field.type.fields, ownColumn, [...paths])
    }
  }
  for (const record of contract.records.values()) {
    names.add(record.name)
    add(record.fields, '', [''])
  }
  return names
}
