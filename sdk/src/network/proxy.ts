/**
 * Through which proxy does a request go, if through any? By the variables that every tool of a Unix
 * machine reads.
 */

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The proxy's URL, or undefined: go directly. `https_proxy` is for https addresses, `http_proxy`
 * for http ones, `all_proxy` for both; lower
 * case goes first. HTTP_PROXY in capitals is not believed in a CGI program, whose caller chooses
 * it.
 */
export function proxyFor(url: string, variables: Variables): string | undefined {
  const target = new URL(url)
  const host = bare(target.hostname)
  if (
    isLoopback(host) ||
    isExcepted(
      { host, port: target.port || (target.protocol === 'https:' ? '443' : '80') },
      variables
    )
  )
    return undefined
  const isCgi = Boolean(variables['REQUEST_METHOD'])
  const said =
    target.protocol === 'https:'
      ? (variables['https_proxy'] ?? variables['HTTPS_PROXY'])
      : (variables['http_proxy'] ?? (isCgi ? undefined : variables['HTTP_PROXY']))
  const text = (said ?? variables['all_proxy'] ?? variables['ALL_PROXY'] ?? '').trim()
  if (text === '') return undefined
  try {
    const proxy = new URL(text.includes('://') ? text : `http://${text}`)
    return proxy.protocol === 'http:' || proxy.protocol === 'https:' ? proxy.href : undefined
  } catch {
    return undefined
  }
}

/** This machine itself: a proxy could not reach it. */
export function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '::1' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  )
}

/**
 * `no_proxy`: names, and with them all below; addresses and networks of them (`10.0.0.0/8`); `*`;
 * perhaps a port.
 */
function isExcepted(
  { host, port }: { readonly host: string; readonly port: string },
  variables: Variables
): boolean {
  const said = variables['no_proxy'] ?? variables['NO_PROXY'] ?? ''
  return said
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, address = '', bits] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? []
      if (bits !== undefined) return isWithin(host, bare(address), Number(bits))
      const [, name = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
      // An IPv6 address has colons of its own.
      const isAddress = entry.includes('::') || entry.split(':').length > 2
      if (!isAddress && onlyPort !== undefined && onlyPort !== port) return false
      const excepted = bare(isAddress ? entry : name).replace(/^\*?\./, '')
      return excepted !== '' && (host === excepted || host.endsWith(`.${excepted}`))
    })
}

/** Without brackets, and without the dot that a name may end with. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
}

function isWithin(host: string, network: string, bits: number): boolean {
  const { BlockList, isIP } = process.getBuiltinModule('node:net')
  const family = isIP(network)
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false
  const kind = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, bits, kind)
  return list.check(host, kind)
}
