/**
 * What runs in the thread that touches the network: one request at a time, bounded in time and
 * size, nothing followed.
 */

/**
 * All in one message, since the thread sees no variable and no file of its host but those named
 * here.
 */
export interface ThreadRequest {
  readonly id: number
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Until the connection stands, names looked up. */
  readonly connectMs: number
  readonly deadlineMs: number
  readonly answerBytesMax: number
  /** PEM; besides the roots that Node brings. */
  readonly ca: string | undefined
  /** NODE_EXTRA_CA_CERTS of the host: a list of roots of our own would otherwise leave it out. */
  readonly extraCaFile: string | undefined
  /** The proxy's URL. */
  readonly proxy: string | undefined
}

export type ThreadAnswer =
  | {
      readonly id: number
      readonly is: 'answered'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly id: number; readonly is: 'failed'; readonly says: string }

/** One request under way. */
interface Call {
  readonly asked: ThreadRequest
  readonly target: import('node:url').URL
  readonly done: (answer: ThreadAnswer) => void
  readonly open: { destroy(): unknown }[]
  isDone: boolean
  timers: NodeJS.Timeout[]
}

type Options = import('node:https').RequestOptions
type Address = { address: string; family: number }

/** Where is a host? As the system would say, but so that a silent server holds nobody up. */
interface LookUps {
  /** Empty where there is no such file. */
  textOf(path: string): string
  readonly lookup: import('node:net').LookupFunction
}

/** What becomes of a request: its answer, or why there is none, and each only once. */
interface Endings {
  fail(call: Call, says: string): void
  failWith(call: Call, error: Error): void
  watch(call: Call, request: import('node:http').ClientRequest): void
  post(call: Call, request: import('node:http').ClientRequest): void
}

/** How a request reaches its host. */
interface Ways {
  direct(call: Call, under: Options): void
  throughProxy(call: Call, proxy: URL): void
}

/**
 * Why a thread: a connection that is being made, and a name that is being looked up, keep a process
 * alive even when everything about them is unreferenced, and a look-up by the system even holds up
 * `process.exit`. A thread that is unreferenced is simply ended.
 *
 * The functions are handed to the thread as text, so that no bundler has to find a file. So each
 * refers to nothing outside itself, is given the others, and has nothing in it for which a bundler
 * would bring in a function of its own: no function in a variable (names that are to be kept), no
 * `async`, no spreading (older targets).
 */
export function threadText(): string {
  const parts = [openLookUps, openEndings, openWays].map((part) => part.toString())
  return `(${networkThread.toString()})(${parts.join(',')})`
}

function networkThread(
  lookUps: () => LookUps,
  endings: () => Endings,
  waysOf: (names: LookUps, ends: Endings) => Ways
): void {
  const { parentPort } = process.getBuiltinModule('node:worker_threads')
  const ends = endings()
  const ways = waysOf(lookUps(), ends)
  const thread = {
    perform(asked: ThreadRequest, done: (answer: ThreadAnswer) => void): void {
      const call: Call = {
        asked,
        target: new URL(asked.url),
        done,
        open: [],
        isDone: false,
        timers: []
      }
      call.timers = [
        setTimeout(
          () => ends.fail(call, `no connection within ${asked.connectMs} ms`),
          asked.connectMs
        ),
        setTimeout(
          () => ends.fail(call, `no answer within ${asked.deadlineMs} ms`),
          asked.deadlineMs
        )
      ]
      try {
        if (asked.proxy === undefined) ways.direct(call, {})
        else ways.throughProxy(call, new URL(asked.proxy))
      } catch (error) {
        ends.failWith(call, error as Error)
      }
    }
  }

  parentPort?.on('message', (asked: ThreadRequest) =>
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    thread.perform(asked, (answer) => parentPort.postMessage(answer))
  )
}

function openLookUps(): LookUps {
  const dns = process.getBuiltinModule('node:dns')
  const net = process.getBuiltinModule('node:net')
  const files = process.getBuiltinModule('node:fs')
  const names = {
    textOf(path: string): string {
      try {
        return files.readFileSync(path, 'utf8')
      } catch {
        return ''
      }
    },

    inHostsFile(name: string): Address[] {
      const windows = `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`
      const found: Address[] = []
      for (const line of names
        .textOf(process.platform === 'win32' ? windows : '/etc/hosts')
        .split('\n')) {
        const [address, ...known] = line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/)
        if (address !== undefined && net.isIP(address) !== 0 && known.includes(name))
          found.push(names.addressOf(address))
      }
      return found
    },

    addressOf(address: string): Address {
      return { address, family: net.isIP(address) }
    },

    resolve(name: string): Promise<Address[]> {
      if (name === 'localhost' || name.endsWith('.localhost'))
        return Promise.resolve([names.addressOf('127.0.0.1'), names.addressOf('::1')])
      const known = names.inHostsFile(name)
      if (known.length > 0) return Promise.resolve(known)
      const resolver = new dns.promises.Resolver()
      return Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]).then(
        (answers) => {
          const found: Address[] = []
          let isSilent = false
          for (const answer of answers) {
            if (answer.status === 'fulfilled')
              for (const address of answer.value) found.push(names.addressOf(address))
            else
              isSilent ||= /^(?:ETIMEOUT|ECANCELLED)$/.test(
                (answer.reason as { code: string }).code
              )
          }
          if (found.length > 0) return found
          // The system knows names that no server does (search domains, multicast). It is asked
          // only where servers answer at all: its
          // own look-up can't be cancelled, and would hold up the end of the process for as long as
          // they are silent.
          if (isSilent) throw new Error('the name servers do not answer')
          return dns.promises.lookup(name, { all: true })
        }
      )
    },

    lookup(
      name: string,
      options: import('node:dns').LookupOptions,
      tell: (
        error: NodeJS.ErrnoException | null,
        address: string | Address[],
        family?: number
      ) => void
    ): void {
      void names.resolve(name.toLowerCase().replace(/\.$/, '')).then(
        (found) =>
          options.all === true
            ? tell(null, found)
            : tell(null, found[0]?.address ?? '', found[0]?.family),
        (error: NodeJS.ErrnoException) => tell(error, [])
      )
    }
  }
  return names
}

function openEndings(): Endings {
  const ends = {
    finish(call: Call, answer: ThreadAnswer): void {
      if (call.isDone) return
      call.isDone = true
      for (const timer of call.timers) clearTimeout(timer)
      if (answer.is === 'failed') for (const each of call.open) each.destroy()
      call.done(answer)
    },

    fail(call: Call, says: string): void {
      ends.finish(call, { id: call.asked.id, is: 'failed', says })
    },

    failWith(call: Call, error: Error): void {
      const code = (error as { code?: unknown }).code
      const isSaid = typeof code !== 'string' || error.message.includes(code)
      ends.fail(call, isSaid ? error.message || String(code) : `${code}: ${error.message}`)
    },

    watch(call: Call, request: import('node:http').ClientRequest): void {
      call.open.push(request)
      request.on('error', (error) => ends.failWith(call, error))
      request.on('socket', (socket) => {
        if (!socket.connecting) clearTimeout(call.timers[0])
        else socket.once('connect', () => clearTimeout(call.timers[0]))
      })
    },

    read(call: Call, answer: import('node:http').IncomingMessage): void {
      const { id, answerBytesMax } = call.asked
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytesMax)
          ends.fail(call, `the answer is larger than ${answerBytesMax} bytes`)
        else chunks.push(chunk)
      })
      answer.on('error', (error) => ends.failWith(call, error))
      answer.on('aborted', () => ends.fail(call, 'the answer broke off'))
      answer.on('end', () => {
        const headers: Record<string, string> = {}
        for (const name of ['retry-after', 'candor-dropped', 'etag', 'content-type', 'date']) {
          const value = answer.headers[name]
          if (typeof value === 'string') headers[name] = value
        }
        const body = Buffer.concat(chunks).toString('utf8')
        ends.finish(call, { id, is: 'answered', status: answer.statusCode ?? 0, headers, body })
      })
    },

    post(call: Call, request: import('node:http').ClientRequest): void {
      ends.watch(call, request)
      request.on('response', (answer) => ends.read(call, answer))
      request.end(call.asked.body)
    }
  }
  return ends
}

function openWays(names: LookUps, ends: Endings): Ways {
  const http = process.getBuiltinModule('node:http')
  const https = process.getBuiltinModule('node:https')
  const net = process.getBuiltinModule('node:net')
  const tls = process.getBuiltinModule('node:tls')
  const plainAgent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const secureAgent = new https.Agent({ keepAlive: true, maxSockets: 1 })
  const ways = {
    bareHost(url: URL): string {
      return url.hostname.replace(/^\[|\]$/g, '')
    },

    portOf(url: URL): number {
      return Number(url.port) || (url.protocol === 'https:' ? 443 : 80)
    },

    /** What both a request to the collector and one to a proxy need; `under` is what is special. */
    options(call: Call, url: URL, under: Options): Options {
      const { ca, extraCaFile } = call.asked
      const options: Options = {
        host: ways.bareHost(url),
        port: ways.portOf(url),
        lookup: names.lookup
      }
      if (url.protocol === 'https:' && ca !== undefined) {
        const extra = extraCaFile === undefined ? '' : names.textOf(extraCaFile)
        options.ca = tls.rootCertificates.concat(extra === '' ? [] : [extra], [ca])
      }
      return Object.assign(options, under)
    },

    headers(call: Call, more: Record<string, string>): Record<string, string> {
      const { headers, body } = call.asked
      const length: Record<string, string> =
        body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
      return Object.assign({}, headers, length, more)
    },

    credentials({ username, password }: URL): Record<string, string> {
      if (username === '') return {}
      const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
      return { 'Proxy-Authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
    },

    direct(call: Call, under: Options): void {
      const { target, asked } = call
      const isSecure = target.protocol === 'https:'
      const options = ways.options(call, target, {
        method: asked.method,
        path: target.pathname + target.search,
        headers: ways.headers(call, {}),
        agent: isSecure ? secureAgent : plainAgent
      })
      ends.post(call, (isSecure ? https : http).request(Object.assign(options, under)))
    },

    throughProxy(call: Call, proxy: URL): void {
      const { target, asked } = call
      const make = proxy.protocol === 'https:' ? https : http
      if (target.protocol === 'http:') {
        const headers = ways.headers(
          call,
          Object.assign({ Host: target.host }, ways.credentials(proxy))
        )
        const options = ways.options(call, proxy, {
          method: asked.method,
          path: target.href,
          headers,
          agent: false
        })
        ends.post(call, make.request(options))
        return
      }
      const authority = `${target.hostname}:${ways.portOf(target)}`
      const headers = Object.assign({ Host: authority }, ways.credentials(proxy))
      const tunnel = make.request(
        ways.options(call, proxy, { method: 'CONNECT', path: authority, headers, agent: false })
      )
      ends.watch(call, tunnel)
      tunnel.on('response', (answer) => ends.fail(call, `the proxy answered ${answer.statusCode}`))
      tunnel.on('connect', (answer, socket) => {
        call.open.push(socket)
        const host = ways.bareHost(target)
        const name = net.isIP(host) === 0 ? { servername: host } : {}
        if (answer.statusCode === 200)
          ways.direct(call, Object.assign({ socket, agent: false as const }, name) as Options)
        else ends.fail(call, `the proxy answered ${answer.statusCode}`)
      })
      tunnel.end()
    }
  }
  return ways
}
