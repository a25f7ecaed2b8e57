/** What the conformance kit found of each product’s example, read from the page that it wrote. */
import type { Conformance } from '../../contract/src/dossier/paper.ts'

const outcomes: Readonly<Record<string, string>> = {
  '✓': 'holds',
  '✗': 'fails',
  '–': 'not offered'
}

/** Undefined: the page has no column of it. */
export function conformanceOf(page: string, product: string): Conformance | undefined {
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const [head, ...body] = rows
  const column = head?.findIndex((cell) => cell.startsWith(`examples/${product}`)) ?? -1
  if (column < 0) return undefined
  return {
    name: head?.[column] ?? '',
    lines: body.flatMap((cells) => {
      const [mark = ''] = (cells[column] ?? '').split(' ')
      const outcome = outcomes[mark]
      return outcome === undefined ? [] : [{ says: plain(cells[1] ?? ''), outcome }]
    })
  }
}

function plain(cell: string): string {
  return cell.replaceAll('**', '').replace(/^… /, 'exit delay: ')
}
