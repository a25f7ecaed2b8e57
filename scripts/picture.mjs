// Draws docs/picture.svg: what the command line really prints about a running server. `npm start --
// --demo` first, then `node scripts/picture.mjs`.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `node scripts/picture.mjs [FLAGS]

Draws docs/picture.svg: what the command line really prints about a running server.
Start one first with \`npm start -- --demo\`; FLAGS go to each command, CANDOR_URL says where.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const commands = [
  ['ask', 'versions', '--product', 'timescaledb', '--since', '90d'],
  ['ask', 'active-installations', '--product', 'dlt', '--since', '90d', '--by', 'automation'],
  ['tail', '--product', 'dlt', '--limit', '2']
]
const report = {
  anonymousId: '0f3a',
  event: 'pipeline_load',
  properties: {
    elapsed: 2.2,
    success: true,
    destination_type: 'dlt.destinations.duckdb',
    hostname: 'db1.internal'
  },
  context: { ci_run: false, library: { name: 'dlt', version: '1.26.0' } }
}

const candor = join(root, 'server', 'bin', 'candor.js')
const send =
  "setTimeout(async () => { for (const step of ['load', 'run']) await fetch(process.argv[1] + " +
  "'/in/dlt', { method: 'POST', body: process.argv[2].replace('load', step) }) }, 1500)"
const where = argv.slice(2)
const lines = commands.flatMap((words) => {
  const isTail = words[0] === 'tail'
  const script = isTail ? `"$0" -e "$1" "$2" "$3" & "$0" "\${@:4}"` : `"$0" "\${@:4}"`
  const url = process.env['CANDOR_URL'] ?? 'http://127.0.0.1:4701'
  const shell = [
    '-c',
    script,
    execPath,
    send,
    url,
    JSON.stringify(report),
    candor,
    ...words,
    ...where
  ]
  const { stdout, stderr, status } = spawnSync('bash', shell, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const printed = stdout
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('·'))
  return [`$ candor ${words.join(' ')}`, ...printed, '']
})

// Renderers disagree on xml:space; none collapses spaces that do not break.
const escape = (text) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(' ', '\u00a0')
const colour = (line) =>
  line.startsWith('$') ? '#8bd5ca' : line.includes('not kept') ? '#eed49f' : '#cad3f5'
const [step, left, top] = [18, 20, 34]
const width = left * 2 + Math.max(...lines.map((line) => line.length)) * 8.45
const height = top + lines.length * step
const text = lines.map(
  (line, row) =>
    `<text x="${left}" y="${top + row * step}" fill="${colour(line)}">${escape(line)}</text>`
)
writeFileSync(
  join(root, 'docs', 'picture.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${height}"
  role="img" aria-label="candor ask and candor tail in a terminal">
<rect width="100%" height="100%" rx="8" fill="#24273a"/>
<g font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${text.join('\n')}
</g>
</svg>
`
)
