/**
 * How does what waits leave the machine? One process of its own sends them, at most once a period.
 */
import { env, type quietly } from './kept.ts'

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
    Object.entries(env).filter(([name]) =>
      /^(?:PATH|HOME|USERPROFILE|SystemRoot|(?:https?|no)_proxy|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(?:FILE|DIR))$/i.test(
        name
      )
    )
  )

/** Whether there is a proxy that this runtime would not go through by itself. */
export const isBehindProxy = (): boolean =>
  Object.entries(env).some(([name, value]) => /^https?_proxy$/i.test(name) && value) &&
  !process.allowedNodeEnvironmentFlags.has('--use-env-proxy')

/** Where reports are posted to; empty where that is no address, or could be read on the way. */
export function addressOf(named: string, isInsecure: boolean): string {
  const whole = /^\w+:\/\//.test(named) ? named : `https://${named}`
  if (!URL.canParse(whole)) return ''
  const { protocol, hostname, origin, pathname } = new URL(whole)
  return protocol === 'https:' ||
    (protocol === 'http:' &&
      (isInsecure || /^(?:(?:.*\.)?localhost|127[\d.]+|\[::1\])$/.test(hostname)))
    ? `${origin}${pathname.replace(/(?:\/v1\/reports)?\/*$/, '')}/v1/reports`
    : ''
}

interface Report {
  readonly runs: readonly { readonly records: readonly object[] }[]
}

/**
 * Runs in that process, from its own text: it uses nothing that stands around it, and has nothing
 * in it for which a bundler would bring in a function of its own (no function in a variable, whose
 * name may be kept; no `async`, no spreading). Ends within ten seconds, and writes what came of it.
 */
export function sendWaiting(attempt: typeof quietly, folder: string): void {
  const files = process.getBuiltinModule('node:fs')
  const turn = `${folder}/sender.json`
  const outbox = `${folder}/outbox/`
  const day = 86_400_000
  const decoder = new TextDecoder()
  const me = {
    asked: 0,
    lost: 0,
    end(): void {
      process.kill(process.pid, 'SIGKILL')
    },
    /** Of a folder, the names in it. */
    textOf(path: string): string {
      const names = attempt(() => files.readdirSync(path).sort().join('\n'), '')
      return attempt(() => files.readFileSync(path, 'utf8'), names)
    },
    isAllowed(): boolean {
      return files.existsSync(turn) && seen.every(([path, text]) => me.textOf(path) === text)
    },
    spread(ms: number, least: number): number {
      return Date.now() + Math.max(ms * 0.75, least) + (Math.max(ms, least) * Math.random()) / 2
    },
    finish(answer: string, times: object): void {
      if (me.isAllowed()) {
        const last = { at: new Date().toISOString(), answer }
        const kept = Object.assign({ written: Date.now(), last }, times)
        files.writeFileSync(turn, JSON.stringify(kept))
        files.renameSync(turn, `${folder}/delivery.json`)
      }
      me.end()
    },
    later(answer: string, wait: number): void {
      const pause = Math.min(day, 60_000 * Math.pow(4, Math.min(failures - 1, 10)))
      const notBefore = Math.max(me.spread(pause, 0), me.spread(wait, wait))
      me.finish(answer, { failures, notBefore })
    },
    read(
      reader: ReadableStreamDefaultReader<Uint8Array> | undefined,
      text: string
    ): Promise<string> {
      return Promise.resolve(reader?.read()).then((part) => {
        if (text.length > 65_536) throw new Error('its answer has no end')
        return part && !part.done
          ? me.read(reader, text + decoder.decode(part.value, { stream: true }))
          : text
      })
    },
    judge(name: string, body: string, { status, headers }: Response, text: string): void {
      const {
        accepted,
        dropped,
        next,
        code,
        retired,
        product: whose
      } = Object(attempt(() => JSON.parse(text))) as Record<string, unknown>
      const sent = (JSON.parse(body) as Report).runs.flatMap(({ records }) => records).length
      const isTaken = status >> 3 === 25 && Array.isArray(dropped) && Number(accepted) <= sent
      const isRefused =
        /^4(00(BODY_NOT_|VERSION_UN|REQUEST_M)|04PRODUCT_U|13(BODY_|TOO_M)|15\w+_UNS)/.test(
          `${status}${code}`
        )
      if (isTaken || isRefused) {
        me.lost += sent - Number(isTaken && accepted)
        me.asked = Math.max(me.asked, Number(Object(next)['afterSeconds']) || 0)
        files.rmSync(outbox + name, { force: true })
        me.post()
      } else if (status === 410 && retired === true && whose === product)
        me.finish('the product no longer collects', { mutedUntil: Date.now() + 30 * day })
      else {
        const wait = headers.get('retry-after') || ''
        const ms = /^\d+$/.test(wait) ? Number(wait) * 1_000 : Date.parse(wait) - Date.now()
        me.later(`it answered ${status}`, Math.min(ms || 0, 30 * day))
      }
    },
    post(): void {
      if (!me.isAllowed()) return me.end()
      const name = files.readdirSync(outbox).find((each) => each.endsWith('.json'))
      if (name === undefined)
        return me.finish(me.lost > 0 ? `sent, and ${me.lost} records were not kept` : 'sent', {
          next: me.spread(day, Math.min(me.asked * 1_000, 30 * day))
        })
      const body = me.textOf(outbox + name)
      const headers = {
        'content-type': 'application/json',
        'candor-sent-at': new Date().toISOString()
      }
      const signal = AbortSignal.timeout(8_000)
      fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
        .then((answer) =>
          me.read(answer.body?.getReader(), '').then((text) => me.judge(name, body, answer, text))
        )
        .catch((error: { readonly cause?: unknown }) => me.later(String(error.cause || error), 0))
    }
  }
  setTimeout(me.end, 9_500)
  const { seen, url, product, failures } = JSON.parse(me.textOf(turn)) as Brief
  me.post()
}
