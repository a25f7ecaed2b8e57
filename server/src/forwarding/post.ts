/** What does a recipient's answer over HTTP mean? */
import type { Network } from '../effects.ts'
import { NotTaken } from './forwarded.ts'

/** A recipient that is well answers within; one that hangs is tried again later. */
const deadlineMs = 30_000
const retryAfterMsMax = 3_600_000
/** About what was sent, and not about who sends: it would be answered so for ever. */
const aboutContent = new Set([400, 413, 415, 422])

export interface Posting {
  readonly method?: 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Throws NotTaken; its words hold nothing that was sent. */
export async function post(
  network: Pick<Network, 'fetch'>,
  url: string,
  { method = 'POST', headers, body }: Posting,
  signal: AbortSignal
): Promise<void> {
  let status: number
  let retryAfter: string | null
  try {
    const answer = await network.fetch(url, {
      method,
      headers: { 'User-Agent': 'candor', ...headers },
      body: body as never,
      // A redirect would hand records to somebody whom the contract did not name.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)])
    })
    status = answer.status
    retryAfter = answer.headers.get('retry-after')
    await answer.body?.cancel()
  } catch (error) {
    const isSlow = error instanceof Error && error.name === 'TimeoutError'
    throw new NotTaken('later', isSlow ? 'does not answer within 30 s' : 'can’t be reached')
  }
  if (status >= 200 && status < 300) return
  if (aboutContent.has(status)) throw new NotTaken('content', `answers ${status}`)
  const says =
    status === 410
      ? 'answers 410: it wants no more, so take it out of `forward`'
      : status >= 300 && status < 500 && status !== 408 && status !== 429
        ? `answers ${status}: address or credentials are wrong`
        : `answers ${status}`
  throw new NotTaken('later', says, delayOf(retryAfter))
}

function delayOf(retryAfter: string | null): number | undefined {
  const seconds = Number(retryAfter ?? Number.NaN)
  return Number.isFinite(seconds) && seconds > 0
    ? Math.min(seconds * 1000, retryAfterMsMax)
    : undefined
}
