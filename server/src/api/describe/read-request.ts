/**
 * Is a request what its endpoint declares? If not, the answer names what is wrong in our words, and
 * what would be right.
 */
import { closest } from 'fastest-levenshtein'
import { z } from 'zod'
import { CandorError } from '../../errors.ts'

/** Throws PARAMETER_INVALID for one that is not declared, given twice, wrong, or missing. */
export function readQuery(
  query: string,
  shape: z.ZodObject | undefined
): Readonly<Record<string, unknown>> {
  const given = new Map<string, unknown>()
  for (const [name, value] of new URLSearchParams(query)) {
    if (given.has(name)) throw invalid(`"${shown(name)}" is given twice.`)
    const isNumber = isWhole(shape?.shape[name]) && /^-?\d{1,15}$/.test(value)
    given.set(name, isNumber ? Number(value) : value)
  }
  // A form sends what nobody filled in as well.
  const filled = [...given].filter(([, value]) => value !== '')
  for (const [name] of given)
    if (!names(shape).includes(name)) throw stray('parameter', name, shape)
  return checked('parameter', Object.fromEntries(filled), shape)
}

/** Throws PARAMETER_INVALID. */
export function readBody(
  body: Buffer,
  shape: z.ZodObject | undefined
): Readonly<Record<string, unknown>> {
  if (shape === undefined) return checked('key', {}, shape)
  return checked('key', asObject(body), shape)
}

function checked(
  what: 'parameter' | 'key',
  given: Readonly<Record<string, unknown>>,
  shape: z.ZodObject | undefined
): Readonly<Record<string, unknown>> {
  if (shape === undefined) return {}
  // Words that a shape has of its own go before these.
  const read = shape.safeParse(given, { error: ourWords })
  if (read.success) return read.data
  const unknown = Object.keys(given).find((name) => !names(shape).includes(name))
  if (unknown !== undefined) throw stray(what, unknown, shape)
  const [issue] = read.error.issues
  const path = issue?.path.map(String) ?? []
  const says = issue?.message ?? 'is wrong'
  throw invalid(`"${shown(path.join('.'))}" ${says}${exampleFor(path, says, shape)}`)
}

function ourWords(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type')
    return issue.input === undefined
      ? 'is missing'
      : `must be ${kinds[issue.expected] ?? 'another'}`
  if (issue.code === 'invalid_value') return choices(issue.input, issue.values.map(String))
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const [bound, than] =
      issue.code === 'too_small' ? [issue.minimum, 'at least'] : [issue.maximum, 'at most']
    const of = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' items' : ''
    return `must ${of === '' ? 'be' : 'have'} ${than} ${bound}${of}`
  }
  if (issue.code === 'unrecognized_keys') return 'has a key that is not known here'
  return 'is not of the form that is expected here'
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object'
}

function choices(given: unknown, values: readonly string[]): string {
  if (given === undefined) return `is missing; there are: ${values.join(', ')}`
  if (typeof given !== 'string') return `must be one of: ${values.join(', ')}`
  const near = closest(given.slice(0, 60), [...values])
  return `is not known: "${shown(given)}"; did you mean "${near}"? There are: ${values.join(', ')}`
}

function stray(what: string, name: string, shape: z.ZodObject | undefined): CandorError {
  const all = names(shape)
  if (all.length === 0) return invalid(`There is no such ${what}. There is none here.`)
  const near = closest(name.slice(0, 60), [...all])
  return invalid(`There is no such ${what}; did you mean "${near}"? There are: ${all.join(', ')}`)
}

/** `; for example product=dlt`, where the shape has one and the words have none. */
function exampleFor(path: readonly string[], says: string, shape: z.ZodObject): string {
  const [name = ''] = path
  const field: unknown = shape.shape[name]
  if (path.length !== 1 || says.includes('such as') || !(field instanceof z.ZodType)) return ''
  const [example] = (field.meta()?.['examples'] as readonly unknown[] | undefined) ?? []
  if (example === undefined) return ''
  return `; for example ${name}=${String(example)}`
}

function names(shape: z.ZodObject | undefined): readonly string[] {
  return Object.keys(shape?.shape ?? {})
}

function isWhole(field: unknown): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault)
    return isWhole(field.unwrap())
  return field instanceof z.ZodNumber
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

/** An operator's own words back to the operator, bounded and without control characters. */
function shown(text: string): string {
  return text.slice(0, 60).replaceAll(/\p{Cc}/gu, '·')
}

function invalid(message: string): CandorError {
  return new CandorError('PARAMETER_INVALID', message)
}
