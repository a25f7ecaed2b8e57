/**
 * How does what waits leave the machine? One process of its own sends them, at most once a period.
 */

/** What that process is told, in a file of the state folder. */
export interface Brief {
  readonly url: string
  readonly product: string
  /** What was looked at for the yes, and what stood there: nothing is sent if that has changed. */
  readonly seen: readonly (readonly [path: string, text: string])[]
  /** In a row, with this one. */
  readonly failures: number
}

/** Whether the times of `delivery.json` are over; none that a wrong clock wrote counts. */
export function isDue(kept: Readonly<Record<string, unknown>>): boolean {
  const now = Date.now()
  return (
    Number(kept['written']) > now + 300_000 ||
    !['next', 'notBefore', 'mutedUntil'].some(
      (name) => Number(kept[name]) > now && Number(kept[name]) < now + 3_974_400_000
    )
  )
}

/** Variables that it needs, and none of its program's own. */
export const handedOn = (): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) =>
      /^(?:PATH|HOME|USERPROFILE|SystemRoot|(?:https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(?:FILE|DIR))$/i.test(
        name
      )
    )
  )

/** Whether there is a proxy that this runtime would not go through by itself. */
export function isBehindProxy(): boolean {
  const version = parseFloat(process.versions.node.replace(/\.(\d)\./, '.0$1.'))
  return (
    !(version >= 24.05 || (version >= 22.21 && version < 23)) &&
    Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name) && process.env[name])
  )
}

/** Where reports are posted to; empty where that is no address, or could be read on the way. */
export function addressOf(named: string, isInsecure: boolean): string {
  const whole = /^\w+:\/\//.test(named) ? named : `https://${named}`
  if (!URL.canParse(whole)) return ''
  const { protocol, hostname, origin, pathname } = new URL(whole)
  const isHere = /^(?:(?:.*\.)?localhost|127[\d.]+|\[::1\])$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && (isHere || isInsecure))
    ? `${origin}${pathname.replace(/(?:\/v1\/reports)?\/*$/, '')}/v1/reports`
    : ''
}

/**
 * Runs in that process, from its own text: it uses nothing that stands around it. Ends within ten
 * seconds, and writes what came of it.
 */
export function sendWaiting(folder: string): void {
  const files = process.getBuiltinModule('node:fs')
  const end = (): void => void process.kill(process.pid, 'SIGKILL')
  setTimeout(end, 9_500)
  const textOf = (path: string): string => {
    try {
      return files.statSync(path).isDirectory()
        ? files.readdirSync(path).sort().join('\n')
        : files.readFileSync(path, 'utf8')
    } catch {
      return ''
    }
  }
  const parsed = (text: string): Record<string, unknown> => {
    try {
      return Object(JSON.parse(text)) as Record<string, unknown>
    } catch {
      return {}
    }
  }
  const turn = `${folder}/sender.json`
  const { seen, url, product, failures } = JSON.parse(textOf(turn)) as Brief
  const outbox = `${folder}/outbox`
  const day = 86_400_000
  const spread = (ms: number, least = 0): number =>
    Date.now() + Math.max(ms * 0.75, least) + (Math.max(ms, least) * Math.random()) / 2
  const isAsBefore = (): boolean =>
    files.existsSync(turn) && seen.every(([path, text]) => textOf(path) === text)
  const finish = (answer: string, times: object): void => {
    if (isAsBefore()) {
      const last = { at: new Date().toISOString(), answer }
      files.writeFileSync(turn, JSON.stringify({ written: Date.now(), ...times, last }))
      files.renameSync(turn, `${folder}/delivery.json`)
    }
    end()
  }
  const later = (answer: string, wait = 0): void => {
    const pause = spread(Math.min(day, 60_000 * 4 ** Math.min(failures - 1, 10)))
    const until = Math.max(pause, wait > 0 ? spread(wait, wait) : 0)
    finish(answer, { failures, notBefore: until })
  }
  let asked = 0
  let lost = 0
  const judge = (path: string, body: string, status: number, wait: string, text: string): void => {
    if (!isAsBefore()) return end()
    const { accepted, dropped, next, code, retired, product: whose } = parsed(text)
    const { runs } = parsed(body) as { readonly runs: readonly { readonly records: readonly [] }[] }
    const sent = runs.reduce((sum, { records }) => sum + records.length, 0)
    const isTaken = status >> 3 === 25 && Array.isArray(dropped) && Number(accepted) <= sent
    const isRefused =
      /^4(?:00(?:BODY_NOT_|VERSION_UN|REQUEST_M)|04PRODUCT_U|13(?:BODY_|TOO_M)|15\w+_UNS)/.test(
        `${status}${code}`
      )
    if (isTaken || isRefused) {
      lost += isTaken ? sent - Number(accepted) : sent
      asked = Math.max(asked, Number(Object(next)['afterSeconds']) || 0)
      files.rmSync(path, { force: true })
      post()
    } else if (status === 410 && retired === true && whose === product)
      finish('the product no longer collects', { mutedUntil: Date.now() + 30 * day })
    else {
      const ms = /^\d+$/.test(wait) ? Number(wait) * 1_000 : Date.parse(wait) - Date.now()
      later(`it answered ${status}`, Math.min(ms || 0, 30 * day))
    }
  }
  function post(): void {
    const name = files.readdirSync(outbox).find((each) => each.endsWith('.json'))
    if (name === undefined)
      return finish(lost > 0 ? `sent, and ${lost} records were not kept` : 'sent', {
        next: spread(day, Math.min(asked * 1_000, 30 * day))
      })
    if (!isAsBefore()) return end()
    const path = `${outbox}/${name}`
    const body = textOf(path)
    const { request } = process.getBuiltinModule(
      url.startsWith('http:') ? 'node:http' : 'node:https'
    )
    const headers = {
      'content-type': 'application/json',
      'candor-sent-at': new Date().toISOString()
    }
    const call = request(url, { method: 'POST', headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        if (text.length > 65_536) call.destroy()
      })
      answer.on('end', () =>
        judge(path, body, answer.statusCode ?? 0, answer.headers['retry-after'] ?? '', text)
      )
    })
    call.on('error', (error) => later(error.message))
    setTimeout(() => call.destroy(new Error('it did not answer in time')), 8_000)
    call.end(body)
  }
  post()
}
