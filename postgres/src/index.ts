/** Telemetry of a PostgreSQL extension, for programs that have more to do than the command line. */
export { stateFolderOf, systemEffects, type Effects } from './effects.ts'
export {
  levelWords,
  setLevel,
  statementsFor,
  type LevelWord,
  type Scope
} from './level-commands.ts'
export { loadProduct, type Product } from './product.ts'
export { readProductFile, type ProductFile, type ProductFileReading } from './product-file.ts'
export {
  lookForever,
  lookOnce,
  sentenceOf,
  type ReporterInput,
  type Visited
} from './reporter/daemon.ts'
export type { Visit } from './reporter/visit.ts'
