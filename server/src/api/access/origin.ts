/**
 * Was this asked by a page of this server? Keeps out other sites, other ports,
 * and names that were made to point here (DNS rebinding).
 */
import { isLoopback } from '../../config/loopback.ts'
import { CandorError } from '../../errors.ts'

export interface OriginRules {
  /**
   * True where the API listens on loopback: then a page must have been reached by a name that can
   * only mean this machine.
   */
  readonly onLoopback: boolean
  /** Further names, in lower case without a port: a proxy's. */
  readonly hosts: readonly string[]
}

type Headers = Readonly<Record<string, string | undefined>>

/**
 * Throws HOST_REFUSED. Browsers always send `Host`, and no page can choose it.
 * An address is as good as our own name, since only
 * names can be made to point elsewhere.
 */
export function checkHost(headers: Headers, { onLoopback, hosts }: OriginRules): void {
  const host = headers['host']
  if (!onLoopback) return
  // A plain `proxy_pass http://127.0.0.1:…` makes the host a loopback name for the whole world.
  if (hosts.length === 0 && handedOn.some((name) => headers[name] !== undefined))
    throw new CandorError(
      'HOST_REFUSED',
      'A proxy handed this on, and API and dashboard are for this machine alone. To hand ' +
        'them on, list their name in `dashboard.hosts`.'
    )
  if (host === undefined) return
  const name = nameOf(host)
  if (isLoopback(name) || isAddress(name) || hosts.includes(name)) return
  throw new CandorError(
    'HOST_REFUSED',
    'This server does not go by that name. Open it as 127.0.0.1 or localhost, or list the ' +
      'name in `dashboard.hosts`.'
  )
}

/** What proxies add to what they hand on. */
const handedOn = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via'
]

/**
 * Throws ORIGIN_REFUSED. For what a browser may send with a cookie: `same-site` is refused too,
 * since another port of this machine is that.
 */
export function checkOrigin(headers: Headers, { hosts }: OriginRules): void {
  const { origin, host } = headers
  const site = headers['sec-fetch-site']
  const isOurs =
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined ||
      (host !== undefined && (hostOf(origin) === host.toLowerCase() || isListed(origin, hosts))))
  if (isOurs) return
  throw new CandorError(
    'ORIGIN_REFUSED',
    "Only this server's own pages may ask this. Open the dashboard at its own address."
  )
}

function isListed(origin: string, hosts: readonly string[]): boolean {
  const host = hostOf(origin)
  return host !== undefined && hosts.includes(nameOf(host))
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@]+)$/i.exec(origin)?.[1]?.toLowerCase()
}

/** Without the port; of an IPv6 address, with its brackets. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name)
}
