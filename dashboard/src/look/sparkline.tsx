/** A trend within a line of text: one bar for each number, and in words what the bars show. */
import type { ReactElement } from 'react'
import type { Cell, Trend } from '../api/answers.ts'
import { formatWhole } from './numbers-and-dates.ts'
import classes from './sparkline.module.css'

const step = 7
const height = 22

export function isTrend(cell: Cell | undefined): cell is Trend {
  return typeof cell === 'object' && cell !== null
}

export function Sparkline({ trend }: { readonly trend: Trend }): ReactElement {
  const known = trend.filter((value) => value !== null)
  const greatest = Math.max(...known, 1)
  return (
    <svg
      className={classes['trend']}
      role="img"
      aria-label={inWords(known)}
      width={trend.length * step}
      height={height}
      viewBox={`0 0 ${Math.max(1, trend.length * step)} ${height}`}
    >
      <title>{inWords(known)}</title>
      {trend.map((value, index) => {
        if (value === null) return null
        // Little is not nothing: the least bar is seen, and none is a line.
        const bar = value === 0 ? 1 : Math.max(3, (value / greatest) * height)
        return (
          <rect
            key={index}
            x={index * step}
            y={height - bar}
            width={step - 2}
            height={bar}
            data-none={value === 0}
          />
        )
      })}
    </svg>
  )
}

function inWords(known: readonly number[]): string {
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined || last === undefined) return 'no trend is known'
  const words = `highest ${formatWhole(Math.max(...known))}, latest ${formatWhole(last)}`
  return `from ${formatWhole(first)}, ${words}, over ${known.length} times 7 days`
}
