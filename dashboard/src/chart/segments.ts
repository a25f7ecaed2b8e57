/**
 * Where does a line begin anew, since what it draws means something else, and where is it dashed,
 * since its last period is not over?
 */
import type { Series, SeriesPlot } from './plot.ts'

export interface Segment {
  /** One for each place of the axis; null where another segment draws. */
  readonly values: Series['values']
  readonly isDashed: boolean
}

/** Neighbours share the place where one becomes dashed, so that no gap is there that means one. */
export function segmentsOf(
  values: Series['values'],
  { breaks, partialFrom }: Pick<SeriesPlot, 'breaks' | 'partialFrom'>
): readonly Segment[] {
  const starts = [0, ...breaks]
  return starts.flatMap((from, index) => {
    const to = (starts[index + 1] ?? values.length) - 1
    const dashedFrom = partialFrom === undefined ? Infinity : Math.max(from, partialFrom - 1)
    const pieces = [
      { from, to: Math.min(to, dashedFrom), isDashed: false },
      { from: dashedFrom, to, isDashed: true }
    ]
    return pieces
      .filter((piece) => piece.from < piece.to || (piece.from === piece.to && !piece.isDashed))
      .map((piece): Segment => ({
        isDashed: piece.isDashed,
        values: values.map((value, place) =>
          place >= piece.from && place <= piece.to ? value : null
        )
      }))
  })
}
