/**
 * Where do the contract and what arrives differ: what is undeclared, and what is declared but never
 * seen?
 */
import { lostByClient } from '../../../storage/tables/rows.ts'
import { quoteText } from '../../../storage/tables/column-types.ts'
import { installationsColumn, recordsColumn } from '../../asking/column.ts'
import { type AskableField, fieldsOf } from '../../reading/fields.ts'
import { spanOnly } from '../../asking/parameter.ts'
import {
  type Answer,
  type AnswerRow,
  type Asked,
  type Question,
  questionDeadlineMs
} from '../../asking/question.ts'
import { recordSource, sourceFor } from '../../reading/source.ts'
import { whyNotCounted } from '../../reading/identity.ts'

interface Row {
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
  says: 'what arrives that the contract does not declare, and what it declares that does not arrive',
  explains:
    'Counts what arrived and was not kept, by reason, by the record that it came in, by name and by JSON kind. A name is shown once a contract has it, or once it looks like a field’s name and came from five installations; until then a keyed digest stands for it. Values are never kept, so none can be shown. ' +
    'With show=declared, the other direction: each record and field that the newest contract declares, how many records of the span had it, and when it was last seen; what nobody sends any more can leave the contract.',
  chart: 'table',
  parameters: [
    {
      name: 'show',
      says: 'what is not declared, or all that is and how much of it was seen',
      type: 'choice',
      values: ['undeclared', 'declared'],
      default: 'undeclared'
    }
  ],
  common: spanOnly,
  answer: (asked) =>
    asked.chosen.word('show') === 'declared' ? declared(asked) : undeclared(asked)
}

async function undeclared(asked: Asked): Promise<Answer> {
  const { storage, product, span } = asked
  const rows = await storage.query<Row>({
    sql: `SELECT reason, record, max(s.name) AS name, name_digest, kind, sum(s.count) AS records, uniqCombined64Merge(s.installations) AS installations, toString(max(s.day)) AS last_day
      FROM drift_states AS s WHERE reason != ${quoteText(lostByClient)} AND product = ${quoteText(product.contract.product)} AND day BETWEEN ${quoteText(span.first)} AND ${quoteText(span.last)}
      GROUP BY reason, record, name_digest, kind ORDER BY records DESC, reason, record, name_digest, kind LIMIT 500`,
    deadlineMs: questionDeadlineMs
  })
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
      'A name that starts with # is a keyed digest: a name is shown once a contract has it, or once it looks like a field’s name and came from five installations.',
      ...(why === undefined ? [] : [why])
    ]
  }
}

/** One row for each record, then one for each of its fields. */
async function declared(asked: Asked): Promise<Answer> {
  const fields = fieldsOf(asked.product)
  const names = [...asked.product.contract.records.keys()]
  const source = sourceFor(asked, { span: asked.span, names, areNamed: true })
  const seen = await asked.storage.query<{ record: string; records: number; last_day: string }>({
    sql: `SELECT ${source.name} AS record, ${source.records} AS records, toString(max(${source.day})) AS last_day ${source.from} GROUP BY record`,
    deadlineMs: questionDeadlineMs
  })
  const sql = fieldStatement(asked, fields, names)
  const counted =
    fields.length === 0
      ? []
      : await asked.storage.query<Readonly<Record<string, unknown>>>({
          sql,
          deadlineMs: questionDeadlineMs
        })
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
      'A row without a field is of the record itself; share is of its records. An empty list or map counts as not sent. What was last seen before the span is not looked for.'
    ],
    ...(fields.length === 0 ? {} : { sql })
  }
}

function fieldStatement(
  asked: Asked,
  fields: readonly AskableField[],
  names: readonly string[]
): string {
  const each = fields.flatMap(({ sql, type }, index) => {
    const isThere =
      type.is === 'list' || type.is === 'map' ? `notEmpty(${sql})` : `${sql} IS NOT NULL`
    return [
      `countIf(${isThere}) AS n${index}`,
      `toString(maxIf(toDate(occurred_at), ${isThere})) AS d${index}`
    ]
  })
  return `SELECT name AS record, ${each.join(', ')} ${recordSource(asked, { span: asked.span, names }).from} GROUP BY record`
}
