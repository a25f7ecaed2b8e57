/** Which requests lie in a product's `fixtures/`, and what does its contract keep of them? */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  compileContract,
  parseContract,
  type CompiledContract,
  type Validation
} from '@candor/contract'
import type { WireRequest } from '../protocols/protocol.ts'
import type { WireRecord } from '../record.ts'

/** Noon, on the day that the pages' examples are dated. */
export const receivedAt = Date.UTC(2026, 10, 20, 12)

/** Names of the `.http` files, without the ending. */
export function recordedNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.http'))
    .map((name) => name.slice(0, -'.http'.length))
    .sort()
}

export function recordedRequest(folder: string, name: string): WireRequest {
  const bytes = readFileSync(join(folder, `${name}.http`))
  const bodyAt = bytes.indexOf('\r\n\r\n')
  const [start = '', ...lines] = bytes.subarray(0, bodyAt).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim()
    ])
  )
  const body = bytes.subarray(bodyAt + 4)
  if (Number(headers['content-length']) !== body.length)
    throw new Error(`${name}.http: Content-Length is not the body's`)
  return { path: start.split(' ')[1] ?? '', query: '', headers, body, receivedAt }
}

export function requestWith(
  path: string,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {}
): WireRequest {
  return { path, query: '', headers, body: Buffer.from(body as string), receivedAt }
}

export function contractIn(folder: string): CompiledContract {
  const parsed = parseContract(readFileSync(join(folder, 'contract.yaml'), 'utf8'))
  if (parsed.is === 'invalid')
    throw new Error(
      parsed.problems
        .map(({ line, column, code, message }) => `${line}:${column} ${code} ${message}`)
        .join('\n')
    )
  return compileContract(parsed.contract)
}

/**
 * Tokens say what they stand for, but not the value: a raw one that survives is found by its text.
 */
export function validated(contract: CompiledContract, record: WireRecord): Validation {
  const { name, wire, fields } = record
  return contract.validate({
    name,
    wire,
    fields,
    level: undefined,
    rekey: ({ field, scope }) => `token of ${field}, per ${scope}`
  })
}

/**
 * What a reader of a golden file wants to see: who, when, what; with nothing of the request that is
 * not kept.
 */
export function keptText(contract: CompiledContract, record: WireRecord): string {
  const { installation, account, session, version, environment } = record.source
  const validation = validated(contract, record)
  const kept = {
    name: validation.is === 'kept' ? validation.name : 'dropped',
    installation,
    account,
    session,
    version,
    environment,
    occurredAt:
      record.occurredAt === undefined ? undefined : new Date(record.occurredAt).toISOString(),
    fields: validation.is === 'kept' ? validation.fields : {},
    violations: validation.violations
  }
  return `${JSON.stringify(kept, null, 2)}\n`
}
