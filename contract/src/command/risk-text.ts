/**
 * Prints what `candor contract risk` found: counts and shares, never a value; and what the numbers
 * cannot tell.
 */
import type { Contract } from '../form/contract.ts'
import {
  environmentName,
  riskLimits,
  type RecordRisk,
  type Risk,
  type Suggestion
} from '../risk/assess.ts'
import type { RiskChange } from '../risk/compare.ts'
import { fewBelow, type Counted } from '../risk/measure.ts'
import { tableText } from './printing/print-table.ts'

export interface RiskReport {
  readonly name: string
  readonly contract: Contract
  readonly risk: Risk
  readonly source:
    | { readonly is: 'generated'; readonly installations: number; readonly seed: number }
    | { readonly is: 'records'; readonly url: string; readonly since: string }
  readonly against: { readonly name: string; readonly changes: readonly RiskChange[] } | undefined
  /** `fields` are those over the limit. */
  readonly failOver: { readonly percent: number; readonly fields: readonly string[] } | undefined
}

export function riskText(report: RiskReport): string {
  const { name, contract, risk, source, against, failOver } = report
  const on =
    source.is === 'generated'
      ? `a generated fleet of ${count(source.installations)} installations (seed ${source.seed})`
      : `the records that ${source.url} kept in the last ${source.since}`
  const parts = [
    `Who is singled out by ${contract.product} (${name}), counted on ${on}:`,
    table(risk),
    ...risk.records.flatMap(pairOf),
    ...section('What would help, each tried on the same installations:', suggestionsIn(risk)),
    ...(against === undefined
      ? []
      : section(
          `What this version changes against ${against.name}:`,
          against.changes.length === 0
            ? ['Nothing that can be counted here.']
            : against.changes.map(changeOf)
        )),
    ...(failOver === undefined || failOver.fields.length === 0
      ? []
      : [`More than ${failOver.percent} % are singled out by: ${failOver.fields.join(', ')}.`]),
    notesOf(report)
      .map((note) => `· ${note}`)
      .join('\n')
  ]
  return `${parts.join('\n')}\n`
}

export function riskJson({
  name,
  contract,
  risk,
  source,
  against,
  failOver,
  ...report
}: RiskReport): string {
  const records = risk.records.map((record) => ({
    name: record.name,
    kind: record.kind,
    installations: record.whole.installations,
    whole: record.whole,
    environment: record.environment,
    fields: record.fields,
    ids: record.ids,
    not_counted: record.unmeasured,
    combination: record.combination,
    suggestions: record.suggestions.map(
      ({ field, write, before, after, wholeBefore, wholeAfter }) => ({
        field,
        write,
        before,
        after,
        whole_before: wholeBefore,
        whole_after: wholeAfter
      })
    )
  }))
  const told = {
    product: contract.product,
    contract: { name, digest: contract.digest },
    source,
    few_below: fewBelow,
    records,
    against,
    fail_over: failOver,
    notes: notesOf({ name, contract, risk, source, against, failOver, ...report })
  }
  return `${JSON.stringify(told, undefined, 2)}\n`
}

function table({ records }: Risk): string {
  const rows = records.flatMap(rowsOf)
  const columns = [
    { name: 'record', type: 'text' },
    { name: 'field', type: 'text' },
    { name: 'installations', type: 'integer' },
    { name: 'values', type: 'integer' },
    { name: 'bits', type: 'number' },
    { name: 'singled out', type: 'integer' },
    { name: '%', type: 'number' },
    { name: `with fewer than ${fewBelow}`, type: 'integer' }
  ]
  return tableText({ columns, rows }).trimEnd()
}

function rowsOf(record: RecordRisk): readonly Readonly<Record<string, unknown>>[] {
  if (record.whole.installations === 0) return [{ record: record.name, field: '(nobody sent it)' }]
  const fields = [...record.fields].sort(
    (one, other) => other.counted.alone - one.counted.alone || other.counted.bits - one.counted.bits
  )
  return [
    rowOf(record.name, '(all together)', record.whole),
    rowOf('', `(${environmentName})`, record.environment),
    ...fields.map((field) => rowOf('', field.name, field.counted)),
    ...record.ids.map((id) => ({ record: '', field: id, bits: 'an id' })),
    ...record.unmeasured.map((field) => ({ record: '', field, bits: 'not counted' }))
  ]
}

function rowOf(record: string, field: string, counted: Counted): Readonly<Record<string, unknown>> {
  return {
    record,
    field,
    installations: counted.installations,
    values: counted.values,
    bits: counted.bits.toFixed(1),
    'singled out': counted.alone,
    '%': percentOf(counted),
    [`with fewer than ${fewBelow}`]: counted.few
  }
}

function pairOf({ name, combination }: RecordRisk): readonly string[] {
  if (combination === undefined) return []
  const { of, counted } = combination
  return [
    `The two that add most to each other in ${name}: ${of.join(' and ')}, which together ` +
      `single out ${count(counted.alone)} (${percentOf(counted)} %).`
  ]
}

/** A field of many records is told where it is worst. */
function suggestionsIn({ records }: Risk): readonly string[] {
  const groups = new Map<string, { readonly record: string; readonly suggestion: Suggestion }[]>()
  for (const { name, suggestions } of records)
    for (const suggestion of suggestions) {
      const key = `${suggestion.field} ${suggestion.write}`
      groups.set(key, [...(groups.get(key) ?? []), { record: name, suggestion }])
    }
  return [...groups.values()].flatMap((group) => {
    const [worst] = [...group].sort(
      (one, other) => shareOf(other.suggestion.before) - shareOf(one.suggestion.before)
    )
    return worst === undefined
      ? []
      : [suggestionText(worst.record, worst.suggestion, group.length - 1)]
  })
}

function suggestionText(
  record: string,
  { field, write, before, after, wholeBefore, wholeAfter }: Suggestion,
  others: number
): string {
  const own = after === undefined ? 'none by it' : `${count(after.alone)} (${percentOf(after)} %)`
  const whole =
    wholeBefore.alone === wholeAfter.alone
      ? `the whole record singles out ${count(wholeAfter.alone)} all the same`
      : `the whole record: ${count(wholeBefore.alone)} → ${count(wholeAfter.alone)}`
  const also =
    others === 0 ? '' : ` (and in ${others} other ${others === 1 ? 'record' : 'records'})`
  return (
    `${record}.${field}${also}: ${write}\n    singled out: ${count(before.alone)} ` +
    `(${percentOf(before)} %) → ${own}; ${whole}`
  )
}

function changeOf({ record, field, before, after }: RiskChange): string {
  const said = (counted: Counted | undefined, absent: string): string =>
    counted === undefined
      ? absent
      : `${count(counted.alone)} (${percentOf(counted)} %), ${counted.bits.toFixed(1)} bits`
  return (
    `${record}${field === undefined ? ' as a whole' : `.${field}`}: ${said(before, 'new')} → ` +
    `${said(after, 'gone')}`
  )
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

/** Below that, shares say more of how few they are than of the fields. */
const manyEnough = 100

function notesOf({ contract, risk, source }: RiskReport): readonly string[] {
  const unmeasured = risk.records.some((record) => record.unmeasured.length > 0)
  const hasIds = risk.records.some((record) => record.ids.length > 0)
  return [
    'Singled out: nobody else has the same value. Each installation counts ' +
      `once${source.is === 'records' ? ', with its latest record of the name' : ''}; being ` +
      'absent is a value too.',
    ...(hasIds
      ? [
          'Ids and tokens tell installations apart by design, and are not counted; what they ' +
            'may link is in `candor contract check`.'
        ]
      : []),
    ...(source.is === 'generated'
      ? [
          'A generated fleet knows the contract and not the world. It draws every field by ' +
            'itself, so that combinations single out more here than where fields go together; ' +
            'it does not know which texts a pattern or a reviewed string holds, which words ' +
            'are rare, or what its users have in common; and real outliers lie further out. ' +
            'Count real records before you rely on it: `candor contract risk --url`.'
        ]
      : [
          'Whoever stopped sending since is still in it, and whoever sends no id is not. ' +
            'Fields are rounded as this contract says before they are counted.',
          ...(contract.identity.kind === 'window'
            ? [
                'The id changes with its window, so one installation may be counted as ' +
                  'several, which share their values: in truth, more are singled out.'
              ]
            : []),
          ...(contract.identity.kind === 'none'
            ? [
                'Reports carry no id, so that each record counts by itself, as if it were an ' +
                  'installation.'
              ]
            : [])
        ]),
    ...(risk.records.some(
      ({ whole }) => whole.installations > 0 && whole.installations < manyEnough
    )
      ? [
          `What fewer than ${manyEnough} installations sent singles nearly all of them out, ` +
            'whatever it holds.'
        ]
      : []),
    ...(unmeasured
      ? [
          'Not counted: fields that the collector does not have, or has in another form, and ' +
            `those beyond the first ${riskLimits.fields} of a record.`
        ]
      : [])
  ]
}

function shareOf({ alone, installations }: Counted): number {
  return installations === 0 ? 0 : (100 * alone) / installations
}

function percentOf(counted: Counted): string {
  const percent = shareOf(counted)
  if (percent === 0 || percent >= 10) return percent.toFixed(0)
  return percent < 0.01 ? '<0.01' : String(Number(percent.toPrecision(2)))
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}
