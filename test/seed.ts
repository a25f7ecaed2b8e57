/**
 * Property tests draw the same cases in each run, so that a commit is green or is not. `SEED=random
 * npm test`, or a number, draws others:
 * that is how to look for what nobody thought of. A failure prints the seed that it came with.
 */
import * as fc from 'fast-check'

const asked = process.env['SEED'] ?? '20261120'
const seed = asked === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(asked)
if (!Number.isSafeInteger(seed))
  throw new Error(`SEED must be a whole number or "random", not ${asked}`)
fc.configureGlobal({ seed })
