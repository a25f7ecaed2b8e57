/** A call as the address of a picture, for places that can load nothing else. */
import type { Answer, IngestRoute, Protocol } from '../protocol.ts'

/**
 * GET `/v1/pixel/<call>?data=<base64 of the call's body>`; the answer is one transparent point.
 *
 * @param call reads the body, and answers what is wrong with it
 */
export function pixelRoute({
  path,
  call
}: {
  readonly path: string
  readonly call: Protocol
}): IngestRoute {
  return {
    method: 'GET',
    path,
    protocol: {
      ...call,
      decode(request) {
        // In a query a plus sign is a blank.
        const data = new URLSearchParams(request.query).get('data')?.replaceAll(' ', '+') ?? ''
        const decoded = call.decode({ ...request, body: Buffer.from(data, 'base64') })
        return decoded.is === 'answered'
          ? { ...decoded, answer: asPicture(decoded.answer) }
          : decoded
      },
      accepted: (decoded, outcomes) => asPicture(call.accepted(decoded, outcomes))
    }
  }
}

const point = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

function asPicture({ headers }: Answer): Answer {
  return {
    status: 200,
    headers: { ...headers, 'Content-Type': 'image/gif', 'Cache-Control': 'no-store' },
    body: point
  }
}
