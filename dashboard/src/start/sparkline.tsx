/** A fortnight as one small line: gaps where nothing is known, and its numbers in words. */
import type { ReactElement } from 'react'
import { formatWhole } from '../look/numbers-and-dates.ts'
import classes from './start.module.css'

const width = 240
const height = 36

export function Sparkline({
  values,
  label
}: {
  readonly values: readonly (number | null)[]
  readonly label: string
}): ReactElement | null {
  const known = values.filter((value) => value !== null)
  if (known.length < 2) return null
  const most = Math.max(...known)
  const least = Math.min(...known)
  const at = (value: number, index: number): string =>
    `${round((index / (values.length - 1)) * (width - 4) + 2)},` +
    `${round(height - 3 - (most === 0 ? 0 : value / most) * (height - 6))}`
  return (
    <svg
      className={classes['spark']}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: from ${formatWhole(least)} to ${formatWhole(most)}.`}
    >
      {runs(values).map((run) => (
        <polyline
          key={run[0]?.index}
          points={run.map(({ value, index }) => at(value, index)).join(' ')}
        />
      ))}
    </svg>
  )
}

interface Point {
  readonly value: number
  readonly index: number
}

/** What is not known joins nothing. */
function runs(values: readonly (number | null)[]): readonly (readonly Point[])[] {
  const found: Point[][] = [[]]
  for (const [index, value] of values.entries()) {
    if (value === null) found.push([])
    else found.at(-1)?.push({ value, index })
  }
  return found.filter((run) => run.length > 0)
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
