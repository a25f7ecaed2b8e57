/**
 * What one endpoint of the API says of itself, once: the types of its handler, the check of its
 * requests and the description for programs all follow from it.
 */
import type { z } from 'zod'
import type { HttpAnswer } from '../../http/route.ts'
import type { Principal, Reach, Scope } from '../access/scope.ts'
import { readBody, readQuery } from './read-request.ts'
import { once } from './shapes.ts'

type Method = 'GET' | 'POST' | 'DELETE'
type Nothing = z.ZodObject<Readonly<Record<string, never>>>

interface Definition<
  Path extends string,
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  Answer extends z.ZodType
> {
  readonly method: Method
  /** `{name}` stands for one part: `/api/v1/products/{product}`. */
  readonly path: Path
  /** One clause: what it is for. */
  readonly says: string
  /** anyone: also without a token. */
  readonly scope: Scope | 'anyone'
  /** Parameters; others are refused. */
  readonly query?: () => Query
  /** A JSON object; other keys are refused. */
  readonly body?: () => Body
  /** Of a 200, as JSON. Undefined: it is only answered in other media types. */
  readonly answer?: () => Answer
  /** What else a 200 may be: `text/csv`. */
  readonly media?: readonly string[]
  /** Left out of the description: it only explains what is not there. */
  readonly isUnlisted?: true
  /**
   * A browser arrives here from another site, with what that site gave it: who it is signed in as
   * is not looked at, and its query is the handler's to read.
   */
  readonly isArrival?: true
  handle(
    request: ApiRequest<Path, z.output<Query>, z.output<Body>>
  ): Reply<ReadonlyDeep<z.input<Answer>>> | Promise<Reply<ReadonlyDeep<z.input<Answer>>>>
}

export interface ApiRequest<Path extends string = string, Query = unknown, Body = unknown> {
  readonly path: Readonly<Record<NamesIn<Path>, string>>
  readonly query: Query
  /** As it came, behind the question mark. */
  readonly rawQuery: string
  readonly body: Body
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly who: Principal
  /** On which products whoever asks has this endpoint’s scope; of `anyone`, on none. */
  readonly reach: Reach
  /** Aborts when whoever asked has left. */
  readonly signal: AbortSignal
}

/** `product` of `/api/v1/products/{product}`. */
type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

/** What a handler gives may be read only, however deep; a shape of zod would ask for more. */
type ReadonlyDeep<Value> = Value extends readonly (infer Item)[]
  ? readonly ReadonlyDeep<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadonlyDeep<Value[Key]> }
    : Value

/** What a shape that is made by `make` holds, as an endpoint answers it. */
export type AnswerOf<Make extends () => z.ZodType> = ReadonlyDeep<z.input<ReturnType<Make>>>

export type Reply<Body> =
  | {
      readonly is: 'json'
      readonly body: Body
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly is: 'other'; readonly answer: HttpAnswer }

export function json<Body>(body: Body, headers?: Readonly<Record<string, string>>): Reply<Body> {
  return { is: 'json', body, ...(headers && { headers }) }
}

/** In one of the endpoint's other media types. */
export function other(answer: HttpAnswer): Reply<never> {
  return { is: 'other', answer }
}

/** An endpoint as it is served and described, whatever its types. */
export interface Endpoint {
  readonly method: Method
  readonly path: string
  readonly says: string
  readonly scope: Scope | 'anyone'
  readonly isUnlisted: boolean
  readonly isArrival: boolean
  readonly shapes: {
    readonly query?: () => z.ZodObject
    readonly body?: () => z.ZodObject
    readonly answer?: () => z.ZodType
  }
  readonly media: readonly string[]
  /** Throws PARAMETER_INVALID where the request is not what the endpoint declares. */
  answer(request: RawRequest): Promise<HttpAnswer>
}

interface RawRequest extends Omit<ApiRequest, 'path' | 'query' | 'rawQuery' | 'body'> {
  readonly path: Readonly<Record<string, string>>
  /** Behind the question mark. */
  readonly query: string
  readonly body: Buffer
}

export function endpoint<
  Path extends string,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodObject = Nothing,
  Answer extends z.ZodType = z.ZodNever
>(definition: Definition<Path, Query, Body, Answer>): Endpoint {
  const { method, path, says, scope, media = [] } = definition
  const { isUnlisted = false, isArrival = false } = definition
  const shapes = {
    ...(definition.query && { query: once(definition.query) }),
    ...(definition.body && { body: once(definition.body) }),
    ...(definition.answer && { answer: once(definition.answer) })
  }
  return {
    method,
    path,
    says,
    scope,
    media,
    isUnlisted,
    isArrival,
    shapes,
    async answer(raw) {
      const reply = await definition.handle({
        ...raw,
        path: raw.path as Readonly<Record<NamesIn<Path>, string>>,
        rawQuery: raw.query,
        query: (isUnlisted || isArrival
          ? {}
          : readQuery(raw.query, shapes.query?.())) as z.output<Query>,
        body: readBody(raw.body, shapes.body?.()) as z.output<Body>
      })
      if (reply.is === 'other') return reply.answer
      return jsonAnswer(reply.body, { headers: reply.headers })
    }
  }
}

export function jsonAnswer(
  body: unknown,
  {
    status = 200,
    headers = {}
  }: { readonly status?: number; readonly headers?: HttpAnswer['headers'] | undefined } = {}
): HttpAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body)
  }
}
