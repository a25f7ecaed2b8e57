/**
 * How long do answers take? A histogram in Prometheus' format, counted here because every request
 * is: prom-client's costs ten times as much.
 */

const NAME = 'candor_answer_seconds'
const HELP = 'From a request read whole to its answer handed over.'
/** Upper bounds in seconds; what takes longer counts under `+Inf` alone. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]

interface Series {
  /** One for each bound, and one for what is beyond them. Each answer counts in one. */
  readonly counts: number[]
  seconds: number
}

export class AnswerTimes {
  /** By route, then by status. Both are our own, so they are few. */
  readonly #series = new Map<string, Map<number, Series>>()

  observe(route: string, status: number, seconds: number): void {
    let byStatus = this.#series.get(route)
    if (byStatus === undefined) this.#series.set(route, (byStatus = new Map()))
    let series = byStatus.get(status)
    if (series === undefined)
      byStatus.set(status, (series = { counts: [...BOUNDS, 0].fill(0), seconds: 0 }))
    let bucket = 0
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket++
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1
    series.seconds += seconds
  }

  /** Of the routes that may be told. */
  text(isTold: (route: string) => boolean): string {
    let text = `# HELP ${NAME} ${HELP}\n# TYPE ${NAME} histogram\n`
    for (const [route, byStatus] of this.#series) {
      if (!isTold(route)) continue
      for (const [status, series] of byStatus)
        text += seriesText(`route="${escaped(route)}",status="${status}"`, series)
    }
    return text
  }
}

function seriesText(labels: string, { counts, seconds }: Series): string {
  let text = ''
  let total = 0
  for (const [bucket, count] of counts.entries()) {
    total += count
    text += `${NAME}_bucket{le="${BOUNDS[bucket] ?? '+Inf'}",${labels}} ${total}\n`
  }
  return `${text}${NAME}_sum{${labels}} ${seconds}\n${NAME}_count{${labels}} ${total}\n`
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
