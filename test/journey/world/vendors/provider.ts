/** Starts a real OpenID provider, and signs people in there as a browser would. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Provider {
  readonly issuer: string
  /** From where the collector sends somebody to where the provider sends them back. */
  signIn(location: string, person: string): Promise<string>
  stop(): void
}

interface ProviderOptions {
  readonly secret: string
  readonly redirects: readonly string[]
  /** What it says of each, beside their `sub`. */
  readonly people: Readonly<Record<string, object>>
}

export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const program = fileURLToPath(new URL('./oidc-provider.mjs', import.meta.url))
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env['PATH'],
      CLIENT_SECRET: options.secret,
      REDIRECTS: options.redirects.join(' '),
      PEOPLE: JSON.stringify(options.people)
    },
    stdio: ['ignore', 'pipe', 'ignore']
  })
  const issuer = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    child.once('exit', (code) => reject(new Error(`the provider ended with ${code}`)))
  })
  return {
    issuer,
    signIn: (location, person) => walk(issuer, location, person),
    stop: () => void child.kill('SIGKILL')
  }
}

/** Through its two forms, until it sends the browser to another host. */
async function walk(issuer: string, location: string, person: string): Promise<string> {
  const jar = new Map<string, string>()
  let url = location
  let form: Readonly<Record<string, string>> | undefined
  for (let step = 0; step < 12; step += 1) {
    const answer = await fetch(url, {
      redirect: 'manual',
      method: form === undefined ? 'GET' : 'POST',
      headers: { cookie: [...jar].map((pair) => pair.join('=')).join('; ') },
      ...(form !== undefined && { body: new URLSearchParams(form) })
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/)
      jar.set(name, value)
    }
    const next = answer.headers.get('location')
    if (next !== null) {
      form = undefined
      url = new URL(next, url).href
      if (!url.startsWith(issuer)) return url
      continue
    }
    const html = await answer.text()
    const action = /action="([^"]+)"/.exec(html)?.[1]
    const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1]
    if (action === undefined || prompt === undefined)
      throw new Error(`the provider answers ${answer.status}: ${html.slice(0, 500)}`)
    url = new URL(action, url).href
    form = { prompt, ...(prompt === 'login' && { login: person, password: 'any' }) }
  }
  throw new Error('the provider sends its browser round and round')
}
