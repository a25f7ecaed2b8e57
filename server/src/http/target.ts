/** What does a request meet, and which path was asked for? */
import type { HttpAnswer, HttpRoute } from './route.ts'

/** What a request meets: a route, or an answer that is known before its body. */
export type Target =
  | { readonly is: 'route'; readonly route: HttpRoute }
  | {
      readonly is: 'constant'
      readonly answer: HttpAnswer
      readonly more?: Readonly<Record<string, string>>
      readonly route?: HttpRoute
    }

/** What every answer of a route for browsers says. */
export const corsAnswer: Readonly<Record<string, string>> = { 'Access-Control-Allow-Origin': '*' }

export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  // A proxy's client may send the absolute form.
  const local = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?#]*/i, '')
  const mark = local.indexOf('?')
  return mark === -1
    ? { path: local, query: '' }
    : { path: local.slice(0, mark), query: local.slice(mark + 1) }
}
