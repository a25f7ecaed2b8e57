/** What fails, how often, for how many, and for which reason? */
import { CandorError } from '../../../errors.ts'
import { quoteText } from '../../../storage/tables/column-types.ts'
import {
  dimensionColumn,
  installationsColumn,
  periodColumn,
  recordsColumn
} from '../../asking/column.ts'
import { fieldDimension, ownDimension } from '../../reading/dimension.ts'
import { fieldsOf } from '../../reading/fields.ts'
import { approximate, automationNote, whyNotCounted } from '../../reading/identity.ts'
import {
  allFilters,
  type ChosenField,
  type Dimension,
  unitParameter
} from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerColumn,
  type AnswerRow,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import {
  periodSql,
  recordSource,
  type Source,
  sourceFor,
  valueSource
} from '../../reading/source.ts'
import { partialPeriod, type Unit, units } from '../../reading/span.ts'

/** Columns as the answer names them. */
type Row = Readonly<Record<string, unknown>>

interface Plan {
  readonly unit: Unit | undefined
  readonly by: Dimension | undefined
  readonly columns: readonly AnswerColumn[]
  readonly sql: string
  readonly shown: string
  readonly notes: readonly string[]
}

export const failures: Question = {
  name: 'failures',
  title: 'Failures',
  says: 'what fails, how often, for how many, and why',
  explains:
    'Where records say whether they went well (a yes-or-no field, success unless another one is named): how many of those that say so failed, by record or by anything else, and for how many of the installations that sent them. Where a failure is a record of its own (failure=): how many there were, and for which share of all installations that reported. ' +
    'With a reason, failures alone are counted by the values of that field, and share is of all failures. Records that say neither are left out and told in a note. Up to 2,000 installations are counted exactly, more within about 1 %.',
  chart: 'bars',
  parameters: [
    {
      name: 'by',
      says: 'each value of this by itself; the record if nothing is said',
      type: 'dimension'
    },
    { name: 'reason', says: 'count failures by this field', type: 'field' },
    { name: 'success', says: 'the field that says whether it went well', type: 'boolean-field' },
    { name: 'failure', says: 'the record that is a failure', type: 'record' },
    unitParameter('all')
  ],
  common: allFilters,
  async answer(asked) {
    const plan = planFor(asked)
    const rows = await asked.storage.query<Row>({ sql: plan.sql, deadlineMs: questionDeadlineMs })
    const partial =
      plan.unit === undefined ? undefined : partialPeriod(asked.span, plan.unit, asked.now)
    return {
      columns: plan.columns,
      rows: rows.map((row) => rowOf(row, plan)),
      notes: [...plan.notes, ...automationNote(asked)],
      ...(partial === undefined ? {} : { partial }),
      sql: plan.shown
    } satisfies Answer
  }
}

function rowOf(row: Row, { columns, unit, by }: Plan): AnswerRow {
  return Object.fromEntries(
    columns.map(({ name, type }) => {
      const value = row[name === unit ? 'period' : name === by?.name ? 'value' : name]
      const isCount = type === 'integer' || type === 'share'
      return [name, value === undefined || value === null ? null : isCount ? Number(value) : value]
    })
  )
}

function planFor(asked: Asked): Plan {
  const [failure] = asked.chosen.records('failure')
  const success = asked.chosen.field('success')
  const reason = asked.chosen.field('reason')
  if (failure !== undefined && success !== undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      'Give "success" or "failure", not both: either a field says it, or the record itself is a failure'
    )
  if (failure === undefined) {
    const outcome = success ?? usual(asked)
    return reason === undefined
      ? ofOutcomes(asked, outcome)
      : ofReasons(asked, outcome.records, reason, `NOT ${outcome.field.sql}`)
  }
  return reason === undefined
    ? ofFailureRecord(asked, failure)
    : ofReasons(asked, [failure], reason, undefined)
}

/** Most contracts call it so. */
function usual({ product }: Asked): ChosenField {
  const fields = fieldsOf(product).filter(({ type }) => type.is === 'boolean')
  const field = fields.find(({ name }) => name === 'success')
  if (field !== undefined) return { field, records: field.records }
  const names = fields.map(({ name }) => name)
  throw new CandorError(
    'PARAMETER_INVALID',
    `This contract declares no field "success": "failure" names a record that is a failure, or "success" a field that says whether it went well${names.length === 0 ? '' : ` (${names.join(', ')})`}; for example failure=${[...product.contract.records.keys()][0] ?? ''}`
  )
}

function unitOf({ chosen }: Asked): Unit | undefined {
  return units.find((name) => name === chosen.word('unit'))
}

/** A value of a field that only some records have is asked of those alone. */
function shared(records: readonly string[], by: Dimension | undefined): readonly string[] {
  return by?.records === undefined ? records : records.filter((name) => by.records?.includes(name))
}

function ofOutcomes(asked: Asked, { field, records }: ChosenField): Plan {
  const unit = unitOf(asked)
  const by = asked.chosen.dimension('by') ?? ownDimension('name')
  const why = whyNotCounted(asked, unit ?? 'all')
  const names = shared(records, by)
  const outcome = fieldDimension(field, names)
  // By record, the outcome is the one value that is told apart.
  const counted =
    by?.name === 'name' ? valueSource(asked, { span: asked.span, by: outcome, names }) : undefined
  const statement = (source: Source): string => {
    const went = source.dimension(outcome)
    const select = [
      ...(unit === undefined ? [] : [`${periodSql(source.day, unit)} AS period`]),
      ...(by === undefined
        ? []
        : [`${by.name === 'name' ? source.name : source.dimension(by)} AS value`]),
      `${source.records} AS records`,
      `${source.recordsIf(`NOT ${went}`)} AS failed`,
      'failed / records AS share',
      `${source.installations} AS installations`,
      `${source.installationsIf(`NOT ${went}`)} AS installations_failed`
    ]
    const keys = [...(unit === undefined ? [] : ['period']), 'value'].join(', ')
    return `SELECT ${select.join(', ')} ${source.from} AND ${went} IS NOT NULL GROUP BY ${keys} ORDER BY ${unit === undefined ? '' : 'period, '}failed DESC, records DESC, toString(value)`
  }
  const shown = statement(recordSource(asked, { span: asked.span, names }))
  return {
    unit,
    by,
    columns: [
      ...(unit === undefined ? [] : [periodColumn(unit)]),
      ...(by === undefined ? [] : [dimensionColumn(by)]),
      { ...recordsColumn, title: 'With an outcome' },
      { name: 'failed', title: 'Failed', type: 'integer' },
      { name: 'share', title: 'Failure rate', type: 'share' },
      ...(why === undefined
        ? ([
            installationsColumn,
            { name: 'installations_failed', title: 'Installations that failed', type: 'integer' }
          ] as const)
        : [])
    ],
    sql: counted === undefined ? shown : statement(counted),
    shown,
    notes: [
      `A record failed if its ${field.name} is false; records without one are in no number.`,
      why ?? approximate
    ]
  }
}

function ofReasons(
  asked: Asked,
  failing: readonly string[],
  reason: ChosenField,
  condition: string | undefined
): Plan {
  const unit = unitOf(asked)
  const by = asked.chosen.dimension('by')
  const why = whyNotCounted(asked, unit ?? 'all')
  const names = shared(failing, by).filter((name) => reason.records.includes(name))
  if (names.length === 0)
    throw new CandorError(
      'PARAMETER_INVALID',
      `No record that can fail (${failing.join(', ')}) declares ${reason.field.name}; it belongs to ${reason.records.join(', ')}`
    )
  const source = recordSource(asked, { span: asked.span, names, condition })
  const value = source.dimension(fieldDimension(reason.field, names))
  const select = [
    ...(unit === undefined ? [] : [`${periodSql(source.day, unit)} AS period`]),
    ...(by === undefined ? [] : [`${source.dimension(by)} AS value`]),
    `${value} AS reason`,
    'count() AS failed',
    `failed / sum(failed) OVER (${unit === undefined ? '' : 'PARTITION BY period'}) AS share`,
    `${source.installations} AS installations`
  ]
  const keys = [
    ...(unit === undefined ? [] : ['period']),
    ...(by === undefined ? [] : ['value']),
    'reason'
  ]
  const order = [
    ...(unit === undefined ? [] : ['period']),
    'failed DESC',
    'toString(reason)',
    ...(by === undefined ? [] : ['toString(value)'])
  ]
  const sql = `SELECT ${select.join(', ')} ${source.from} GROUP BY ${keys.join(', ')} ORDER BY ${order.join(', ')} LIMIT 1000`
  return {
    unit,
    by,
    columns: [
      ...(unit === undefined ? [] : [periodColumn(unit)]),
      ...(by === undefined ? [] : [dimensionColumn(by)]),
      { name: 'reason', title: reason.field.name, type: 'text' },
      { name: 'failed', title: 'Failed', type: 'integer' },
      { name: 'share', title: 'Of all failures', type: 'share' },
      ...(why === undefined ? [installationsColumn] : [])
    ],
    sql,
    shown: sql,
    notes: [
      `Only failures of ${names.join(', ')}; a row without a reason is of those that told none.`,
      why ?? approximate
    ]
  }
}

function ofFailureRecord(asked: Asked, failure: string): Plan {
  const unit = unitOf(asked)
  const by = asked.chosen.dimension('by')
  if (by?.field !== undefined)
    throw new CandorError(
      'PARAMETER_INVALID',
      `Installations that did not fail sent no ${by.name}: count failures by it with "reason"`
    )
  const why = whyNotCounted(asked, unit ?? 'all')
  const statement = (source: Source): string => {
    const isFailure = `${source.name} = ${quoteText(failure)}`
    const select = [
      ...(unit === undefined ? [] : [`${periodSql(source.day, unit)} AS period`]),
      ...(by === undefined ? [] : [`${source.dimension(by)} AS value`]),
      `${source.recordsIf(isFailure)} AS failed`,
      `${source.installationsIf(isFailure)} AS installations_failed`,
      `${source.installations} AS installations`,
      'if(installations = 0, 0, installations_failed / installations) AS share'
    ]
    const keys = [...(unit === undefined ? [] : ['period']), ...(by === undefined ? [] : ['value'])]
    const order = [
      ...(unit === undefined ? [] : ['period']),
      'failed DESC',
      ...(by === undefined ? [] : ['toString(value)'])
    ]
    return `SELECT ${select.join(', ')} ${source.from}${keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`} HAVING ${source.records} > 0 ORDER BY ${order.join(', ')}`
  }
  return {
    unit,
    by,
    columns: [
      ...(unit === undefined ? [] : [periodColumn(unit)]),
      ...(by === undefined ? [] : [dimensionColumn(by)]),
      { name: 'failed', title: 'Failures', type: 'integer' },
      ...(why === undefined
        ? ([
            { name: 'installations_failed', title: 'Installations that failed', type: 'integer' },
            installationsColumn,
            { name: 'share', title: 'Share', type: 'share' }
          ] as const)
        : [])
    ],
    sql: statement(sourceFor(asked, { span: asked.span, by, areNamed: true })),
    shown: statement(recordSource(asked, { span: asked.span })),
    notes: [
      `Each ${failure} is a failure; share is of all installations that reported anything.`,
      why ?? approximate
    ]
  }
}
