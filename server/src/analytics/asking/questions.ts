/** Every question that can be asked, by name, and the one way to ask it. */
import type { CompiledContract } from '@candor/contract'
import { CandorError } from '../../errors.ts'
import type { Instant } from '../../record.ts'
import type { Storage } from '../../storage/storage.ts'
import { activeInstallations } from '../questions/installations/active-installations.ts'
import { adoption } from '../questions/installations/adoption.ts'
import { breakdown } from '../questions/records/breakdown.ts'
import { distribution } from '../questions/records/distribution.ts'
import { drift } from '../questions/collection/drift.ts'
import { events } from '../questions/records/events.ts'
import { exposure } from '../questions/versions/exposure.ts'
import { failures } from '../questions/records/failures.ts'
import { fleet } from '../questions/records/fleet.ts'
import { funnel } from '../questions/installations/funnel.ts'
import { ingestion } from '../questions/collection/ingestion.ts'
import { queryShapes } from '../questions/records/query-shapes.ts'
import { newReturningLost } from '../questions/installations/new-returning-lost.ts'
import { copiesNote } from '../knowing/copies.ts'
import { firstKeptDay, frozenNote, tellsExpiry } from '../knowing/kept.ts'
import { knownOf, stateOf } from '../knowing/known.ts'
import { meaningsIn } from '../knowing/meanings.ts'
import { neverSeenNotes } from '../knowing/never-seen.ts'
import { rotationsIn } from '../knowing/rotations.ts'
import { dayOf } from '../reading/span.ts'
import type {
  AnswerTable,
  Asked,
  Facts,
  IngestCounts,
  KnownAdvisory,
  PeriodRows,
  Question,
  ReleasedVersion
} from './question.ts'
import { nearest } from './invalid.ts'
import { readParameters } from './read-parameters.ts'
import { retention } from '../questions/installations/retention.ts'
import { sessions } from '../questions/installations/sessions.ts'
import { timeToUpgrade } from '../questions/versions/time-to-upgrade.ts'
import { upToDate } from '../questions/versions/up-to-date.ts'
import { upgradeFlow } from '../questions/versions/upgrade-flow.ts'
import { versions } from '../questions/versions/versions.ts'

export const questions: readonly Question[] = [
  activeInstallations,
  newReturningLost,
  retention,
  versions,
  upToDate,
  upgradeFlow,
  timeToUpgrade,
  exposure,
  events,
  breakdown,
  distribution,
  fleet,
  adoption,
  funnel,
  failures,
  queryShapes,
  sessions,
  ingestion,
  drift
]

export interface AskedQuestion {
  readonly name: string
  /** Without `product`; names as the question declares them. */
  readonly parameters: ReadonlyMap<string, string>
  readonly storage: Pick<Storage, 'query'>
  /** Kept for a moment, where many questions are asked; otherwise each looks for itself. */
  readonly facts?: Facts | undefined
  /** What is kept of earlier answers; otherwise each asks for all of its periods. */
  readonly periodRows?: PeriodRows | undefined
  /** Its newest contract. */
  readonly product: CompiledContract
  readonly now: Instant
  /** Known releases; without them the first sight of a version stands for its release. */
  readonly releases?: readonly ReleasedVersion[] | undefined
  readonly advisories?: readonly KnownAdvisory[] | undefined
  /** Hears which columns of fields were read, once the question is answered. */
  readonly used?: ((columns: readonly string[]) => void) | undefined
  /** What the collector counted since its start, for `ingestion`. */
  readonly counts?: IngestCounts | undefined
}

/** An answer, and the last day of which a record could change it. */
export interface Given {
  readonly answer: AnswerTable
  /** Undefined: it also tells what no day holds. */
  readonly upTo: string | undefined
}

/**
 * Checks everything and answers. Throws QUESTION_UNKNOWN, PARAMETER_INVALID, and what the store
 * throws.
 */
export async function askQuestion(asked: AskedQuestion): Promise<AnswerTable> {
  return (await answerTo(asked)).answer
}

export async function answerTo(asked: AskedQuestion): Promise<Given> {
  const { name, parameters, product, now, releases = [], advisories = [] } = asked
  const question = questionNamed(name)
  const { span, chosen, shown } = readParameters(question, parameters, { product, now })
  const { storage, facts = eachForItself, periodRows = allOfThem, counts } = asked
  const own = { storage, facts, periodRows, counts }
  const context = { ...own, product, releases, advisories, now, span, chosen }
  const answer = await question.answer(context)
  const { columns, rows, notes, partial = [], marks = [], read = [], sql } = answer
  // A member of a map’s values stands behind a point, and its field is the map.
  asked.used?.([...chosen.fields, ...read].map((field) => field.name.split('.')[0] ?? ''))
  const countsIds = columns.some(({ name: column }) => countingIds.has(column))
  const [meanings, rotations, copies, neverSeen] = await Promise.all([
    meaningsIn(context, [...chosen.fields, ...read]),
    countsIds ? rotationsIn(context) : [],
    countsIds && rows.length > 0 ? copiesNote(context) : [],
    neverSeenNotes(context)
  ])
  const happened = [...marks, ...rotations, ...meanings.marks].toSorted((a, b) =>
    a.day < b.day ? -1 : 1
  )
  const table: AnswerTable = {
    question: question.name,
    parameters: shown,
    columns,
    rows,
    notes: [
      ...happened.map(({ day, says }) => `${day}: ${says}`),
      ...neverSeen,
      ...meanings.notes,
      ...notes,
      ...(await frozenNotes(context, notes)),
      ...copies,
      ...sampledNote(product),
      ...unfinishedNote(context)
    ],
    ...(partial.length === 0 ? {} : { partial }),
    ...(happened.length === 0 ? {} : { marks: happened }),
    ...(sql === undefined ? {} : { sql })
  }
  // A value that was never seen may be seen today, whatever days are asked for.
  const isOfDays = neverSeen.length === 0 && answer.isOfNow !== true
  return { answer: table, upTo: isOfDays ? span.last : undefined }
}

/** Once, where part of the span has expired: what is empty then has its reason. */
async function frozenNotes(asked: Asked, notes: readonly string[]): Promise<readonly string[]> {
  if (asked.span.first >= firstKeptDay(asked)) return []
  if (notes.some((note) => tellsExpiry(asked, note))) return []
  return stateOf(await knownOf(asked), asked.span) === 'lost' ? [frozenNote(asked)] : []
}

const eachForItself: Facts = { of: (_, look) => look() }
const allOfThem: PeriodRows = {
  of: async (_, [first], ask) => (first === undefined ? [] : ask(first.first))
}

/** Columns whose numbers are wrong where one id is several installations, or one is two ids. */
const countingIds: ReadonlySet<string> = new Set([
  'installations',
  'installations_failed',
  'users',
  'active',
  'new',
  'upgraded'
])

export function questionNamed(name: string): Question {
  const found = questions.find((question) => question.name === name)
  if (found !== undefined) return found
  const names = questions.map((question) => question.name)
  throw new CandorError(
    'QUESTION_UNKNOWN',
    `There is no such question; did you mean "${nearest(name, names)}"? There are: ` +
      `${names.join(', ')}`
  )
}

/** What is sent by chance is not scaled up here: a guess would look like a count. */
function sampledNote({ contract }: CompiledContract): readonly string[] {
  const shares = [...contract.records.values()].flatMap(({ name, sample = 1 }) =>
    sample < 1 ? [`${name} ${Number((sample * 100).toPrecision(4))} %`] : []
  )
  return shares.length === 0
    ? []
    : [`Sent by chance, and not scaled up: ${shares.join(', ')} of what there was.`]
}

/** Where the whole span is one, nothing else says that its last day still grows. */
function unfinishedNote({
  span,
  now,
  chosen
}: Pick<Asked, 'span' | 'now' | 'chosen'>): readonly string[] {
  return span.last >= dayOf(now) && !chosen.hasPeriods
    ? [`${dayOf(now)} is not over: its numbers still grow. until=yesterday counts full days.`]
    : []
}
