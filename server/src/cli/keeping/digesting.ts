/** What is the SHA-256 of what a stream hands on? */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

/**
 * `digest` holds once `content` was read to its end. What fails in `source` fails in `content`, and
 * who stops reading `content` closes `source`.
 */
export function digesting(source: Readable): {
  readonly content: Readable
  readonly digest: () => string
} {
  const hash = createHash('sha256')
  async function* passed(): AsyncGenerator<Buffer> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      hash.update(chunk)
      yield chunk
    }
  }
  return {
    content: Readable.from(passed(), { objectMode: false }),
    digest: () => hash.digest('hex')
  }
}
