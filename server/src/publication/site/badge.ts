/** A badge that says no more than the rules allow: at least so many. */
import { escaped } from '../data/open-data.ts'
import { type PublishedTable, totalOf } from '../published.ts'
import { counted } from './charts.ts'

/** At least: what is shown may have been rounded up. */
function atLeast(table: PublishedTable | undefined): number | undefined {
  const total = table === undefined ? undefined : totalOf(table)
  if (table === undefined || total === undefined) return undefined
  return Math.max(total - table.rounding, table.threshold)
}

function message(table: PublishedTable | undefined): string {
  const least = atLeast(table)
  return least === undefined ? 'not published yet' : `at least ${counted(least)} in 30 days`
}

/** As shields.io's endpoint badge reads it. */
export function badgeJson(table: PublishedTable | undefined): string {
  const badge = { schemaVersion: 1, label: 'installations', message: message(table), color: 'blue' }
  return `${JSON.stringify(badge)}\n`
}

export function badgeSvg(table: PublishedTable | undefined): string {
  const [label, says] = ['installations', message(table)]
  const [left, right] = [widthOf(label), widthOf(says)]
  const width = left + right
  const title = escaped(`${label}: ${says}`)
  const words = (text: string, middle: number, room: number): string =>
    `<text x="${middle}" y="14" textLength="${room - 12}">${escaped(text)}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="20" role="img" `,
    `aria-label="${title}"><title>${title}</title>`,
    `<clipPath id="r"><rect width="${width}" height="20" rx="3"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#454b52"/>`,
    `<rect x="${left}" width="${right}" height="20" fill="#2559b0"/></g>`,
    '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" ',
    `font-size="11">${words(label, left / 2, left)}${words(says, left + right / 2, right)}</g>`,
    '</svg>\n'
  ].join('')
}

/** Of Verdana at 11 pixels, near enough, and the text is fitted to it. */
function widthOf(text: string): number {
  return Math.round(text.length * 6.6) + 12
}
