/** Asks the server: JSON in and out, coded errors, and a deadline on every wait. */

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

export function apiPath(path: string, parameters: Parameters = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') query.set(name, value)
  const text = query.toString()
  return `/api/v1/${path}${text === '' ? '' : `?${text}`}`
}

export async function get<Answer>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
  headers: Readonly<Record<string, string>> = {}
): Promise<Answer> {
  const response = await send(
    apiPath(path, parameters),
    { headers: { Accept: 'application/json', ...headers } },
    signal
  )
  return (await response.json()) as Answer
}

/**
 * What changes something carries the session's CSRF word: another site could send the cookie, but
 * not know the word.
 */
export async function post<Answer>(path: string, body: object, csrf: string): Promise<Answer> {
  const response = await send(apiPath(path), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Candor-CSRF': csrf },
    body: JSON.stringify(body)
  })
  return (await response.json()) as Answer
}

export async function remove(path: string, csrf: string): Promise<void> {
  await send(apiPath(path), { method: 'DELETE', headers: { 'Candor-CSRF': csrf } })
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
