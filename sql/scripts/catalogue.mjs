// Which names do PostgreSQL and MySQL have? Writes the lists of data/.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { answerHelp } from '../../scripts/usage.mjs'

answerHelp(
  import.meta.url,
  `node sql/scripts/catalogue.mjs postgres 'psql -h … -d postgres'
node sql/scripts/catalogue.mjs mysql node_modules/sql-formatter

Writes data/: PostgreSQL's lists from a running server, contrib's extensions among them; MySQL's
from the lists of npm's sql-formatter.`
)

const data = fileURLToPath(new URL('../data/', import.meta.url))
const [, , which, where = ''] = argv

if (which === 'postgres') fromServer(where.split(' '))
else if (which === 'mysql') await fromLists(where)
else {
  console.error('Say postgres or mysql, and where to read from: --help says more.')
  process.exitCode = 2
}

function fromServer([command, ...options]) {
  const ask = (sql) =>
    execFileSync(command, [...options, '-At', '-c', sql], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line !== '')
  const source = ask('SHOW server_version')[0]
  for (const name of ask('SELECT name FROM pg_available_extensions ORDER BY name'))
    try {
      ask(`CREATE EXTENSION IF NOT EXISTS "${name}" CASCADE`)
    } catch {
      console.error(`left out: ${name}`)
    }
  // What the server was born with (oid < 16384), and what its extensions own: never what somebody
  // made in this database.
  const ours = (table, row = 'o') =>
    `(${row}.oid < 16384 OR EXISTS (SELECT FROM pg_depend d WHERE d.objid = ${row}.oid
      AND d.classid = '${table}'::regclass AND d.deptype = 'e'))`
  const lists = {
    functions: `SELECT DISTINCT proname FROM pg_proc o WHERE ${ours('pg_proc')}`,
    types: `SELECT DISTINCT typname FROM pg_type o WHERE ${ours('pg_type')}
      AND typtype <> 'c' AND typname NOT LIKE '\\_%'`,
    operators: `SELECT DISTINCT oprname FROM pg_operator o WHERE ${ours('pg_operator')}`,
    settings: "SELECT name FROM pg_settings WHERE name !~ '[.]'",
    keywords: 'SELECT word FROM pg_get_keywords()'
  }
  for (const [name, sql] of Object.entries(lists))
    write(`postgres-${name}.txt`, `PostgreSQL ${source} and its contrib extensions`, ask(sql))
}

async function fromLists(folder) {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const lists = join(folder, 'dist', 'esm', 'languages')
  const words = { functions: new Set(), keywords: new Set() }
  for (const language of readdirSync(lists).filter((name) => /^(mysql|mariadb)$/.test(name)))
    for (const file of ['functions', 'keywords', 'formatter']) {
      const path = join(lists, language, `${language}.${file}.js`)
      if (file === 'formatter') {
        // Its clauses are texts of several words with brackets for what may be left out.
        for (const [, text] of readFileSync(path, 'utf8').matchAll(/'([A-Z][^'\n]*)'/g))
          for (const word of text.match(/[A-Z_]+/g) ?? []) words.keywords.add(word.toLowerCase())
        continue
      }
      const module = await import(pathToFileURL(path))
      for (const [name, list] of Object.entries(module))
        for (const word of Array.isArray(list) ? list : [])
          for (const part of String(word).match(/[A-Za-z_0-9]+/g) ?? [])
            words[name === 'functions' ? 'functions' : 'keywords'].add(part.toLowerCase())
    }
  const source = `npm's sql-formatter ${version} (MIT), lists for MySQL and MariaDB`
  for (const [name, set] of Object.entries(words)) write(`mysql-${name}.txt`, source, [...set])
}

function write(file, source, lines) {
  const sorted = [...new Set(lines)].sort()
  writeFileSync(join(data, file), `# ${source}\n${sorted.join('\n')}\n`)
  console.log(file, sorted.length)
}
