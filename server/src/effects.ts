/**
 * The one gate to the outside world: clock, randomness, files. Parameters everywhere, so that a
 * test can be the world.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import * as files from 'node:fs/promises'
import * as plainHttp from 'node:http'
import * as https from 'node:https'
import type { Instant } from './record.ts'

export interface Effects {
  readonly clock: Clock
  /** Cryptographically random bytes. */
  readonly random: (bytes: number) => Buffer
  readonly files: typeof files
}

export interface Clock {
  now(): Instant
  /**
   * Calls once, after so many milliseconds; returns what cancels it. Does not keep the process
   * alive.
   */
  after(delayMs: number, call: () => void): () => void
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
  sleep(delayMs, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, delayMs)
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}

export const systemEffects: Effects = {
  clock: systemClock,
  random: (bytes) => randomBytes(bytes),
  files
}

/** The network as a client sees it: for the command-line tool, which talks to a running server. */
export interface Network {
  readonly fetch: typeof globalThis.fetch
  /**
   * Many small requests to one server over connections that stay open: a third of what `fetch`
   * costs.
   */
  openPoster(url: string, options: { readonly connections: number }): Poster
  /** Hands an address to the desktop's own browser. False: there is none, or it would not. */
  openBrowser(url: string): Promise<boolean>
}

export interface Poster {
  /** Resolves with the answer's status once the answer was read; 0 when there was none. */
  post(
    path: string,
    request: { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  ): Promise<number>
  close(): void
}

export const systemNetwork: Network = {
  openBrowser,
  fetch: (...request) => globalThis.fetch(...request),
  openPoster(url, { connections }) {
    const http = url.startsWith('https:') ? https : plainHttp
    const agent = new http.Agent({ keepAlive: true, maxSockets: connections })
    return {
      post: (path, { headers, body }) =>
        new Promise((resolve) => {
          const length = { 'Content-Length': Buffer.byteLength(body) }
          const request = http.request(
            `${url}${path}`,
            { method: 'POST', agent, headers: { ...headers, ...length } },
            (answer) => {
              answer.once('error', () => resolve(0))
              answer.once('end', () => resolve(answer.statusCode ?? 0))
              answer.resume()
            }
          )
          request.once('error', () => resolve(0))
          request.end(body)
        }),
      close: () => agent.destroy()
    }
  }
}

const browserOpeners: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ['open'],
  win32: ['explorer.exe']
}
/** Openers of desktops end at once; one that goes on has become the browser. */
const openerMsMax = 3_000

function openBrowser(url: string): Promise<boolean> {
  const [command, ...parameters] = browserOpeners[process.platform] ?? ['xdg-open']
  return new Promise((resolve) => {
    const child = spawn(command, [...parameters, url], { stdio: 'ignore', detached: true })
    const timer = setTimeout(() => resolve(true), openerMsMax)
    const ended = (opened: boolean): void => {
      clearTimeout(timer)
      resolve(opened)
    }
    child.once('error', () => ended(false))
    child.once('exit', (code) => ended(code === 0 || process.platform === 'win32'))
    child.unref()
  })
}
