/** Holds an answer of the API against what the description says of it. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { OpenApi } from './openapi.ts'

export interface Told {
  readonly method: string
  /** With or without what stands behind the question mark. */
  readonly path: string
  readonly status: number
  readonly body: unknown
}

/** What is not as described; nothing where all is, or where the path is none of the API. */
export function describedBy(document: OpenApi): (told: Told) => readonly string[] {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    allowUnionTypes: true,
    formats: { date: true, 'date-time': true }
  })
  const here = (schema: object): object =>
    JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components/schemas/', '"candor#/$defs/')
    ) as object
  ajv.addSchema({ $id: 'candor', $defs: here(document.components.schemas) })
  const validators = new Map<string, ValidateFunction>()
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(
        `^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`
      ),
      operation
    }))
  )
  return ({ method, path, status, body }) => {
    const [plain = ''] = path.split('?')
    const found = operations.find((each) => each.method === method && each.pattern.test(plain))
    if (found === undefined) return []
    const { responses, operationId } = found.operation
    const key = status === 200 ? '200' : 'default'
    const schema = responses[key]?.content['application/json']?.schema
    if (schema === undefined) return [`${method} ${plain} describes no JSON`]
    const name = `${operationId} ${key}`
    const validate = validators.get(name) ?? ajv.compile(here(schema))
    validators.set(name, validate)
    if (validate(body)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${method} ${plain} ${status}: ${instancePath} ${message} ${JSON.stringify(params)}`
    )
  }
}
