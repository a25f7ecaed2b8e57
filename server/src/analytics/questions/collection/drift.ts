/**
 * Where do the contract and what arrives differ: what is undeclared, and what is declared but never
 * seen?
 */
import { date, join, raw, type Sql, sql, toShow } from '../../../storage/sql.ts'
import { lostByClient } from '../../../storage/tables/rows.ts'
import { driftStatesTable } from '../../../storage/tables/side-tables.ts'
import { installationsColumn, recordsColumn } from '../../asking/column.ts'
import { spanOnly } from '../../asking/parameter.ts'
import type { Answer, AnswerRow, Asked, Question } from '../../asking/question.ts'
import { among } from '../../reading/conditions.ts'
import { type AskableField, fieldsOf } from '../../reading/fields.ts'
import { find } from '../../reading/find.ts'
import { whyNotCounted } from '../../knowing/identity.ts'
import { living } from '../../knowing/kept.ts'
import { recordSource, sourceFor } from '../../reading/source.ts'
import { versionOrder } from '../../../storage/tables/version-order.ts'

interface DriftGroup {
  readonly reason: string
  readonly record: string | null
  readonly name: string | null
  readonly name_digest: string
  readonly kind: string
  readonly records: number
  readonly installations: number
  readonly last_day: string
}

export const drift: Question = {
  name: 'drift',
  title: 'Drift',
  says:
    'what arrives that the contract does not declare, and what it declares that does not ' +
    'arrive',
  explains:
    'Counts what arrived and was not kept, by reason, by the record that it came in, by name ' +
    'and by JSON kind. A name is shown once a contract has it, or once it looks like a ' +
    'field’s name and came from five installations; until then a keyed digest stands for it. ' +
    'Values are never kept, so none can be shown. ' +
    'With show=declared, the other direction: each record and field that the newest contract ' +
    'declares, how many records of the span had it, and when it was last seen; what nobody ' +
    'sends any more can leave the contract. ' +
    'With show=versions, which version of the product was the first to say what no contract ' +
    'has, of what began in the span: what a release brought that nobody declared.',
  chart: 'table',
  parameters: [
    {
      name: 'show',
      says:
        'what is not declared, all that is and how much of it was seen, or which version ' +
        'began it',
      type: 'choice',
      values: ['undeclared', 'declared', 'versions'],
      default: 'undeclared'
    }
  ],
  common: spanOnly,
  answer(asked) {
    const show = asked.chosen.word('show')
    if (show === 'versions') return ofVersions(asked)
    return show === 'declared' ? declared(asked) : undeclared(asked)
  }
}

async function undeclared(given: Asked): Promise<Answer> {
  const { asked, notes: cut } = living(given)
  const { product, span } = asked
  const rows = await find<DriftGroup>(
    asked,
    sql`
      SELECT reason, record, max(s.name) AS name, name_digest, kind, sum(s.count) AS records,
        uniqCombined64Merge(s.installations) AS installations, toString(max(s.day)) AS last_day
      FROM ${raw(driftStatesTable.name)} AS s
      WHERE reason != ${lostByClient} AND product = ${product.contract.product}
        AND day BETWEEN ${date(span.first)} AND ${date(span.last)}
      GROUP BY reason, record, name_digest, kind
      ORDER BY records DESC, reason, record, name_digest, kind
      LIMIT 500`
  )
  const why = whyNotCounted(asked, 'all')
  const columns = [
    { name: 'reason', title: 'Reason', type: 'text' },
    { name: 'record', title: 'Record', type: 'text' },
    { name: 'name', title: 'Name', type: 'text' },
    { name: 'kind', title: 'JSON kind', type: 'text' },
    recordsColumn,
    ...(why === undefined ? [installationsColumn] : []),
    { name: 'last_day', title: 'Last day', type: 'date' }
  ] as const
  return {
    columns,
    rows: rows.map(({ name_digest: digest, name, ...row }) => {
      const all: AnswerRow = {
        ...row,
        name: name ?? `#${digest.slice(0, 8)}`,
        records: Number(row.records),
        installations: Number(row.installations)
      }
      return Object.fromEntries(columns.map((column) => [column.name, all[column.name]]))
    }),
    notes: [
      ...cut,
      'A name that starts with # is a keyed digest: a name is shown once a contract has it, ' +
        'or once it looks like a field’s name and came from five installations.',
      ...(why === undefined ? [] : [why])
    ]
  }
}

/** What a sender said that no contract has; a refusal or a loss is no such thing. */
const sayings = [
  'RECORD_NOT_IN_CONTRACT',
  'FIELD_NOT_IN_CONTRACT',
  'FIELD_WRONG_TYPE',
  'FIELD_OUT_OF_BOUNDS',
  'VALUE_NOT_IN_CONTRACT',
  'KEY_NOT_IN_CONTRACT'
]

/** A row for each version that was the oldest to say something, the newest first. */
async function ofVersions(given: Asked): Promise<Answer> {
  const { asked, notes: cut } = living(given)
  const { product, span } = asked
  const rows = await find<AnswerRow>(
    asked,
    sql`
      SELECT version, count() AS things, sum(times) AS records,
        toString(min(began)) AS first_day, toString(max(ended)) AS last_day
      FROM (
        SELECT argMinMerge(s.oldest_version) AS version, min(s.day) AS began,
          max(s.day) AS ended, sum(s.count) AS times,
          minIf(s.day, finalizeAggregation(s.oldest_version) != '') AS told
        FROM ${raw(driftStatesTable.name)} AS s
        WHERE product = ${product.contract.product} AND day <= ${date(span.last)}
          AND ${among(raw('reason'), sayings)}
        GROUP BY s.record, s.name_digest, s.reason
      )
      WHERE version != '' AND told = began AND began >= ${date(span.first)}
      GROUP BY version
      ORDER BY ${raw(versionOrder('version'))} DESC, version
      LIMIT 100`
  )
  return {
    columns: [
      { name: 'version', title: 'Version', type: 'text' },
      { name: 'things', title: 'Names', type: 'integer' },
      recordsColumn,
      { name: 'first_day', title: 'First day', type: 'date' },
      { name: 'last_day', title: 'Last day', type: 'date' }
    ],
    rows: rows.map((row) => ({
      ...row,
      things: Number(row['things']),
      records: Number(row['records'])
    })),
    notes: [
      ...cut,
      'A name counts for the oldest version that sent it, if its sender told one on its first day.'
    ]
  }
}

/** One row for each record, then one for each of its fields. */
async function declared(given: Asked): Promise<Answer> {
  const { asked, notes: cut } = living(given)
  const fields = fieldsOf(asked.product).filter(({ name }) => !name.includes('.'))
  const names = [...asked.product.contract.records.keys()]
  const source = sourceFor(asked, { span: asked.span, names, areNamed: true })
  const seen = await find<{ record: string; records: number; last_day: string }>(
    asked,
    sql`
      SELECT ${source.name} AS record, ${source.records} AS records,
        toString(max(${source.day})) AS last_day
      ${source.from}
      GROUP BY record`
  )
  const counted =
    fields.length === 0 ? [] : await find<AnswerRow>(asked, fieldStatement(asked, fields, names))
  return {
    columns: [
      { name: 'record', title: 'Record', type: 'text' },
      { name: 'field', title: 'Field', type: 'text' },
      recordsColumn,
      { name: 'share', title: 'Observed share', type: 'share' },
      { name: 'last_day', title: 'Last day', type: 'date' }
    ],
    rows: names.flatMap((record): readonly AnswerRow[] => {
      const own = seen.find((row) => row.record === record)
      const total = Number(own?.records ?? 0)
      const values = counted.find((row) => row['record'] === record)
      return [
        { record, field: null, records: total, share: null, last_day: own?.last_day ?? null },
        ...fields.flatMap((field, index): readonly AnswerRow[] => {
          if (!field.records.includes(record)) return []
          const records = Number(values?.[`n${index}`] ?? 0)
          return [
            {
              record,
              field: field.name,
              records,
              share: total === 0 ? null : records / total,
              last_day: records === 0 ? null : values?.[`d${index}`]
            }
          ]
        })
      ]
    }),
    notes: [
      ...cut,
      'A row without a field is of the record itself; share is of its records. An empty list ' +
        'or map counts as not sent. What was last seen before the span is not looked for.'
    ],
    sql: toShow(shown(asked, names))
  }
}

function fieldStatement(
  asked: Asked,
  fields: readonly AskableField[],
  names: readonly string[]
): Sql {
  const each = fields.flatMap(({ sql: value, type }, index) => {
    const isThere =
      type.is === 'list' || type.is === 'map' ? sql`notEmpty(${value})` : sql`${value} IS NOT NULL`
    return [
      sql`countIf(${isThere}) AS ${raw(`n${index}`)}`,
      sql`toString(maxIf(toDate(occurred_at), ${isThere})) AS ${raw(`d${index}`)}`
    ]
  })
  return sql`
    SELECT ${join([raw('name AS record'), ...each])}
    ${recordSource(asked, { span: asked.span, names }).from}
    GROUP BY record`
}

/**
 * The general view has the fields of each record as a map, so that hundreds of them need no column
 * each.
 */
function shown({ product, span }: Asked, names: readonly string[]): Sql {
  return sql`
    SELECT name AS record, arrayJoin(arrayConcat([''], mapKeys(fields))) AS field,
      count() AS records,
      toString(max(toDate(occurred_at))) AS last_day
    FROM records
    WHERE product = ${product.contract.product} AND ${among(raw('name'), names)}
      AND toDate(occurred_at) BETWEEN ${date(span.first)} AND ${date(span.last)}
    GROUP BY record, field
    ORDER BY record, field`
}
