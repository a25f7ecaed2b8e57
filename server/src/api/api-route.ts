/** What every API route has in common: a token, JSON in and out, coded errors, and no trace of what was asked. */
import type { Readable } from 'node:stream'
import { CandorError, type CandorErrorCode } from '../errors.ts'
import type { HttpAnswer, HttpRequest, HttpRoute } from '../http/route.ts'
import { isAuthorised } from './token.ts'

/** 1 MiB: ten times the longest SQL that a person would write. */
const bodyBytesMax = 1_048_576

const statusOf: Partial<Record<CandorErrorCode, number>> = {
  TOKEN_MISSING: 401,
  TOKEN_WRONG: 403,
  PRODUCT_UNKNOWN: 404,
  QUESTION_UNKNOWN: 404,
  ROUTE_UNKNOWN: 404,
  PARAMETER_INVALID: 400,
  QUERY_INVALID: 400,
  QUERY_REFUSED: 400,
  QUERY_TIMEOUT: 408,
  STORAGE_UNAVAILABLE: 503,
  STORAGE_TIMEOUT: 503,
  STORAGE_FULL: 503
}

export interface ApiRequest {
  readonly parameters: URLSearchParams
  /** The parsed body of a POST; `{}` for a GET. */
  readonly body: Readonly<Record<string, unknown>>
}

export function apiRoute(options: {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly token: string
  readonly handle: (request: ApiRequest) => Promise<unknown>
}): HttpRoute {
  return authorised(options, async (request) => answerJson(200, await options.handle(request)))
}

/** A route whose answer is lines without end. */
export function apiStream(options: {
  readonly path: string
  readonly token: string
  readonly handle: (request: ApiRequest) => Readable
}): HttpRoute {
  return authorised({ ...options, method: 'GET' }, (request) =>
    Promise.resolve({
      status: 200,
      headers: { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' },
      body: options.handle(request)
    })
  )
}

function authorised(
  { method, path, token }: { readonly method: 'GET' | 'POST'; readonly path: string; readonly token: string },
  handle: (request: ApiRequest) => Promise<HttpAnswer>
): HttpRoute {
  return {
    method,
    path,
    bodyBytesMax,
    refused: (problem) => answerError(new CandorError('PARAMETER_INVALID', `The request can't be read: ${problem}.`)),
    async handle(request) {
      try {
        checkToken(request.headers['authorization'], token)
        return await handle({ parameters: new URLSearchParams(request.query), body: method === 'POST' ? asObject(request) : {} })
      } catch (error) {
        if (error instanceof CandorError) return answerError(error)
        throw error
      }
    }
  }
}

function checkToken(authorization: string | undefined, token: string): void {
  if (authorization === undefined)
    throw new CandorError('TOKEN_MISSING', 'This route needs `Authorization: Bearer <token>`; see CANDOR_TOKEN.')
  if (!isAuthorised(authorization, token)) throw new CandorError('TOKEN_WRONG', "The token is not this server's.")
}

function asObject(request: HttpRequest): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(request.body.toString('utf8'))
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>
  } catch {
    // Falls through to the one message for both.
  }
  throw new CandorError('PARAMETER_INVALID', 'The body must be a JSON object.')
}

function answerError(error: CandorError): HttpAnswer {
  return answerJson(statusOf[error.code] ?? 500, { code: error.code, message: error.message })
}

function answerJson(status: number, body: unknown): HttpAnswer {
  return { status, headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }, body: JSON.stringify(body) }
}
