/**
 * Who agreed to which terms, when and why: the file that a repository keeps beside its
 * contract.
 */
import { parseDocument } from 'yaml'
import type { Contract } from '../form/contract.ts'

/** What it is called beside the contract. */
export const reviewFile = 'reviews.yaml'

/** One question, one decision, one expiry. */
export interface Review {
  /** Of the terms that were looked at. */
  readonly terms: string
  /** `2026-11-20` */
  readonly on: string
  readonly by: string
  /** A question of the contract, which the data is to answer. */
  readonly question: string
  readonly decision: 'agreed' | 'refused'
  /** The last day on which the decision holds. */
  readonly expires: string
  readonly because: string
}

export const decisions = ['agreed', 'refused'] as const

export interface ReviewFinding {
  readonly code: 'REVIEW_INVALID' | 'REVIEW_MISSING' | 'REVIEW_EXPIRED' | 'REVIEW_EXPIRES_SOON'
  readonly severity: 'error' | 'warning'
  readonly message: string
}

export type ReviewReading =
  | { readonly is: 'reviews'; readonly reviews: readonly Review[] }
  | { readonly is: 'invalid'; readonly problem: string }

const keys = ['terms', 'on', 'by', 'question', 'decision', 'expires', 'because'] as const
const reviewsMax = 10_000
/** Long enough for a meeting to be called, and for a release to go out. */
const soonDays = 60

/** Never throws, whatever the text is. */
export function readReviews(text: string): ReviewReading {
  const document = parseDocument(text, { schema: 'core' })
  const [error] = document.errors
  if (error !== undefined) return invalid(error.message.split('\n')[0] ?? 'it is no YAML')
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 0 })
  } catch {
    return invalid('write values out instead of using * and &')
  }
  const entries: readonly unknown[] = value === null ? [] : Array.isArray(value) ? value : [value]
  if (entries.length > reviewsMax) return invalid(`it has more than ${reviewsMax} reviews`)
  const reviews: Review[] = []
  for (const [index, entry] of entries.entries()) {
    const problem = problemOf(entry)
    if (problem !== undefined) return invalid(`review ${index + 1} ${problem}`)
    reviews.push(entry as Review)
  }
  return { is: 'reviews', reviews }
}

/** What the file says of a contract on a day. No review at all is as bad as one of other terms. */
export function judgeReviews(
  reviews: readonly Review[],
  { contract, today }: { readonly contract: Contract; readonly today: string }
): readonly ReviewFinding[] {
  const own = reviews.filter(({ terms }) => terms === contract.terms)
  // A later word on a question replaces an earlier one.
  const last = new Map(own.map((review) => [review.question, review]))
  const agreed = [...last.values()].filter(({ decision }) => decision === 'agreed')
  const unknown = own.find(({ question }) => !contract.questions.has(question))
  if (unknown !== undefined)
    return [
      error(
        'REVIEW_INVALID',
        `A review names the question \`${unknown.question}\`, which the contract does not ask: ` +
          'name one of `questions`.'
      )
    ]
  const refused = [...last.values()].filter(({ decision }) => decision === 'refused')
  const missing = [...contract.questions.keys()].filter((question) => !last.has(question))
  const expired = agreed.filter(({ expires }) => expires < today)
  const soon = agreed.filter(
    ({ expires }) => expires >= today && daysUntil(expires, today) <= soonDays
  )
  return [
    ...(missing.length === 0
      ? []
      : [
          error(
            'REVIEW_MISSING',
            `Nobody has reviewed the terms \`${contract.terms}\` for ${listed(missing)}: ` +
              '`candor contract review` puts a review on record.'
          )
        ]),
    ...refused.map(({ question, by, on, because }) =>
      error(
        'REVIEW_MISSING',
        `${by} refused \`${question}\` under these terms on ${on}: ${because}`
      )
    ),
    ...expired.map(({ question, expires }) =>
      error(
        'REVIEW_EXPIRED',
        `The review of \`${question}\` held until ${expires}: review it again, or stop collecting.`
      )
    ),
    ...soon.map(({ question, expires }): ReviewFinding => ({
      code: 'REVIEW_EXPIRES_SOON',
      severity: 'warning',
      message: `The review of \`${question}\` holds until ${expires}: review it again before.`
    }))
  ]
}

function problemOf(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null) return 'is no mapping'
  const read = entry as Readonly<Record<string, unknown>>
  const strange = Object.keys(read).find((key) => !keys.some((known) => known === key))
  if (strange !== undefined) return `has an unknown key: ${strange.slice(0, 40)}`
  for (const key of keys)
    if (typeof read[key] !== 'string' || read[key] === '' || read[key].length > 2_000)
      return `needs \`${key}\`, a text`
  if (!/^sha256:[0-9a-f]{64}$/.test(String(read['terms']))) return 'names no digest of terms'
  for (const key of ['on', 'expires'])
    if (!/^\d{4}-\d{2}-\d{2}$/.test(String(read[key]))) return `needs a day as \`${key}\``
  return decisions.some((known) => known === read['decision'])
    ? undefined
    : 'decides neither `agreed` nor `refused`'
}

function daysUntil(day: string, today: string): number {
  return Math.round((Date.parse(day) - Date.parse(today)) / 86_400_000)
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function error(code: ReviewFinding['code'], message: string): ReviewFinding {
  return { code, severity: 'error', message }
}

function invalid(problem: string): ReviewReading {
  return { is: 'invalid', problem }
}
