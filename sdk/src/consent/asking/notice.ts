/** What is a user told before anything is sent, in the contract's words? */
import { endOf } from '#values/expiry'
import type { ContractForm, FieldForm, RecordForm } from '../../form.ts'
import type { Terms } from '../consent-file.ts'
import { allowedFields, allowedIdentity, recipientText, stopsOf } from '../narrow.ts'
import { requiredWords } from './required.ts'
import { variablePrefix } from '../sources.ts'
import { wideningOf } from './widenings.ts'

export interface Told {
  readonly runs: 'program' | 'service'
  /**
   * How the program spells its subcommand: `dlt telemetry`. Undefined: it is not known to have one.
   */
  readonly command: string | undefined
  /** What is new (see `asksOf`): then only that is told. */
  readonly asks?: readonly string[]
  /** Everything waits until it is accepted. */
  readonly isStopped?: boolean
}

/** A few lines for a terminal or a log, each ended by a newline. */
export function noticeText(form: ContractForm, told: Told): string {
  const { asks = [], command } = told
  const isNews = asks.length > 0
  const isOptOut = form.consent.default === 'opt-out'
  const prefix = variablePrefix(form)
  const yes = command === undefined ? `${prefix}_TELEMETRY=on` : `${command} accept`
  const look =
    command === undefined ? '' : ` Look first: ${command} ${isNews ? 'diff' : 'preview'}.`
  const page = form.page === undefined ? '' : ` Everything that is sent: ${form.page}`
  const no = `Say no at any time: ${waysOf(form, command).join(', ')}.`
  // Where there is no subcommand, only the program itself can take a yes to what has changed.
  const sayYes = isNews && command === undefined ? '' : `Say yes: ${yes}.${look} `
  return `${[
    ...(isNews ? newsLines(form, told) : [form.notice ?? firstSentence(form)]),
    ...requiredWords(form).map(({ says }) => says),
    ...(isOptOut && told.isStopped !== true ? [whenLine(form, told)] : []),
    ...(isOptOut || isNews
      ? [`${no}${page}`, ...(sayYes === '' ? [] : [sayYes.trim()])]
      : [`Nothing is sent unless you say yes, and this is said once. ${sayYes}${no}${page}`])
  ].join('\n')}\n`
}

/** After the notice, on a line of its own; Enter is no. */
export function questionText({ title }: Pick<ContractForm, 'title'>): string {
  return `May ${title} report that? [y/N] `
}

/** The subcommand as the host spells it, or as the contract's `status` does. */
export function commandOf(
  { controls }: Pick<ContractForm, 'controls'>,
  own: string | undefined
): string | undefined {
  if (own !== undefined) return own
  return controls
    .map(({ status }) => String(status))
    .find((status) => /^[a-z][\w.-]*(?: [a-z][\w-]*)* telemetry$/.test(status))
}

const shownMax = 12

function newsLines({ title, consent }: ContractForm, told: Told): string[] {
  const { asks = [], isStopped } = told
  const rest = asks.length - shownMax
  const until =
    consent.default === 'opt-out' ? 'you had the chance to say no' : 'you have accepted it'
  return [
    isStopped
      ? `What becomes of ${title}'s telemetry has changed. Until you accept, nothing is ` +
        'recorded or sent:'
      : `What ${title} reports has changed. New, and not sent until ${until}:`,
    ...asks.slice(0, shownMax).map((ask) => `  - ${ask}`),
    ...(rest > 0 ? [`  - and ${rest} more`] : [])
  ]
}

function firstSentence({
  title,
  purpose,
  recipients,
  consent,
  identity,
  retention
}: ContractForm): string {
  const to = recipients.map(recipientText).join(', ')
  const does = consent.default === 'opt-out' ? 'reports' : 'can report'
  const what = consent.levels.map(({ says }) => `  - ${says}`).join('\n')
  const id = `${identity.kind === 'none' ? 'no id' : 'an id'}: ${identity.says.replace(/\.$/, '')}`
  return [
    `${title} ${does} how it is used${to === '' ? '' : `, to ${to}`}. What for: ${purpose}`,
    what,
    `Reports carry ${id}. They are kept for ${retention.recordsDays} days.`
  ].join('\n')
}

function whenLine({ consent }: ContractForm, { runs }: Told): string {
  return runs === 'service'
    ? `Nothing of it is sent in the next ${consent.graceHours} hours.`
    : 'Nothing of it is sent in this run.'
}

/**
 * The product's own ways first, as its contract lists them; the two that always work after them.
 */
function waysOf(form: ContractForm, command: string | undefined): readonly string[] {
  const ways = form.controls.flatMap(({ flag, variable, key, off, keeps, honoured, does }) => {
    if (does === 'on' || keeps !== undefined || honoured === false || variable === 'DO_NOT_TRACK')
      return []
    if (flag !== undefined) return [String(flag)]
    if (off === undefined) return []
    return variable !== undefined
      ? [`${String(variable)}=${String(off)}`]
      : key !== undefined
        ? [`${String(key)}: ${String(off)}`]
        : []
  })
  return [
    ...new Set([
      ...(command === undefined ? [] : [`${command} off`]),
      ...ways.slice(0, 3),
      `${variablePrefix(form)}_TELEMETRY=off`,
      'DO_NOT_TRACK=1'
    ])
  ]
}

/**
 * One sentence for each thing that is new or wider than what was agreed to; what stops everything
 * comes first.
 */
export function asksOf(now: ContractForm, was: Terms): readonly string[] {
  if (now.terms === was.terms) return []
  const asks = [...stopsOf(now, was)]
  const identity = allowedIdentity(now, was)
  if (identity.kind !== now.identity.kind)
    asks.push(`reports would carry another id: ${now.identity.says}`)
  if (now.identity.lineage && identity.kind === now.identity.kind && !identity.lineage)
    asks.push('reports would carry a second id, which copies of this installation share')
  if (now.identity.account !== undefined && identity.account === undefined)
    asks.push('reports could carry the account that you set')
  const parts = [
    ...now.environment.filter((part) => !was.environment.includes(part)),
    ...now.presence
      .filter((period) => !was.presence.includes(period))
      .map((period) => `first of the ${period}`)
  ]
  if (parts.length > 0)
    asks.push(
      'reports would say more of where it runs or how often: ' +
        `${parts.join(', ').replaceAll('_', ' ')}`
    )
  const before = was.consent.defaultLevel ?? was.consent.levels.at(-1)?.name
  const unnamed = now.consent.levels.find(
    ({ name }) => name === (now.consent.defaultLevel ?? now.consent.levels.at(-1)?.name)
  )
  const names = now.consent.levels.map(({ name }) => name)
  if (unnamed !== undefined && names.indexOf(unnamed.name) > names.indexOf(before ?? ''))
    asks.push(`whoever names no level would report up to ${unnamed.name}: ${unnamed.says}`)
  // Whoever chose the highest level of then is asked about all that is new; others see no more of
  // it than they chose.
  const highest = was.consent.levels.at(-1)?.name ?? ''
  const level = now.consent.levels.some(({ name }) => name === highest)
    ? highest
    : (now.consent.levels.at(-1)?.name ?? '')
  for (const [name, record] of Object.entries(now.records)) {
    const all = allowedFields(
      now,
      { terms: now, level: now.consent.levels.at(-1)?.name ?? '' },
      name
    )
    const allowed = allowedFields(now, { terms: was, level }, name)
    if (allowed === undefined) asks.push(`a new kind of report: ${record.when.replace(/\.$/, '')}`)
    else {
      asks.push(...tellingAsks(record, was.records[name]))
      for (const path of all ?? []) {
        const field = fieldAt(now, name, path)
        const before = fieldAt(was, name, path)
        if (field === undefined) continue
        const what = `${field.says.replace(/\.$/, '')}, with “${record.when.replace(/\.$/, '')}”`
        const more = before && wideningOf(field, before)
        if (!allowed.has(path)) asks.push(what)
        else if (more !== undefined) asks.push(`${what}: ${more}`)
      }
    }
  }
  return asks
}

const times: readonly unknown[] = [undefined, 'hour', 'day']

/** What is wider of how a record is told. */
function tellingAsks(now: RecordForm, was: RecordForm | undefined): readonly string[] {
  if (was === undefined) return []
  const when = `“${now.when.replace(/\.$/, '')}”`
  return [
    ...(endOf(now) > endOf(was)
      ? [`${when} would go on being told until ${now.expires ?? 'further notice'}`]
      : []),
    ...(now.identity !== 'none' && was.identity === 'none'
      ? [`${when} would be tied to this installation`]
      : []),
    ...(times.indexOf(now.time) < times.indexOf(was.time)
      ? [`${when} would be told to the ${now.time ?? 'millisecond'}`]
      : []),
    ...((now.sample ?? 1) > (was.sample ?? 1) ? [`more of ${when} would be sent`] : [])
  ]
}

function fieldAt(
  { records }: Pick<Terms, 'records'>,
  record: string,
  path: string
): FieldForm | undefined {
  let fields = Object.hasOwn(records, record) ? records[record]?.fields : undefined
  let found: FieldForm | undefined
  for (const name of path.split('.')) {
    found = fields !== undefined && Object.hasOwn(fields, name) ? fields[name] : undefined
    fields = found?.type.is === 'object' ? found.type.fields : undefined
  }
  return found
}
