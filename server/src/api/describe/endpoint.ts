/**
 * What one route of the API says of itself: enough to serve it, to check what it is asked, and to
 * describe it to programs.
 */
import { closest } from 'fastest-levenshtein'
import { CandorError } from '../../errors.ts'
import type { HttpAnswer } from '../../http/route.ts'
import type { Principal, Scope } from '../access/scope.ts'

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>

export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** `{name}` stands for one part: `/api/v1/products/{product}`. */
  readonly path: string
  /** One clause: what it is for. */
  readonly says: string
  /** anyone: also without a token. */
  readonly scope: Scope | 'anyone'
  /** Query parameters; others are refused. */
  readonly parameters?: readonly QueryParameter[]
  /** Of a JSON object; other keys are refused. */
  readonly body?: {
    readonly properties: Readonly<Record<string, Schema>>
    readonly required?: readonly string[]
  }
  /** Left out of the description: it only explains what is not there. */
  readonly isUnlisted?: true
  /** Of a 200, by media type. */
  readonly answers: Readonly<Record<string, Schema>>
  handle(request: ApiRequest): HttpAnswer | Promise<HttpAnswer>
}

export interface QueryParameter {
  readonly name: string
  readonly says: string
  readonly schema: Schema
  readonly required?: boolean
}

export interface ApiRequest {
  /** By the names in the path. */
  readonly path: Readonly<Record<string, string>>
  /** Only declared ones, none empty. */
  readonly parameters: ReadonlyMap<string, string>
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly who: Principal
  /** Aborts when whoever asked has left. */
  readonly signal: AbortSignal
}

export function json(body: unknown, status = 200): HttpAnswer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
}

/** Throws PARAMETER_INVALID for one that is not declared, given twice, or required and missing. */
export function readQuery(
  query: string,
  declared: readonly QueryParameter[]
): ReadonlyMap<string, string> {
  const given = new Map<string, string>()
  const names = declared.map(({ name }) => name)
  for (const [name, value] of new URLSearchParams(query)) {
    if (!names.includes(name)) throw unknown('parameter', name, names)
    if (given.has(name)) throw invalid(`"${name}" is given twice.`)
    if (value !== '') given.set(name, value)
  }
  const missing = declared.find(({ name, required }) => required === true && !given.has(name))
  if (missing !== undefined) throw invalid(`"${missing.name}" is missing: ${missing.says}.`)
  return given
}

/** Throws PARAMETER_INVALID. Types of the values are their readers' matter. */
export function readBody(
  body: Buffer,
  declared: Endpoint['body']
): Readonly<Record<string, unknown>> {
  if (declared === undefined) return {}
  const object = asObject(body)
  const names = Object.keys(declared.properties)
  const stray = Object.keys(object).find((name) => !names.includes(name))
  if (stray !== undefined) throw unknown('key', stray, names)
  return object
}

function asObject(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const read: unknown = JSON.parse(body.toString('utf8'))
    if (typeof read === 'object' && read !== null && !Array.isArray(read))
      return read as Record<string, unknown>
  } catch {
    // Falls through to the one message for both.
  }
  throw invalid('The body must be a JSON object.')
}

function unknown(what: string, name: string, names: readonly string[]): CandorError {
  const there = names.length === 0 ? 'There is none here.' : `There are: ${names.join(', ')}`
  const near =
    names.length === 0 ? '' : `; did you mean "${closest(name.slice(0, 60), [...names])}"?`
  return invalid(`There is no such ${what}${near}${near === '' ? '. ' : ' '}${there}`)
}

function invalid(message: string): CandorError {
  return new CandorError('PARAMETER_INVALID', message)
}
