/** Lays out what clients were seen to do under overload: a row each, a column for each answer. */

export interface Watched {
  /** Requests with the event. */
  readonly attempts: number
  readonly waitsMs: readonly number[]
  /** Whether the event was taken in the end. */
  readonly took: boolean
  /** Whether the program ended by itself. */
  readonly ended: boolean
  /** From the first attempt on. */
  readonly lastedMs: number
}

export interface OverloadRow {
  readonly client: string
  readonly version: string
  /** In the order of the page's columns. */
  readonly seen: readonly Watched[]
}

export function overloadPage(
  rows: readonly OverloadRow[],
  { day }: { readonly day: string }
): string {
  const columns = ['client', 'release', '429 twice', '503 twice', '429 always', '503 always']
  const table = [
    columns,
    columns.map(() => '---'),
    ...rows.map(({ client, version, seen }) => [client, version, ...seen.map(saidOf)])
  ]
  return `# Clients under overload

<!-- Written by \`npm run clients -- --overload\`. -->

A server said 429 or 503, each with \`Retry-After: 3\`:
to the first two requests (*twice*), or to all of them (*always*).
Each program was watched for 40 seconds from its start; *goes on* is what had not ended by then.
The programs are those of the guides, one event each; each flushes, and ends.
Seen on ${day}, on a busy machine: the waits are the libraries' own, a few tenths are not.

${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

## What follows

- Overload is answered with 429 and \`Retry-After\`, since Segment's library for Node waits
  as long as it is told to and spends no retry on it, while a 503 costs one of three.
- Those that end after three retries (PostHog's, OpenTelemetry's, RudderStack's for Node)
  wait three times what they are told:
  with our \`Retry-After: 30\`, a minute and a half of overload.
- RudderStack's for Python and Segment's for Java go on in their own rhythm.
- The two for Go lose what is queued when a program ends with \`Close\`, whatever the answer says;
  a program that goes on tries again.
- A product whose clients take 429 for final chooses another answer
  (\`overload\` in its \`product.ts\`), as ReadySet's and dlt's do.
`
}

function saidOf({ attempts, waitsMs, took, ended, lastedMs }: Watched): string {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`
  const waits = waitsMs.length === 0 ? '' : `, waits ${waitsOf(waitsMs)} s`
  if (took) return `kept: ${tries}${waits}`
  const end = ended ? `lost after ${seconds(lastedMs)} s` : 'goes on'
  return `${end}: ${tries}${waits}`
}

const shownMax = 6

function waitsOf(waitsMs: readonly number[]): string {
  const shown = waitsMs.slice(0, shownMax).map(seconds).join(', ')
  return waitsMs.length > shownMax ? `${shown}, …` : shown
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
