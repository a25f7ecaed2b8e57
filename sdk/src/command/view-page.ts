/**
 * What does a user see of their telemetry in a browser? One page that loads nothing, made of what
 * the controls tell.
 */
import type { LogEntry, Preview, Status, TermsDiff } from '../telemetry.ts'
import { counted, heard } from './wording.ts'

export interface Seen {
  readonly status: Status
  readonly preview: Preview
  readonly log: readonly LogEntry[]
  readonly diff: TermsDiff
  /** How the program spells the subcommand, for the switches. */
  readonly command: string
}

/** Whole and without a script: a browser that opens it asks nobody for anything. */
export function viewPage({ status, preview, log, diff, command }: Seen): string {
  const { product, version, state, because, stops, levels, warnings, waiting } = status
  const now =
    stops === undefined
      ? `Telemetry is ${state} (${because.where || 'nobody said anything'})`
      : stops
  const { bodies, example, silent } = preview
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(product)}: telemetry</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #8881; padding: 0.8rem; overflow: auto }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
td { padding: 0.2rem 1rem 0.2rem 0; vertical-align: top } code { background: #8881 }
</style>
<h1>${escaped(product)} ${escaped(version)}</h1>
<p><strong>${escaped(now)}</strong></p>
<h2>The switches</h2>
${table([
  [`${command} off`, 'no for good: what waits, the id and the log are deleted'],
  [`${command} on`, 'yes'],
  [`${command} accept`, 'yes to all that is asked now'],
  [`${command} local`, 'record, and send nothing'],
  [`${command} reset-id`, 'a new random id'],
  [`${command} forget`, 'have what was sent erased']
])}
<h2>What may be sent</h2>
${table(levels.map(({ name, says, accepted }) => [name, `${accepted ? 'yes' : 'no'}: ${says}`]))}
<h2>What is held back</h2>
${listed(diff.asks, 'Nothing is asked that was not agreed to.')}
${listed(warnings, '')}
<h2>What would be sent next</h2>
<p>${escaped(silent ?? `To ${preview.url ?? 'nowhere'}`)}. ${waitingText(waiting.records)}</p>
${bodies.map(bodyOf).join('\n')}
${
  example.length === 0
    ? ''
    : '<p>An example, made up from the contract: none of it ' +
      `happened.</p>${example.map(bodyOf).join('\n')}`
}
<h2>What was sent, or tried to</h2>
${log.length === 0 ? '<p>Nothing.</p>' : ''}
${log
  .toReversed()
  .map(
    ({ at, url, status: answer, body }) =>
      `<p>${escaped(`${at}, ${url}: ${heard(answer)}`)}</p>${bodyOf(body)}`
  )
  .join('\n')}
</html>
`
}

function waitingText(records: number): string {
  return `${counted(records, 'record')} ${records === 1 ? 'waits' : 'wait'}.`
}

/** The exact bytes are one line; people read them indented. */
function bodyOf(text: string): string {
  try {
    return `<pre>${escaped(JSON.stringify(JSON.parse(text), null, 1))}</pre>`
  } catch {
    return `<pre>${escaped(text)}</pre>`
  }
}

function table(rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(
    ([name, says]) => `<tr><td><code>${escaped(name)}</code></td><td>${escaped(says)}</td></tr>`
  )
  return `<table>${lines.join('')}</table>`
}

function listed(lines: readonly string[], otherwise: string): string {
  if (lines.length === 0) return otherwise === '' ? '' : `<p>${otherwise}</p>`
  return `<ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`
}

/** Also what would turn a text around, or hide it. */
function escaped(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}
