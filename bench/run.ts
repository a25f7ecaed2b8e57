/** `npm run bench -- NAME [--seconds 10]`: runs one measurement and prints each figure as a JSON line beside its floor and its bar. */
import { parseArgs } from 'node:util'
import { measureIngest } from './ingest.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' }, shapes: { type: 'string' } }
})
const measurements: Readonly<Record<string, typeof measureIngest>> = { ingest: measureIngest }
const measure = measurements[positionals[0] ?? '']
if (measure === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(measurements).join(' | ')} [--seconds 10] [--shapes segment,native]`)
  process.exit(2)
}
await measure({
  seconds: Number(values.seconds),
  only: values.shapes?.split(','),
  print: (figure) => console.log(JSON.stringify(figure))
})
process.exit(0)
