// Are the documents that `candor export feed` writes what the official schemas of OSV and OpenEoX,
// and the mandatory tests of CSAF, accept? `npm run schemas -- EXPORTED SCHEMAS`: a folder that was
// exported to, and one that holds the schemas as their makers publish them, under any names.
import * as csafTests from '@secvisogram/csaf-validator-lib/basic.js'
import validateCsaf from '@secvisogram/csaf-validator-lib/validate.js'
import Ajv2020 from 'ajv/dist/2020.js'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm run schemas -- EXPORTED SCHEMAS

Holds what \`candor export feed\` writes to the official schemas of OSV and OpenEoX, and to the
mandatory tests of CSAF. EXPORTED is a folder that was exported to, SCHEMAS one that holds the
schemas as their makers publish them, under any names.`
)

const [exported, schemas] = process.argv.slice(2)
if (exported === undefined || schemas === undefined) {
  console.error('npm run schemas -- EXPORTED SCHEMAS')
  process.exit(2)
}

/** Which schema a folder of documents is held to, by a part of the name that it gives itself. */
const schemaOf = { osv: 'osv-schema', openeox: 'openeox' }

/** What the schemas ask of a text beside its type. */
const formats = {
  'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i,
  uri: (text) => URL.canParse(text)
}

const read = (path) => JSON.parse(readFileSync(path, 'utf8'))
const files = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith('.json'))
const known = files(schemas).map((path) => read(join(schemas, path)))
let failures = 0
for (const [kind, name] of Object.entries(schemaOf)) {
  const found = known.find(({ $id = '', title = '' }) => $id.includes(name) && !/meta/i.test(title))
  const documents = files(exported).filter((path) => path.split(/[/\\]/).at(-2) === kind)
  if (found === undefined || documents.length === 0) {
    console.error(`${kind}: ${found === undefined ? 'no schema' : 'no documents'}`)
    failures += 1
    continue
  }
  // A schema may name a dialect of its own, which only narrows what a schema may say.
  const { $schema: _, ...schema } = found
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats })
  const validate = ajv.compile(schema)
  for (const path of documents)
    if (!validate(read(join(exported, path)))) {
      failures += 1
      console.error(path, validate.errors)
    }
  console.log(`${kind}: ${documents.length} documents held to ${found.$id}`)
}
const advisories = files(exported).filter((path) => path.split(/[/\\]/).at(-2) === 'csaf')
for (const path of advisories) {
  const { isValid, tests } = await validateCsaf(
    Object.values(csafTests),
    read(join(exported, path))
  )
  if (isValid) continue
  failures += 1
  console.error(path, JSON.stringify(tests.filter(({ errors }) => errors.length > 0)))
}
console.log(`csaf: ${advisories.length} documents held to the mandatory tests`)
process.exitCode = failures === 0 ? 0 : 1
