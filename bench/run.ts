/**
 * `npm run bench -- NAME [--seconds 10] [--records 1,10,50]`: runs one measurement and prints each
 * figure as a JSON line beside its floor and its bar.
 */
import { parseArgs } from 'node:util'
import { type FoundationMeasurement, measureFoundation } from './foundation/foundation.ts'
import { measureBudget } from './budget/budget.ts'
import { comparedWith } from './compare.ts'
import { measureIngest, type Measurement } from './ingest.ts'
import { measureQuestions, type QuestionMeasurement } from './questions/questions.ts'
import { measureSdk } from './sdk.ts'
import { measureSql } from './sql.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    shapes: { type: 'string' },
    records: { type: 'string', default: '1,10,50' },
    question: { type: 'string' },
    minutes: { type: 'string', default: '60' },
    times: { type: 'string', default: '1' },
    compare: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false }
  }
})
const measurements: Readonly<
  Record<
    string,
    (asked: Measurement & QuestionMeasurement & FoundationMeasurement) => Promise<void>
  >
> = {
  foundation: measureFoundation,
  budget: measureBudget,
  ingest: measureIngest,
  questions: measureQuestions,
  sdk: measureSdk,
  sql: measureSql
}
const usage = `npm run bench -- ${Object.keys(measurements).join(' | ')} [flags]

Runs one measurement and prints each figure as a JSON line beside its floor and its bar.

  --seconds 10                 how long each load lasts (ingest, budget)
  --shapes segment,native      only requests of these shapes (ingest, budget)
  --records 1,10,50            millions of records (questions)
  --question versions,overview only these (questions)
  --minutes 60                 how long a hundred products report (foundation)
  --times 1                    how many times as fast as in life (foundation)
  --compare FILE               what an earlier run printed: says which ratios are worse (ingest)`
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const measure = measurements[positionals[0] ?? '']
if (measure === undefined) {
  console.error(usage)
  process.exit(2)
}
const compare = values.compare === undefined ? () => undefined : comparedWith(values.compare)
await measure({
  seconds: Number(values.seconds),
  minutes: Number(values.minutes),
  times: Number(values.times),
  records: values.records.split(',').map(Number),
  only: (values.question ?? values.shapes)?.split(','),
  print(figure) {
    console.log(JSON.stringify(figure))
    const compared = compare(figure)
    if (compared !== undefined) console.log(JSON.stringify(compared))
  }
})
process.exit(0)
