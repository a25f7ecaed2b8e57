/** Which shapes of request got slower beside their floor than they were in an earlier run? */
import { readFileSync } from 'node:fs'

/** Between two runs on one machine the ratio of processor time differs by some hundredths. */
const slowerBy = 0.1

interface Ratio {
  readonly shape: string
  readonly cpuRatio: number
}

/**
 * `path`: what an earlier `ingest` printed. Returns a line for each figure that has a ratio there:
 * of processor time, since requests a second say who else was on the machine.
 */
export function comparedWith(path: string): (figure: object) => object | undefined {
  const earlier = new Map<string, number>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const figure: unknown = line.startsWith('{') ? JSON.parse(line) : undefined
    if (isRatio(figure)) earlier.set(figure.shape, figure.cpuRatio)
  }
  return (figure) => {
    if (!isRatio(figure)) return undefined
    const { shape, cpuRatio: now } = figure
    const before = earlier.get(shape)
    if (before === undefined) return undefined
    return { bench: 'compare', shape, before, now, isSlower: now < before * (1 - slowerBy) }
  }
}

function isRatio(figure: unknown): figure is Ratio {
  return (
    typeof figure === 'object' &&
    figure !== null &&
    'shape' in figure &&
    typeof figure.shape === 'string' &&
    'cpuRatio' in figure &&
    typeof figure.cpuRatio === 'number'
  )
}
