/** The words of a letter: a subject and a few lines, each with the page that shows more. */
import type { Letter } from './ledger.ts'

export interface LetterText {
  readonly subject: string
  readonly text: string
}

/** More is a number: nobody reads the thirtieth line, and the dashboard has them all. */
const linesMax = 20

export function letterText(
  { began, ended, weeks }: Letter,
  dashboard: string | undefined
): LetterText {
  if (weeks !== undefined) return { subject: 'Candor: the last week', text: weeks.join('\n\n') }
  const place = (path: string): string => (dashboard === undefined ? '' : `\n  ${dashboard}${path}`)
  const lines = [
    ...began.map(({ says, path }) => `• ${says}${place(path)}`),
    ...ended.map(({ says, path }) => `✓ over: ${says}${place(path)}`)
  ]
  const more = lines.length - linesMax
  const [first] = [...began, ...ended]
  const rest = began.length + ended.length - 1
  return {
    subject: `Candor: ${first?.says ?? 'nothing'}${rest > 0 ? ` (and ${rest} more)` : ''}`.slice(
      0,
      180
    ),
    text: [...lines.slice(0, linesMax), ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n')
  }
}
