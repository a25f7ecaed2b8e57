/** What is a user told before anything is sent, in the contract's words? */
import type { ContractForm, FieldForm } from '../form.ts'
import type { Terms } from './consent-file.ts'
import { allowedFields, allowedIdentity, recipientText, stopsOf } from './narrow.ts'
import { variablePrefix } from './sources.ts'
import { wideningOf } from './widenings.ts'

/**
 * A few lines for a terminal or a log, each ended by a newline. With `asks` (see `asksOf`) it says
 * only what is new.
 */
export function noticeText(
  form: ContractForm,
  { runs, asks = [] }: { readonly runs: 'program' | 'service'; readonly asks?: readonly string[] }
): string {
  const lines = asks.length > 0 ? newsLines(form, asks) : [form.notice ?? firstSentence(form)]
  lines.push(whenLine(form, runs, asks.length > 0))
  const more = form.page === undefined ? '' : ` Everything that is sent: ${form.page}`
  lines.push(`Say no at any time: ${waysOf(form).join(', ')}.${more}`)
  return `${lines.join('\n')}\n`
}

const shownMax = 12

function newsLines({ title }: ContractForm, asks: readonly string[]): string[] {
  const rest = asks.length - shownMax
  return [
    `What ${title} reports has changed. New, and not sent until you had the chance to say no:`,
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
  const what = consent.levels.map(({ says }) => `  - ${says}`).join('\n')
  return [
    `${title} ${consent.default === 'opt-out' ? 'reports' : 'can report'} how it is used${to === '' ? '' : `, to ${to}`}. What for: ${purpose}`,
    what,
    `Reports carry ${identity.kind === 'none' ? 'no id' : 'an id'}: ${identity.says.replace(/\.$/, '')}. They are kept for ${retention.recordsDays} days.`
  ].join('\n')
}

function whenLine(
  { consent, title }: ContractForm,
  runs: 'program' | 'service',
  isNews: boolean
): string {
  if (consent.default !== 'opt-out')
    return isNews
      ? 'It stays off until you accept it.'
      : `Nothing is sent unless you say yes to ${title}'s telemetry.`
  return runs === 'service'
    ? `Nothing of it is sent in the next ${consent.graceHours} hours.`
    : 'Nothing of it is sent in this run.'
}

/**
 * The product's own ways first, as its contract lists them; the two that always work after them.
 */
function waysOf(form: ContractForm): readonly string[] {
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
    ...new Set([...ways.slice(0, 3), `${variablePrefix(form)}_TELEMETRY=off`, 'DO_NOT_TRACK=1'])
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
      `reports would say more of where it runs or how often: ${parts.join(', ').replaceAll('_', ' ')}`
    )
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
    else
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
  return asks
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
