/**
 * `npm run bench -- NAME [--seconds 10] [--records 1,10,50]`: runs one measurement and prints each
 * figure as a JSON line beside its floor and its bar.
 */
import { parseArgs } from 'node:util'
import { measureIngest, type Measurement } from './ingest.ts'
import { measureQuestions, type QuestionMeasurement } from './questions.ts'
import { measureSdk } from './sdk.ts'
import { measureSql } from './sql.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    shapes: { type: 'string' },
    records: { type: 'string', default: '1,10,50' },
    question: { type: 'string' }
  }
})
const measurements: Readonly<
  Record<string, (asked: Measurement & QuestionMeasurement) => Promise<void>>
> = {
  ingest: measureIngest,
  questions: measureQuestions,
  sdk: measureSdk,
  sql: measureSql
}
const measure = measurements[positionals[0] ?? '']
if (measure === undefined) {
  console.error(
    `usage: npm run bench -- ${Object.keys(measurements).join(' | ')} [--seconds 10] ` +
      '[--shapes segment,native] [--records 1,10,50] [--question versions,overview]'
  )
  process.exit(2)
}
await measure({
  seconds: Number(values.seconds),
  records: values.records.split(',').map(Number),
  only: (values.question ?? values.shapes)?.split(','),
  print: (figure) => console.log(JSON.stringify(figure))
})
process.exit(0)
