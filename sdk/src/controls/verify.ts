/**
 * Is the contract in this build the one that its collector publishes? The document is hashed here,
 * so that nobody's word is taken for it.
 */
import { createHash } from 'node:crypto'
import { baseOf } from '../bodies/addresses.ts'
import { isObject, parseJson } from '../json.ts'
import type { NetworkAnswer } from '../network/transport.ts'
import type { Verification } from '../telemetry.ts'
import type { ControlParts } from './control-parts.ts'

/** A large contract has some thousand fields. */
const contractBytesMax = 4 * 1024 * 1024

export async function verifyContract({
  form,
  options,
  consent,
  delivery
}: ControlParts): Promise<Verification> {
  const { url, writeKey, warning } = consent.endpoint()
  if (url === undefined) return { is: 'unknown', says: warning ?? 'no endpoint is set' }
  if (writeKey !== undefined)
    return { is: 'unknown', says: 'reports go to a source of Segment, which publishes no contract' }
  const get = (path: string): Promise<NetworkAnswer> =>
    delivery.transport.send({
      method: 'GET',
      url: `${baseOf(url)}${path}`,
      headers: { Accept: 'application/json' },
      connectMs: 3_000,
      deadlineMs: 10_000,
      answerBytesMax: contractBytesMax,
      ca: options.ca,
      awaited: true
    })
  const own = await get(`/contracts/${form.product}/${form.digest.slice('sha256:'.length)}.json`)
  if (own.is === 'failed') return { is: 'unknown', says: own.says }
  if (own.status === 200) {
    const published = digestOf(own.body)
    if (published === form.digest) return { is: 'same' }
    return published === undefined
      ? { is: 'unknown', says: 'what the collector publishes under this digest is no contract' }
      : { is: 'differs', published: [published], own: form.digest }
  }
  if (own.status !== 404) return { is: 'unknown', says: `the collector answered ${own.status}` }
  const listed = await get('/.well-known/telemetry.json')
  if (listed.is === 'failed') return { is: 'unknown', says: listed.says }
  const published = publishedIn(parseJson(listed.body), form.product)
  if (listed.status !== 200 || published === undefined)
    return {
      is: 'unknown',
      says:
        `what answers at ${new URL(url).host} does not say which contracts of ${form.product} ` +
        'it accepts'
    }
  return { is: 'differs', published, own: form.digest }
}

/**
 * `sha256:` of the canonical form (RFC 8785) of what a text holds; undefined if it is no object.
 */
export function digestOf(text: string): string | undefined {
  const document = parseJson(text)
  if (!isObject(document)) return undefined
  return `sha256:${createHash('sha256').update(canonical(document)).digest('hex')}`
}

/** Keys in the order of their UTF-16 code units; numbers and texts as ECMAScript writes them. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
  return `{${members.join(',')}}`
}

function publishedIn(document: unknown, product: string): readonly string[] | undefined {
  const products: unknown = isObject(document) ? document['products'] : undefined
  if (!Array.isArray(products)) return undefined
  const found: unknown = products.find((each) => isObject(each) && each['product'] === product)
  if (!isObject(found) || !Array.isArray(found['contracts'])) return undefined
  return found['contracts'].flatMap((path: unknown) => {
    const digest = typeof path === 'string' ? /([0-9a-f]{64})\.json$/.exec(path)?.[1] : undefined
    return digest === undefined ? [] : [`sha256:${digest}`]
  })
}
