/**
 * The page that sets programs side by side: what holds for each, how late it ends, and what to know
 * before judging.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exitBarMs } from './checks/network.ts'
import { profileAt, type Profile } from './profile.ts'
import type { Line, Report } from './report.ts'
import { lineText } from './report.ts'
import { tryProgram, type TryOptions } from './try.ts'

/** Compiled, this file stands in test/conformance/dist. */
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

interface Column {
  readonly profile: Profile
  readonly title: string
  readonly report: Report
}

export async function writeTable(
  file: string,
  options: Omit<TryOptions, 'tell'>,
  print: (text: string) => unknown
): Promise<void> {
  const columns: Column[] = []
  for (const profile of profilesOfTable()) {
    print(`\n${profile.name}\n`)
    const report = await tryProgram(profile, { ...options, tell: (line) => print(lineText(line)) })
    columns.push({ profile, title: titleOf(profile), report })
  }
  writeFileSync(file, pageOf(columns, options.toleranceMs))
  print(`\nwrote ${file}\n`)
}

function profilesOfTable(): Profile[] {
  const examples = join(root, 'examples')
  const vendors = join(root, 'test/conformance/vendors')
  return [
    ...readdirSync(examples)
      .toSorted()
      .map((name) => join(examples, name, 'conformance.json')),
    join(root, 'test/conformance/fixtures/conformance.json'),
    ...readdirSync(vendors)
      .toSorted()
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(vendors, name))
  ]
    .filter((file) => existsSync(file))
    .flatMap((file) => profileAt(file) ?? [])
}

/** An installed package is told with its version, which package.json pins. */
function titleOf({ name }: Profile): string {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const version = devDependencies[name]
  return version === undefined ? name : `${name} ${version}`
}

const rows: readonly (readonly [title: string, ids: (id: string) => boolean])[] = [
  ['reports once somebody said yes', (id) => id === 'reports'],
  ['`DO_NOT_TRACK=1`: no socket, no look-up, no file', (id) => id === 'off/DO_NOT_TRACK=1'],
  [
    'its own switches: the same',
    (id) => id.startsWith('off/') && id !== 'off/DO_NOT_TRACK=1' && id !== 'off/unkept'
  ],
  [
    'first run at a terminal: nothing sent, nothing written but the notice’s mark',
    (id) => id === 'undecided/terminal'
  ],
  ['no terminal and no yes: nothing sent, nothing written', (id) => id === 'undecided/no-terminal'],
  [
    'an agent at a terminal, known or not: the notice is kept for a human, nothing sent',
    (id) => id === 'undecided/agent'
  ],
  ['a no that can’t be kept says so, with an exit code', (id) => id === 'off/unkept'],
  ['notice shown at the first terminal, once', (id) => id === 'notice/shown'],
  ['output and exit code unchanged, while the collector answers', (id) => id === 'output'],
  ['preview is what is sent next', (id) => id === 'preview'],
  ['killed 100 ms after recording: delivered later', (id) => id === 'crash/kept'],
  ['cut off before the answer: nothing kept twice', (id) => id === 'crash/once'],
  ['a run that ends at once: its records arrive, without another run', (id) => id === 'short'],
  ['… over 50, 200 and 800 ms of round trip', (id) => id === 'short/far'],
  ['starts no process but a declared sender, one a period', (id) => id === 'children'],
  ['speaks to its endpoint and feed only', (id) => id === 'contacts'],
  ['**exit delay**, collector answers', (id) => id === 'network/answers'],
  ['… nobody listens', (id) => id === 'network/refuses'],
  ['… packets are dropped', (id) => id === 'network/drops'],
  ['… answers 503', (id) => id === 'network/503'],
  ['… reads and never answers', (id) => id === 'network/hangs'],
  ['… answers a header at a time, for ever', (id) => id === 'network/trickles']
]

function pageOf(columns: readonly Column[], toleranceMs: number): string {
  const head = ['', ...columns.map(({ title }) => title)]
  const body = rows.map(([title, isIn]) => [
    title,
    ...columns.map(({ report }) =>
      cellOf(
        report.lines.filter(({ id }) => isIn(id)),
        toleranceMs
      )
    )
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const notes = columns.filter(({ profile }) => (profile.notes ?? []).length > 0)
  return `# Conformance

<!-- Written by \`npm run conformance -- --table\`, in about twenty minutes beside a PostgreSQL at /var/run/postgresql; a test holds its versions against what is installed. -->

What the [conformance kit](../guide/conformance.md) saw of our four examples, and of small programs that do the same work (60 ms, one record), each with another way to report.
✓ holds · ✗ does not · – is not offered, which is no pass. Delays are medians over pairs of runs, with telemetry and without, of the time from the
end of the work to the end of the process; the bar is ${exitBarMs} ms. They are rounded, and what the machine's noise can explain fails nobody:
only the low end of where the median may be counts, and ${toleranceMs} ms are added to the bar.

${[line(head), `|${'---|'.repeat(head.length)}`, ...body.map(line)].join('\n')}

## To be fair

${notes.map(({ title, profile }) => `**${title}**\n\n${(profile.notes ?? []).map((note) => `- ${note}`).join('\n')}`).join('\n\n')}

Run it yourself: \`npm run conformance -- test/conformance/vendors/segment.json\`. The programs are in \`test/conformance/vendors/\`; a better use of either
SDK that its documentation advises is a welcome change there.
`
}

function cellOf(lines: readonly Line[], toleranceMs: number): string {
  const tried = lines.filter(({ outcome }) => outcome.is !== 'not offered')
  if (tried.length === 0) return '–'
  const mark = tried.every(({ outcome }) => outcome.is === 'holds') ? '✓' : '✗'
  const figures = tried.flatMap(({ outcome }) =>
    outcome.is === 'not offered' ? [] : [outcome.figures ?? {}]
  )
  const [{ exitMs, recorded, arrived } = {}] = figures
  if (exitMs !== undefined) {
    const speaks = tried.some(({ outcome }) =>
      outcome.evidence.some(
        (text) => text.startsWith('stderr has') || text.startsWith('stdout has')
      )
    )
    return `${mark} ${delay(exitMs, toleranceMs)}${speaks ? ', and prints' : ''}`
  }
  return recorded === undefined ? mark : `${mark} ${arrived} of ${recorded}`
}

/** Coarse enough to be the same tomorrow. */
export function delay(ms: number, toleranceMs: number): string {
  if (ms <= exitBarMs) return `≤ ${exitBarMs} ms`
  if (ms <= exitBarMs + toleranceMs) return `≤ ${exitBarMs + toleranceMs} ms`
  if (ms <= 50) return `≤ ${Math.ceil(ms / 10) * 10} ms`
  if (ms < 1000) return `${Math.round(ms / 50) * 50} ms`
  return ms < 20_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 5000) * 5} s`
}
