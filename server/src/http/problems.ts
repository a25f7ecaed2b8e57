/** What this room answers by itself, where no route is known to ask. */
import type { HttpAnswer } from './route.ts'

const httpProblems = {
  ROUTE_UNKNOWN: {
    status: 404,
    message:
      'Nothing is served at this path. Reports are taken at /v1/reports (native), /v1/batch ' +
      '(Segment), /batch (PostHog), /in/<product>/v1/logs and /in/<product>/v1/metrics (OTLP); ' +
      'paths are case-sensitive.'
  },
  METHOD_NOT_ALLOWED: { status: 405, message: 'This path is served, but not with this method.' },
  HTTP_MALFORMED: { status: 400, message: 'This is not a well-formed HTTP/1.1 request.' },
  HTTP_TIMEOUT: { status: 408, message: 'The request did not arrive whole within the time limit.' },
  HEADERS_TOO_LARGE: { status: 431, message: 'The request has more than 16 KiB of headers.' },
  INTERNAL: { status: 500, message: 'The server could not answer this request.' }
} as const satisfies Record<string, { readonly status: number; readonly message: string }>
export type HttpProblem = keyof typeof httpProblems

export function answerProblem(problem: HttpProblem): HttpAnswer {
  const { status, message } = httpProblems[problem]
  return {
    status,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: problem, message })
  }
}
