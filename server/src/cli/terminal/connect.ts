/**
 * Finds the running server and speaks to its API: `CANDOR_URL` and `CANDOR_TOKEN`, or what a server
 * on this machine left in its data folder.
 */
import { networkInterfaces } from 'node:os'
import { Readable } from 'node:stream'
import { readServerFile, serverFilePath, type ServerAddress } from '../../api/server-file.ts'
import { distrusted } from '../../config/trusted-file.ts'
import { isLoopback } from '../../config/loopback.ts'
import { CandorError, type CandorErrorCode } from '../../errors.ts'
import type { Effects, Network } from '../../effects.ts'

export interface ApiClient {
  readonly address: ServerAddress
  get<Body>(path: string, parameters?: Readonly<Record<string, string | undefined>>): Promise<Body>
  post<Body>(path: string, body: unknown): Promise<Body>
  delete<Body>(path: string): Promise<Body>
  /** An answer that is no JSON, as it comes. Iterating throws SERVER_UNREACHABLE where it breaks off. */
  bytes(
    path: string,
    parameters: Readonly<Record<string, string | undefined>>
  ): Promise<{
    readonly header: (name: string) => string | null
    readonly body: AsyncIterable<Uint8Array>
  }>
  /** Lines of a stream, until it ends or the signal aborts. */
  lines(
    path: string,
    parameters: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
    /** Posted; without one the stream is only asked for. */
    body?: unknown
  ): AsyncIterable<string>
}

export async function connect(options: {
  readonly dataFolder: string
  readonly url: string | undefined
  readonly token: string | undefined
  readonly effects: Effects
  readonly network: Network
  /** Aborts what is under way. */
  readonly signal: AbortSignal
}): Promise<ApiClient> {
  const address = await findServer(options)
  const call = async (path: string, init: RequestInit): Promise<Response> => {
    const response = await options.network
      .fetch(`${address.url}${path}`, {
        signal: options.signal,
        // The token is for this address and no other.
        redirect: 'error',
        ...init,
        headers: { authorization: `Bearer ${address.token}`, ...init.headers }
      })
      .catch((cause: unknown) => {
        options.signal.throwIfAborted()
        throw new CandorError(
          'SERVER_UNREACHABLE',
          `No Candor server answers at ${address.url}. Start one with \`npx candor serve\`, ` +
            'or set CANDOR_URL and CANDOR_TOKEN.',
          { cause }
        )
      })
    if (!response.ok) throw await asError(response)
    return response
  }
  return {
    address,
    async get(path, parameters = {}) {
      const response = await call(`${path}${queryOf(parameters)}`, {})
      return (await response.json()) as never
    },
    async post(path, body) {
      const response = await call(path, posted(body))
      return (await response.json()) as never
    },
    async delete(path) {
      const response = await call(path, { method: 'DELETE' })
      return (await response.json()) as never
    },
    async bytes(path, parameters) {
      const { headers, body } = await call(`${path}${queryOf(parameters)}`, {})
      return {
        header: (name) => headers.get(name),
        body: unbroken(body, address.url, options.signal)
      }
    },
    async *lines(path, parameters, signal, body) {
      const response = await call(`${path}${queryOf(parameters)}`, {
        signal,
        ...(body === undefined ? {} : posted(body))
      })
      if (response.body === null) return
      let rest = ''
      const decoder = new TextDecoder()
      for await (const chunk of unbroken(response.body, address.url, signal)) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
        rest = lines.pop() ?? ''
        yield* lines
      }
    }
  }
}

async function* unbroken(
  body: Response['body'],
  url: string,
  signal: AbortSignal
): AsyncGenerator<Uint8Array> {
  if (body === null) return
  try {
    for await (const chunk of Readable.fromWeb(body as never)) yield chunk as Uint8Array
  } catch (cause) {
    signal.throwIfAborted()
    throw new CandorError(
      'SERVER_UNREACHABLE',
      `The connection to ${url} broke off. Is the server still running?`,
      { cause }
    )
  }
}

function posted(body: unknown): Pick<RequestInit, 'method' | 'body'> & {
  readonly headers: Readonly<Record<string, string>>
} {
  return {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' }
  }
}

async function findServer({
  dataFolder,
  url,
  token,
  effects
}: Parameters<typeof connect>[0]): Promise<ServerAddress> {
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url))
    throw new CandorError(
      'CONFIG_INVALID',
      'CANDOR_URL must be an http:// or https:// URL, for example http://127.0.0.1:4701'
    )
  if (url !== undefined && token !== undefined) return { url: url.replace(/\/+$/, ''), token }
  const problem = await distrusted(serverFilePath(dataFolder), effects, { folderOwner: false })
  if (problem !== undefined)
    throw new CandorError(
      'SERVER_UNREACHABLE',
      `What a server left in ${dataFolder} can't be believed, so no token is sent there: ` +
        `${problem} Or set CANDOR_URL and CANDOR_TOKEN.`
    )
  const found = await readServerFile(dataFolder, effects)
  if (found === undefined) {
    throw new CandorError(
      'SERVER_UNREACHABLE',
      url === undefined
        ? `No server runs with the data folder ${dataFolder}. Start one with ` +
            '`npx candor serve`, name its folder with --data, or set CANDOR_URL and CANDOR_TOKEN.'
        : 'CANDOR_URL is set, but CANDOR_TOKEN is not, and no server left its token in ' +
            `${dataFolder}. Set CANDOR_TOKEN too.`
    )
  }
  const wanted = (url ?? found.url).replace(/\/+$/, '')
  // Each token goes to its own server: that of the file to the file's address, and whatever the
  // file
  // says, to nowhere but this machine.
  if (token === undefined && wanted !== found.url)
    throw new CandorError(
      'SERVER_UNREACHABLE',
      `CANDOR_URL is ${wanted}, and the server of ${dataFolder} is another one. Set ` +
        'CANDOR_TOKEN too.'
    )
  if (url === undefined && !isOfThisMachine(found.url))
    throw new CandorError(
      'SERVER_UNREACHABLE',
      `${serverFilePath(dataFolder)} names ${found.url}, which is not this machine, so no ` +
        'token is sent there. If that is right, set CANDOR_URL and CANDOR_TOKEN.'
    )
  return { url: wanted, token: token ?? found.token }
}

/** By address: a name could be anybody's. */
function isOfThisMachine(url: string): boolean {
  if (!URL.canParse(url) || !/^https?:\/\/[^/?#@]+$/.test(url)) return false
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  const own = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  return (
    isLoopback(host) ||
    host === '0.0.0.0' ||
    host === '::' ||
    own.some(({ address }) => address === host)
  )
}

async function asError(response: Response): Promise<CandorError> {
  const body = (await response.json().catch(() => ({}))) as { code?: unknown; message?: unknown }
  const code = (typeof body.code === 'string' ? body.code : 'SERVER_UNREACHABLE') as CandorErrorCode
  const message =
    typeof body.message === 'string' ? body.message : `The server answered ${response.status}.`
  return new CandorError(code, message)
}

function queryOf(parameters: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined
  )
  return present.length === 0 ? '' : `?${new URLSearchParams(present).toString()}`
}
