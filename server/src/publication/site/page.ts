/** The public page of a product, and the small pages of single charts that others embed. */
import type { Contract, PublicNumbers } from '@candor/contract'
import { escaped } from '../data/open-data.ts'
import type { Series } from '../data/latest.ts'
import { type PublishedTable, totalOf } from '../published.ts'
import { chartOf, counted } from './charts.ts'
import { policy, style } from './style.ts'

export interface PageOptions {
  readonly contract: Contract
  readonly publication: PublicNumbers
  readonly series: readonly Series[]
  /** Of the newest first. */
  readonly withdrawn: readonly PublishedTable[]
}

export function pageOf({ contract, publication, series, withdrawn }: PageOptions): string {
  const [main] = series.filter(({ tables: [table] }) => table?.dimensions.length === 0)
  const rest = series.filter((each) => each !== main)
  const newest = series.flatMap(({ tables }) => tables[0] ?? [])[0]
  const body = `<header>
<h1>${escaped(contract.title)} in numbers</h1>
<p class="lead">${escaped(publication.says)}</p>
${
  newest === undefined
    ? '<p>Nothing is published yet: the first numbers come when a period is over.</p>'
    : `<p class="soft">Newest period: ${newest.period.name} (${newest.period.first} to
${newest.period.last}). A new one comes each ${publication.every}.</p>`
}
</header>
<main>
${main === undefined ? '' : mainOf(main, contract)}
<div class="grid">
${rest.map((each) => cardOf(each, contract)).join('\n')}
</div>
</main>
<footer>
<h2>How to read these numbers</h2>
<p>${escaped(biasOf(contract))}</p>
<p>No count of fewer than ${publication.threshold} installations is shown, and of fewer than ${
    publication.combined
  } where two things are told together; <em>few</em> stands where a number is held back, sometimes
only so that another one cannot be computed. Rare values are together under <em>all others</em>.
Each count goes up or down, by chance, to a multiple of ${publication.rounding}.</p>
<nav aria-label="Data"><ul>
<li><a href="numbers.csv">CSV</a></li><li><a href="numbers.parquet">Parquet</a></li>
<li><a href="index.json">JSON, every table</a></li><li><a href="schema.json">JSON Schema</a></li>
<li><a href="feed.atom">Feed of changes</a></li><li><a href="SHA256SUMS">Checksums</a></li>
<li><a href="badge.svg">Badge</a></li>${
    contract.page === undefined
      ? ''
      : `<li><a href="${escaped(contract.page)}">What is sent, and how to switch it off</a></li>`
  }
</ul></nav>
${withdrawn.length === 0 ? '' : withdrawnOf(withdrawn)}
<p class="soft">Licence: ${escaped(publication.licence)}. Whoever doubts that nobody can be told
apart runs <code>candor publish --attack</code> on a copy of this folder.</p>
</footer>`
  return documentOf(`${contract.title} in numbers`, body)
}

export function embedOf(each: Series, contract: Contract): string {
  return documentOf(
    `${each.title}: ${contract.title}`,
    `<main class="embed">${cardOf(each, contract, '../')}</main>`
  )
}

function documentOf(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escaped(policy)}">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`
}

function mainOf(series: Series, contract: Contract): string {
  const [table] = series.tables
  const total = table === undefined ? undefined : totalOf(table)
  if (table === undefined) return ''
  return `<section class="card main" aria-labelledby="t-${series.name}">
<h2 id="t-${series.name}">${escaped(series.title)}</h2>
<div class="head"><div><p class="number">${total === undefined ? '–' : counted(total)}</p>
<p class="soft">reported in the ${daysIn(table)} days to ${table.period.last}</p></div>
<div>${chartOf(series.tables)}</div></div>
${explained(table, contract, '')}
</section>`
}

function cardOf(series: Series, contract: Contract, up = ''): string {
  const [table] = series.tables
  if (table === undefined) return ''
  const width = table.dimensions.length > 1 ? ' wide' : ''
  return `<section class="card${width}" aria-labelledby="t-${series.name}">
<h2 id="t-${series.name}">${escaped(series.title)}</h2>
${table.says === '' ? '' : `<p class="soft">${escaped(table.says)}</p>`}
${chartOf(series.tables)}
${explained(table, contract, up)}
</section>`
}

function explained(table: PublishedTable, contract: Contract, up: string): string {
  const parameters = Object.entries(table.asked.parameters)
    .map(([name, value]) => `--${name} '${value}'`)
    .join(' ')
  const counts =
    table.measure === 'records'
      ? 'Counts records.'
      : 'Counts installations that reported at least once, each once for each value that it had.'
  return `<details><summary>What it counts, and what it leaves out</summary><ul>
<li>${counts} ${table.period.first} to ${table.period.last}, whole UTC days.</li>
<li>Left out: whoever said no or never agreed; CI, agents and tests, where clients tell;
whatever one network sent above its share; counts of fewer than ${table.threshold}${
    table.dimensions.length > 1 ? `, here of fewer than ${table.combined}` : ''
  }.</li>
<li>${escaped(biasOf(contract))}</li>
<li>Error: each shown count is less than ${table.rounding} from what was counted; counts of more
than 2,000 installations are themselves within about 1 %.</li>
<li>The operator asks the same with <code>candor ask ${escaped(
    table.asked.question
  )} --product ${escaped(table.product)} ${escaped(parameters)}</code>.</li>
<li><a href="${up}data/${table.period.name}/${table.table}.json">This table as JSON</a>,
<a href="${up}embed/${table.table}.html">this chart as a page to embed</a>.</li>
</ul></details>`
}

function biasOf({ consent }: Contract): string {
  if (consent.default === 'opt-out')
    return (
      'Telemetry is on unless somebody switches it off. How many did is not known, so every ' +
      'count is a floor, and leans towards those who keep what is set.'
    )
  return (
    'Only installations whose users said yes are counted. How many did not is not known, so ' +
    'every count is a floor, and leans towards those who like to help.'
  )
}

function daysIn({ period }: PublishedTable): number {
  return Math.round((Date.parse(period.last) - Date.parse(period.first)) / 86_400_000) + 1
}

function withdrawnOf(tables: readonly PublishedTable[]): string {
  const lines = tables.map(
    ({ title, period, withdrawn }) =>
      `<li>${escaped(title)}, ${period.name}: ${escaped(withdrawn?.because ?? '')}</li>`
  )
  return `<h2>Withdrawn</h2><ul>${lines.join('')}</ul>`
}
