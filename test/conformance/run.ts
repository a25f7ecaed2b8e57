/**
 * `npm run conformance -- COMMAND…`: tries what a program's telemetry does, in a closed network.
 */
import { enter, furnish, isInside } from './laboratory/enter.ts'
import { readOptions } from './options.ts'
import { Refusal } from './refusal.ts'
import { isConformant, lineText, reportJson, summaryText } from './report.ts'
import { writeTable } from './table.ts'
import { tryProgram } from './try.ts'

async function main(): Promise<number> {
  const print = (text: string): unknown => process.stdout.write(text)
  // npm runs a script in the package's folder, and tells where its user was.
  const folder = process.env['INIT_CWD'] ?? process.cwd()
  const { asked, format, only, pairs, toleranceMs } = await readOptions(
    process.argv.slice(2),
    folder
  )
  if (asked.for === 'help') {
    print(asked.text)
    return 0
  }
  if (!isInside(process.env)) return enter(process.argv, process.env, process.getuid?.() === 0)
  furnish()
  const options = { path: process.env['PATH'] ?? '', pairs, toleranceMs, only }
  if (asked.for === 'table') {
    await writeTable(asked.file, options, (text) => print(text))
    return 0
  }
  const report = await tryProgram(asked.profile, {
    ...options,
    tell: (line) => (format === 'text' ? print(lineText(line)) : undefined)
  })
  print(format === 'json' ? reportJson(report) : `\n${summaryText(report)}`)
  return isConformant(report) ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof Refusal)) throw error
  process.stderr.write(`conformance: ${error.code}: ${error.message}\n`)
  process.exitCode = 2
}
