// How many statements of a folder are reduced to a shape, and why not the others?
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { anonymize } from '../dist/index.js'
import { tokensOf } from '../dist/lexer.js'
import { answerHelp } from '../../scripts/usage.mjs'

answerHelp(
  import.meta.url,
  `node sql/scripts/coverage.mjs postgres|mysql FOLDER [--show UNKNOWN_PART]

Tells how many statements of a folder are reduced to a shape, and why the others are not.
It reads *.sql, and *.test of sqllogictest; nothing of them is kept.`
)

const [, , dialect, folder, , shown] = argv
if ((dialect !== 'postgres' && dialect !== 'mysql') || folder === undefined) {
  console.error('Say postgres or mysql, and a folder: --help says more.')
  process.exit(2)
}

const statements = new Set()
let unread = 0
for (const file of readdirSync(folder, { recursive: true }).map(String)) {
  if (!/\.(sql|test)$/.test(file)) continue
  try {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const statement of file.endsWith('.test') ? logicTests(text) : separated(text))
      statements.add(statement)
  } catch {
    unread += 1
  }
}

const outcomes = new Map()
const begun = process.cpuUsage()
for (const statement of statements) {
  const { problems } = await anonymize(statement, { dialect })
  const outcome = problems[0] ?? 'SHAPE'
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  if (outcome === shown) console.error(statement.replace(/\s+/g, ' ').slice(0, 160))
}
const { user, system } = process.cpuUsage(begun)
const refused = outcomes.get('NOT_PARSED') ?? 0
const parsed = statements.size - refused
console.log(
  JSON.stringify({
    dialect,
    statements: statements.size,
    parsed,
    reduced: outcomes.get('SHAPE') ?? 0,
    reducedOfParsed: Number(((outcomes.get('SHAPE') ?? 0) / parsed).toFixed(4)),
    outcomes: Object.fromEntries(outcomes),
    unreadFiles: unread,
    cpuMicrosEach: Math.round((user + system) / statements.size)
  })
)

/**
 * Statements between semicolons, as the dialect's scanner sees them; psql's own commands are left
 * out.
 */
function separated(text) {
  const found = []
  let statement = ''
  for (const { text: token, isApart } of tokensOf(text.replace(/^\\.*$/gm, ''), dialect)) {
    if (token === ';') {
      if (statement !== '') found.push(statement.trim())
      statement = ''
    } else statement += isApart ? ` ${token}` : token
  }
  return statement === '' ? found : [...found, statement.trim()]
}

/** The statements of sqllogictest: after `statement ok` or `query`, up to the results. */
function logicTests(text) {
  return text.split(/\n\s*\n/).flatMap((block) => {
    const lines = block.split('\n').filter((line) => !line.startsWith('#'))
    if (!/^(?:statement ok|query)/.test(lines[0] ?? '')) return []
    const end = lines.findIndex((line) => /^(?:----|\? = |\$\d+ = )/.test(line))
    const statement = lines.slice(1, end < 0 ? undefined : end).join('\n')
    return statement === '' ? [] : [statement.replace(/;\s*$/, '')]
  })
}
