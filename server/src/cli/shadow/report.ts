/** Says of each event and field that was sent what a contract would keep, reduce and drop. */
import { printTable, type TableFormat } from '../questions/print-table.ts'
import type { ShadowCounts } from './counts.ts'

interface ReportRow extends Readonly<Record<string, unknown>> {
  readonly event: string
  readonly field: string
}

const word = (name: string): { name: string; type: string } => ({ name, type: 'text' })
const number = (name: string): { name: string; type: string } => ({ name, type: 'integer' })

/** For programs, JSON holds all that is counted. */
export function reportText(
  counts: ShadowCounts,
  { format, width }: { readonly format: TableFormat; readonly width: number | undefined }
): string {
  if (format === 'json') return `${JSON.stringify(counts, undefined, 2)}\n`
  const answer = {
    columns: [
      ...['event', 'field'].map(word),
      ...['sent', 'kept', 'reduced', 'dropped'].map(number),
      word('why')
    ],
    rows: rowsOf(counts),
    notes: notesOf(counts)
  }
  return printTable(answer, format, width === undefined ? {} : { width })
}

/** `1,204 events: 1,100 whole, 80 in part, 24 not` */
export function summaryOf({ events }: ShadowCounts): string {
  const sum = (of: 'sent' | 'whole' | 'part' | 'dropped'): string =>
    Object.values(events)
      .reduce((all, each) => all + each[of], 0)
      .toLocaleString('en-US')
  return (
    `${sum('sent')} ${sum('sent') === '1' ? 'event' : 'events'}: ` +
    `${sum('whole')} whole, ${sum('part')} in part, ` +
    `${sum('dropped')} not`
  )
}

function rowsOf({ events, around }: ShadowCounts): readonly ReportRow[] {
  const sent = Object.entries(events).filter(([, each]) => each.sent > 0)
  sent.sort(([, one], [, other]) => other.sent - one.sent)
  return [
    ...Object.entries(around).map(([field, each]) => row('(around each)', field, each)),
    ...sent.flatMap(([event, { whole, part, fields, ...each }]) => [
      row(event, '(whole event)', { ...each, kept: whole, reduced: part }),
      ...Object.entries(fields).map(([field, counts]) => row(event, field, counts))
    ])
  ]
}

function row(
  event: string,
  field: string,
  {
    because,
    ...counts
  }: {
    readonly sent: number
    readonly kept: number
    readonly reduced: number
    readonly dropped: number
    readonly because: Readonly<Record<string, number>>
  }
): ReportRow {
  const why = Object.entries(because)
    .toSorted(([, one], [, other]) => other - one)
    .map(([reason, times]) => (times === counts.dropped ? reason : `${reason} (${times})`))
  return { event, field, ...counts, why: why.join(', ') }
}

function notesOf(counts: ShadowCounts): readonly string[] {
  const { requests, events, since, until, from, product } = counts
  const never = Object.entries(events).flatMap(([name, { sent }]) => (sent === 0 ? [name] : []))
  const copies =
    requests.copied + requests.notCopied === 0
      ? []
      : [`Copies: ${requests.copied} taken, ${requests.notCopied} not.`]
  return [
    `${summaryOf(counts)} of ${product}, from ${minute(since)} to ${minute(until)} UTC.`,
    'Kept: as it was sent. Reduced: more coarsely or otherwise, as a token of an id; of a whole ' +
      'event: kept without some field.',
    ...passages(requests),
    ...copies,
    ...(never.length === 0
      ? []
      : [`Declared, and never sent: ${never.slice(0, 20).join(', ')}${more(never.length - 20)}.`]),
    from === 'segment'
      ? 'What else the library puts into `context` (ip, page, locale, …) is never read.'
      : 'Properties that begin with `$` are the library’s own, and are never kept.'
  ]
}

function passages(requests: ShadowCounts['requests']): readonly string[] {
  const { passed, refused, unanswered, other, unread } = requests
  if (passed + refused + unanswered === 0)
    return unread === 0 ? [] : [`Lines that could not be read: ${unread}.`]
  return [
    `Requests: ${passed} passed on and taken (${other} without events, ${unread} that could not ` +
      `be read), ${refused} refused and ${unanswered} unanswered there, which are not counted.`
  ]
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : ''
}

function minute(moment: string): string {
  return moment.slice(0, 16).replace('T', ' ')
}
