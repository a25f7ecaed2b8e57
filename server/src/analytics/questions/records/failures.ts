/** What fails, how often, for how many, and for which reason? */
import { raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { cells, installationsColumn, recordsColumn } from '../../asking/column.ts'
import { invalid } from '../../asking/invalid.ts'
import {
  allFilters,
  type ChosenField,
  type Dimension,
  keyParameter,
  unitParameter
} from '../../asking/parameter.ts'
import type { Answer, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { among } from '../../reading/conditions.ts'
import { toldBy } from '../../knowing/counts.ts'
import { fieldDimension, ownDimension } from '../../reading/dimension.ts'
import { fieldsOf } from '../../reading/fields.ts'
import { filled } from '../../knowing/fill.ts'
import { findPerPeriod } from '../../reading/find.ts'
import { approximate, automationNote, whyNotCounted } from '../../knowing/identity.ts'
import { expiredNote, living } from '../../knowing/kept.ts'
import { knownOf, livingSpan, partialPeriods } from '../../knowing/known.ts'
import {
  byValue,
  columnsPer,
  declaring,
  keysPer,
  type Per,
  statementPer,
  unitOf
} from '../../reading/per.ts'
import { recordSource, type Source, sourceFor, valueSource } from '../../reading/source.ts'
import { countersPlan } from './failure-counters.ts'
import type { Plan } from './failure-plan.ts'

export const failures: Question = {
  name: 'failures',
  title: 'Failures',
  says: 'what fails, how often, for how many, and why',
  explains:
    'Where records say whether they went well (a yes-or-no field, success unless another one ' +
    'is named): how many of those that say so failed, by record or by anything else, and for ' +
    'how many of the installations that sent them. Where a failure is a record of its own ' +
    '(failure=): how many there were, and for which share of all installations that ' +
    'reported. ' +
    'Where a report counts failures and tries (failed= and tried=, numbers or maps of ' +
    'numbers): both added up over the latest report of each installation, by key. ' +
    'With a reason, failures alone are counted by the values of that field, each item of a ' +
    'list or key of a map, and share is of all failures that tell one. Records that say ' +
    'neither are left out and told in a note. Up to 2,000 installations are counted exactly, ' +
    'more within about 1 %.',
  chart: 'bars',
  parameters: [
    {
      name: 'by',
      says: 'each value of this by itself, or of two; the record if nothing is said',
      type: 'dimensions'
    },
    { name: 'reason', says: 'count failures by this field', type: 'field' },
    { name: 'success', says: 'the field that says whether it went well', type: 'boolean-field' },
    { name: 'failure', says: 'the record that is a failure', type: 'record' },
    {
      name: 'failed',
      says: 'the number, or map of numbers, that counts failures',
      type: 'number-field'
    },
    { name: 'tried', says: 'the one that counts all tries', type: 'number-field' },
    keyParameter,
    unitParameter('all')
  ],
  common: allFilters,
  async answer(given) {
    const { notes: cut } = living(given)
    const isWhole = unitOf(given.chosen) === undefined
    const known = await knownOf(given)
    const span = livingSpan(known, given.span, unitOf(given.chosen))
    const plan = planFor({ ...given, span })
    const { per, zero, columns } = plan
    const found = await findPerPeriod<AnswerRow>(
      given,
      { span, unit: per.unit },
      (some) => planFor({ ...given, span: some }).statement
    )
    const { rows, lost } = filled(found, { per, span: given.span, known, zero })
    return {
      columns,
      rows: rows.map((row) => rowOf(row, plan)),
      notes: [
        ...(isWhole ? cut : lost.size > 0 ? [expiredNote(given)] : []),
        ...plan.notes,
        ...automationNote(given)
      ],
      partial: partialPeriods(given, per.unit, lost),
      read: plan.read ?? [],
      sql: toShow(plan.shown)
    } satisfies Answer
  }
}

function rowOf(row: AnswerRow, { columns, per }: Plan): AnswerRow {
  const { installations } = row
  const counted = Number(row['records'] ?? row['failed'] ?? 0)
  const isTold =
    installations === undefined ||
    (installations !== null && toldBy(Number(installations), counted) !== null)
  const told = isTold ? {} : { installations: null, installations_failed: null }
  const keys = keysPer(per, row)
  return Object.fromEntries(
    Object.entries(cells(columns, { ...row, ...told, ...keys })).map(([name, value]) => {
      const type = columns.find((column) => column.name === name)?.type
      const isCount = type === 'integer' || type === 'share' || type === 'number'
      return [name, value === null ? null : isCount ? Number(value) : value]
    })
  )
}

function planFor(asked: Asked): Plan {
  const failure = asked.chosen.record('failure')
  const success = asked.chosen.field('success')
  const reason = asked.chosen.field('reason')
  const failed = asked.chosen.field('failed')
  const ways = [failure, success, failed].filter((way) => way !== undefined)
  if (ways.length > 1)
    throw invalid(
      'Give one of "success", "failure" and "failed": a field says whether it went well, the ' +
        'record itself is a failure, or a number counts them'
    )
  if (failed !== undefined) return countersPlan(asked, failed)
  if (failure === undefined) {
    const outcome = success ?? usual(asked)
    if (reason === undefined) return ofOutcomes(asked, outcome)
    const plan = ofReasons(asked, outcome.records, reason, sql`NOT ${outcome.field.sql}`)
    return { ...plan, read: [outcome.field] }
  }
  return reason === undefined
    ? ofFailureRecord(asked, failure)
    : ofReasons(asked, [failure], reason, undefined)
}

/** Most contracts call it so. */
function usual({ product }: Asked): ChosenField {
  const all = fieldsOf(product)
  const fields = all.filter(({ type }) => type.is === 'boolean')
  const field = fields.find(({ name }) => name === 'success')
  if (field !== undefined) return { field, records: field.records }
  const counters = all.filter(({ name }) => /(?:^|[._])(?:total_)?failures$/.test(name))
  const names = [
    ...fields.map(({ name }) => `success=${name}`),
    ...counters.map(({ name }) => `failed=${name}`)
  ].slice(0, 5)
  throw invalid(
    'This contract declares no field "success": "failure" names a record that is a failure, ' +
      '"success" a field that says whether it went well, "failed" a number that counts ' +
      `failures${names.length === 0 ? '' : ` (${names.join(', ')})`}; for example ` +
      `failure=${[...product.contract.records.keys()][0] ?? ''}`
  )
}

function perOf(asked: Asked, usualBy?: Dimension): Per {
  const by = asked.chosen.dimensions('by')
  return {
    unit: unitOf(asked.chosen),
    by: by.length > 0 || usualBy === undefined ? by : [usualBy]
  }
}

function ofOutcomes(asked: Asked, { field, records }: ChosenField): Plan {
  const per = perOf(asked, ownDimension('name'))
  const why = whyNotCounted(asked, per.unit ?? 'all')
  const names = declaring(per.by, records) ?? records
  const outcome = fieldDimension(field, names)
  const isByName = per.by.every(({ name }) => name === 'name')
  // By record, the outcome is the one value that is told apart.
  const counted = isByName
    ? valueSource(asked, { span: asked.span, by: [outcome], names })
    : undefined
  const statement = (source: Source): Sql => {
    const went = source.value(outcome)
    return statementPer(per, source, {
      select: [
        sql`${source.records} AS records`,
        sql`${source.recordsIf(sql`NOT ${went}`)} AS failed`,
        raw('failed / records AS share'),
        sql`${source.installations} AS installations`,
        sql`${source.installationsIf(sql`NOT ${went}`)} AS installations_failed`
      ],
      where: sql`${went} IS NOT NULL`,
      order: [raw('failed DESC'), raw('records DESC'), ...byValue(per)]
    })
  }
  const shown = statement(recordSource(asked, { span: asked.span, names }))
  return {
    per,
    columns: [
      ...columnsPer(per),
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
    zero: { records: 0, failed: 0, share: null, installations: 0, installations_failed: 0 },
    statement: counted === undefined ? shown : statement(counted),
    shown,
    read: [field],
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
  condition: Sql | undefined
): Plan {
  const per = perOf(asked)
  const names = (declaring(per.by, failing) ?? failing).filter((name) =>
    reason.records.includes(name)
  )
  if (names.length === 0)
    throw invalid(
      `No record that can fail (${failing.join(', ')}) declares ${reason.field.name}; it ` +
        `belongs to ${reason.records.join(', ')}`
    )
  const source = recordSource(asked, { span: asked.span, names, condition })
  const why = whyNotCounted(asked, per.unit ?? 'all')
  const told: Dimension = { ...fieldDimension(reason.field, names), name: 'reason' }
  const all: Per = { unit: per.unit, by: [...per.by, told] }
  const value = raw(`by_${per.by.length}`)
  const window = per.unit === undefined ? undefined : raw('PARTITION BY period')
  const whole = sql`sumIf(failed, ${value} IS NOT NULL) OVER (${window})`
  const keys = asked.chosen.words('key')
  const statement = statementPer(all, source, {
    select: [
      raw('count() AS failed'),
      sql`if(${value} IS NULL, NULL, failed / ${whole}) AS share`,
      sql`${source.installations} AS installations`
    ],
    having: keys.length === 0 ? undefined : among(value, keys),
    order: [raw('failed DESC'), sql`toString(${value})`, ...byValue(per)],
    limit: 1000
  })
  return {
    per: all,
    columns: [
      ...columnsPer(all),
      { name: 'failed', title: 'Failed', type: 'integer' },
      { name: 'share', title: 'Of those that tell', type: 'share' },
      ...(why === undefined ? [installationsColumn] : [])
    ],
    zero: { failed: 0, share: null, installations: 0 },
    statement,
    shown: statement,
    notes: [
      `Only failures of ${names.join(', ')}; a row without a reason is of those that told ` +
        'none, and in no share.',
      why ?? approximate
    ]
  }
}

function ofFailureRecord(asked: Asked, failure: string): Plan {
  const per = perOf(asked)
  const field = per.by.find((dimension) => dimension.field !== undefined)
  if (field !== undefined)
    throw invalid(
      `Installations that did not fail sent no ${field.name}: count failures by it with "reason"`
    )
  const why = whyNotCounted(asked, per.unit ?? 'all')
  const statement = (source: Source): Sql => {
    const isFailure = sql`${source.name} = ${failure}`
    return statementPer(per, source, {
      select: [
        sql`${source.recordsIf(isFailure)} AS failed`,
        sql`${source.installationsIf(isFailure)} AS installations_failed`,
        sql`${source.installations} AS installations`,
        raw('if(installations = 0, NULL, installations_failed / installations) AS share'),
        sql`${source.records} AS records`
      ],
      having: sql`${source.records} > 0`,
      order: [raw('failed DESC'), ...byValue(per)]
    })
  }
  return {
    per,
    columns: [
      ...columnsPer(per),
      { name: 'failed', title: 'Failures', type: 'integer' },
      ...(why === undefined
        ? ([
            { name: 'installations_failed', title: 'Installations that failed', type: 'integer' },
            installationsColumn,
            { name: 'share', title: 'Share', type: 'share' }
          ] as const)
        : [])
    ],
    zero: { failed: 0, installations_failed: 0, installations: 0, share: null },
    statement: statement(sourceFor(asked, { span: asked.span, by: per.by, areNamed: true })),
    shown: statement(recordSource(asked, { span: asked.span })),
    notes: [
      `Each ${failure} is a failure; share is of all installations that reported anything.`,
      why ?? approximate
    ]
  }
}
