/** What does an account read of itself: all that is kept of it, for how long, and how it goes? */
import type { ShownAccount } from '../../api/endpoints/operating/accounts.ts'

/** Columns that say where a row lies, and nothing of the account. */
const ours = new Set([
  'product',
  'kind',
  'account',
  'key_epoch',
  'contract',
  'name',
  'occurred_at',
  'occurred_from',
  'version_from',
  'message_digest',
  'over_budget',
  'imported',
  'protocol',
  'seq'
])

export function accountPage(account: ShownAccount): string {
  const { name, purpose, recordsDays, contact, installations, records } = account
  const heard =
    records === 0
      ? 'Nothing is kept of you: no program of yours has reported, or all of it has expired.'
      : `${records} reports of ${installations} ` +
        `installation${installations === 1 ? '' : 's'}, from ${account.firstSeen ?? ''} to ` +
        `${account.lastSeen ?? ''} (UTC).`
  return [
    `# What is kept of ${name ?? 'you'}`,
    '',
    purpose,
    '',
    heard,
    `Each report is deleted ${recordsDays} days after it arrived.`,
    'Your key and the ids of your installations are not kept: the tokens below stand for them, ' +
      'and nobody else can make them.',
    ...(name === null
      ? ['Your name is not kept either.']
      : ['Your name stands in a file beside the data, and not in it.']),
    '',
    'To have all of it erased, within 72 hours, ask ' +
      `${contact ?? 'whoever runs this collector'}: they run`,
    '',
    '```sh',
    `candor account delete ${account.tokens[0] ?? ''} --product ${account.product} --yes`,
    '```',
    ...account.reports.flatMap((report) => [
      '',
      `## ${String(report['name'])} of ${String(report['installation'] ?? 'no installation')}`,
      '',
      'The newest of its kind; those before it have the same fields.',
      '',
      '| what | value |',
      '| --- | --- |',
      ...Object.entries(report).flatMap(([key, value]) =>
        ours.has(key) || isNothing(value) ? [] : [`| \`${key}\` | \`${told(value)}\` |`]
      )
    ]),
    ''
  ].join('\n')
}

function told(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function isNothing(value: unknown): boolean {
  if (value === 'unknown') return true
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
