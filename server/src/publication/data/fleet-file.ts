/** The small signed file that a program compares itself with, asking nobody anything. */
import { notTold, others, whole } from '../control/count-table.ts'
import { type PublishedTable, totalOf, valueOf } from '../published.ts'
import type { Series } from './latest.ts'

type Sign = (bytes: Buffer) => { readonly key: string; readonly signature: string }

/** Shares of 1, of what is published: nobody learns more from them than from the page. */
export function fleetFile(
  product: string,
  series: readonly Series[],
  sign: Sign | undefined
): string | undefined {
  if (sign === undefined) return undefined
  const newest = series.flatMap(({ tables }) => tables[0] ?? [])
  const [first] = newest
  if (first === undefined) return undefined
  const versions = newest.find(
    ({ dimensions: [dimension, second], measure }) =>
      (dimension === 'version_line' || dimension === 'version') &&
      second === undefined &&
      measure === 'installations'
  )
  const signed = JSON.stringify({
    candor: 1,
    kind: 'fleet',
    product,
    period: first.period,
    published: first.published,
    versions:
      versions === undefined
        ? []
        : sharesOf(versions).map(([version, share]) => ({ version, share })),
    numbers: newest.filter(({ order }) => order === 'ordered').map(numberOf)
  })
  const { key, signature } = sign(Buffer.from(signed))
  return `${JSON.stringify({ signed, signatures: [{ key, algorithm: 'Ed25519', signature }] })}\n`
}

/** Of those whose value is known: rare ones are among them, under no name. */
function sharesOf(table: PublishedTable): readonly (readonly [string, number])[] {
  const told = table.cells.filter(({ at: [value] }) => value !== whole && value !== notTold)
  const sum = told.reduce((all, cell) => all + (valueOf(cell) ?? 0), 0)
  return told.flatMap((cell) => {
    const value = cell.at[0] ?? ''
    const share = sum === 0 ? 0 : (valueOf(cell) ?? 0) / sum
    return value === others ? [] : [[value, Number(share.toFixed(4))] as const]
  })
}

/** Up to which number which part of the fleet has it: the quantiles that bins allow. */
function numberOf(table: PublishedTable): {
  readonly field: string
  readonly title: string
  readonly upTo: readonly { readonly below: number; readonly share: number }[]
} {
  const total = totalOf(table) ?? table.cells.reduce((sum, cell) => sum + (valueOf(cell) ?? 0), 0)
  let sum = 0
  return {
    field: table.dimensions[0] ?? '',
    title: table.title,
    upTo: table.cells.flatMap((cell) => {
      const bound = /^under (\S+)$|^\S+ to (\S+)$/.exec(cell.at[0] ?? '')
      sum += valueOf(cell) ?? 0
      const below = Number(bound?.[1] ?? bound?.[2])
      return bound === null || total === 0
        ? []
        : [{ below, share: Number((sum / total).toFixed(4)) }]
    })
  }
}
