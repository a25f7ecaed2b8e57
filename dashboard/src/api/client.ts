/** Asks the server: JSON in and out, coded errors, and a deadline on every wait. */
import type { Routes } from './answers.ts'

/** Longer than the server's own deadline of a question, so that its words arrive and not ours. */
const deadlineMs = 45_000

/** What went wrong, in the server's words, or in ours where it did not answer. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
  }
}

export type Parameters = Readonly<Record<string, string | undefined>>

type Sendable = Readonly<Record<string, string | number | undefined>>

export function apiPath(path: string, parameters: Sendable = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') query.set(name, String(value))
  const text = query.toString()
  return `/api/v1/${path}${text === '' ? '' : `?${text}`}`
}

type Part<Route extends keyof Routes, Name extends string> = Routes[Route] extends {
  readonly [Key in Name]: infer What
}
  ? What
  : undefined

interface Asked<Route extends keyof Routes> {
  /** What stands for the names in the route’s path. */
  readonly path?: Readonly<Record<string, string>>
  readonly query?: {
    readonly [Name in keyof Part<Route, 'query'>]: Part<Route, 'query'>[Name] | undefined
  }
  readonly body?: Part<Route, 'body'>
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  /**
   * What changes something carries the session’s CSRF word: another site could send the cookie, but
   * not know the word.
   */
  readonly csrf?: string
}

/** What a route takes and answers is what the server’s own endpoint says of it. */
export async function ask<Route extends keyof Routes>(
  route: Route,
  { path = {}, query, body, signal, headers, csrf }: Asked<Route> = {}
): Promise<Part<Route, 'answer'>> {
  const [method = 'GET', template = ''] = route.split(' ')
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(path[name] ?? '')
  )
  const response = await send(
    apiPath(filled, query as Sendable | undefined),
    {
      method,
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(csrf !== undefined && { 'Candor-CSRF': csrf }),
        ...headers
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    },
    signal
  )
  return (await response.json()) as Part<Route, 'answer'>
}

async function send(url: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  const deadline = AbortSignal.timeout(deadlineMs)
  let response: Response
  try {
    response = await fetch(url, {
      ...init,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    const says = deadline.aborted
      ? `The server did not answer within ${deadlineMs / 1000} seconds. Choose a shorter ` +
        'period, or see its log.'
      : 'The server does not answer. Is `candor serve` running?'
    throw new ApiError('SERVER_SILENT', says, 0)
  }
  if (response.ok) return response
  throw await errorOf(response)
}

export async function errorOf(response: Response): Promise<ApiError> {
  try {
    const { code, message } = (await response.json()) as { code?: unknown; message?: unknown }
    if (typeof code === 'string' && typeof message === 'string')
      return new ApiError(code, message, response.status)
  } catch {
    // Something in front of the server answered in words of its own.
  }
  return new ApiError(
    'ANSWER_UNREADABLE',
    `The server answered with status ${response.status}, and not in JSON.`,
    response.status
  )
}
