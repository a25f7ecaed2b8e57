/** The words of a letter: a subject and a few lines, each with the page that shows more. */
import type { Letter, Told } from './ledger.ts'

export interface LetterText {
  readonly subject: string
  readonly text: string
}

/** Of one rule and product. Strangers choose versions and names: they must not hide the rest. */
const alikeMax = 5
/** More is a number: nobody reads the thirtieth line, and the dashboard has them all. */
const linesMax = 20

export function letterText(
  { began, ended, weeks }: Letter,
  dashboard: string | undefined
): LetterText {
  if (weeks !== undefined) return { subject: 'Candor: the last week', text: weeks.join('\n\n') }
  const place = (path: string): string => (dashboard === undefined ? '' : `\n  ${dashboard}${path}`)
  const shown = fewAlike(began)
  const lines = [
    ...shown.map(({ says, path }) => `• ${says}${place(path)}`),
    ...ended.map(({ says, path }) => `✓ over: ${says}${place(path)}`)
  ]
  const more = began.length + ended.length - Math.min(lines.length, linesMax)
  const [first] = [...shown, ...ended]
  const rest = began.length + ended.length - 1
  return {
    subject: `Candor: ${first?.says ?? 'nothing'}${rest > 0 ? ` (and ${rest} more)` : ''}`.slice(
      0,
      180
    ),
    text: [...lines.slice(0, linesMax), ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n')
  }
}

/** What holds comes before what happened once. */
function fewAlike(began: readonly Told[]): readonly Told[] {
  const counts = new Map<string, number>()
  const shown = began.filter(({ rule, product = '' }) => {
    const count = (counts.get(`${rule} ${product}`) ?? 0) + 1
    counts.set(`${rule} ${product}`, count)
    return count <= alikeMax
  })
  return [...shown.filter((one) => one.is === 'state'), ...shown.filter((one) => one.is === 'fact')]
}
