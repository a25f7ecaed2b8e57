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

A server said 429 or 503, each with \`Retry-After: 3\`: to the first two requests, or to all of them.
Each was watched for 40 seconds from its start; *goes on* is what had not ended by then.
The programs are those of the guides, one event each; each flushes, and ends.
Seen on ${day}.
*Waits* are the seconds between two attempts.

${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

## What follows

- A collector of ours answers overload with 429 and \`Retry-After\`:
  a library that heeds it comes back when it was told to, and loses nothing.
- One that takes 429 or 503 for final loses the event; a product whose clients do
  can choose another answer (\`overload\` in its \`product.ts\`).
- A library that goes on in its own rhythm is heard again as soon as there is room.
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
