/** Which addresses follow from the one endpoint that is configured? */
import type { Wire } from './plan.ts'

/** What an endpoint means when a write key comes with it. */
export function wireOf({
  url,
  writeKey
}: {
  readonly url: string | undefined
  readonly writeKey?: string | undefined
}): Wire {
  if (writeKey === undefined) return { is: 'native' }
  const path = url === undefined ? '' : new URL(url).pathname
  return { is: 'segment', single: path !== '/' && path !== '' && !/\/batch\/?$/.test(path) }
}

/**
 * Where bodies are posted to. Segment's users name the whole address, as its libraries take it;
 * ours is below what is named.
 */
export function reportsUrl(url: string, wire: Wire): string {
  if (wire.is === 'native') return `${baseOf(url)}/v1/reports`
  const address = new URL(url)
  if (address.pathname === '/') address.pathname = '/v1/batch'
  return address.href
}

export function deletionsUrl(url: string): string {
  return `${baseOf(url)}/v1/deletions`
}

/** Without what a report's own address adds, so that naming either means the same. */
export function baseOf(url: string): string {
  const address = new URL(url)
  return `${address.origin}${address.pathname.replace(/\/v1\/reports\/?$/, '').replace(/\/+$/, '')}`
}
