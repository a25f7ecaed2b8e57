/** Every question that can be asked, by name, and the one way to ask it. */
import type { CompiledContract } from '@candor/contract'
import { closest } from 'fastest-levenshtein'
import { CandorError } from '../errors.ts'
import type { Instant } from '../record.ts'
import type { Storage } from '../storage/storage.ts'
import { activeInstallations } from './active-installations.ts'
import { adoption } from './adoption.ts'
import { breakdown } from './breakdown.ts'
import { distribution } from './distribution.ts'
import { drift } from './drift.ts'
import { events } from './events.ts'
import { failures } from './failures.ts'
import { fleet } from './fleet.ts'
import { cutNote, expiredNote, firstKeptDay } from './followed.ts'
import { funnel } from './funnel.ts'
import { ingestion } from './ingestion.ts'
import { newReturningLost } from './new-returning-lost.ts'
import type { AnswerTable, IngestCounts, Question, ReleasedVersion } from './question.ts'
import { readParameters } from './read-parameters.ts'
import { retention } from './retention.ts'
import { sessions } from './sessions.ts'
import { timeToUpgrade } from './time-to-upgrade.ts'
import { upgradeFlow } from './upgrade-flow.ts'
import { versions } from './versions.ts'

export const questions: readonly Question[] = [
  activeInstallations,
  newReturningLost,
  retention,
  versions,
  upgradeFlow,
  timeToUpgrade,
  events,
  breakdown,
  distribution,
  fleet,
  adoption,
  funnel,
  failures,
  sessions,
  ingestion,
  drift
]

export interface AskedQuestion {
  readonly name: string
  /** Without `product`; names as the question declares them. */
  readonly parameters: ReadonlyMap<string, string>
  readonly storage: Pick<Storage, 'query'>
  /** Its newest contract. */
  readonly product: CompiledContract
  readonly now: Instant
  /** Known releases; without them the first sight of a version stands for its release. */
  readonly releases?: readonly ReleasedVersion[] | undefined
  /** What the collector counted since its start, for `ingestion`. */
  readonly counts?: IngestCounts | undefined
}

/** Checks everything and answers. Throws QUESTION_UNKNOWN, PARAMETER_INVALID, and what the store throws. */
export async function askQuestion(asked: AskedQuestion): Promise<AnswerTable> {
  const { name, parameters, storage, product, now, releases = [], counts } = asked
  const question = questionNamed(name)
  const { span, chosen, shown } = readParameters(question, parameters, { product, now })
  const context = { storage, product, releases, now, span, chosen, counts }
  const { columns, rows, notes, partial, sql } = await question.answer(context)
  const isCut = span.first < firstKeptDay(context) && !notes.includes(expiredNote(context))
  return {
    question: question.name,
    parameters: shown,
    columns,
    rows,
    notes: isCut ? [...notes, cutNote(context)] : notes,
    ...(partial === undefined ? {} : { partial }),
    ...(sql === undefined ? {} : { sql })
  }
}

export function questionNamed(name: string): Question {
  const found = questions.find((question) => question.name === name)
  if (found !== undefined) return found
  const names = questions.map((question) => question.name)
  throw new CandorError(
    'QUESTION_UNKNOWN',
    `There is no such question; did you mean "${closest(name.slice(0, 60), names)}"? There are: ${names.join(', ')}`
  )
}
