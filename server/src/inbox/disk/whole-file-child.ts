/** Reads each value of an inbox once and changes nothing: ends with 0 when all could be read. */
import { readThrough } from './databases.ts'

readThrough(process.argv[2] ?? '')
process.exit(0)
