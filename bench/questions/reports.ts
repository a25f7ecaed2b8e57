/**
 * Reports of today that come while questions are asked, through the collector's own door: a store
 * to which nothing comes would be asked once.
 */
import type { MeasuredServer } from '../processes.ts'

const everyMs = 1_000

/** Until it is stopped. What is not accepted would make the figures those of a quiet store. */
export function startReports({ url }: Pick<MeasuredServer, 'url'>): { stop(): Promise<void> } {
  let sending: Promise<void> = Promise.resolve()
  let problem: Error | undefined
  let count = 0
  const timer = setInterval(() => {
    sending = send(url, (count += 1)).catch((error: Error) => void (problem = error))
  }, everyMs)
  return {
    async stop() {
      clearInterval(timer)
      await sending
      if (problem !== undefined) throw problem
    }
  }
}

/** Each tells another number: dlt's clients repeat themselves, and what is alike counts once. */
async function send(url: string, count: number): Promise<void> {
  const response = await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from('dlt-bench:').toString('base64')}` },
    body: JSON.stringify({
      anonymousId: 'bench',
      event: 'pipeline_load',
      context: { ci_run: false, library: { name: 'dlt', version: '1.26.0' } },
      properties: {
        elapsed: count / 1000,
        success: true,
        destination_type: 'dlt.destinations.duckdb'
      }
    }),
    signal: AbortSignal.timeout(10_000)
  })
  if (!response.ok) throw new Error(`a report was answered ${response.status}`)
}
