/**
 * What one report of TimescaleDB says of its sender, and how it is laid out for the contract's
 * paths.
 */
import { isObject, type JsonObject } from '../../protocols/json.ts'
import type { WireSource } from '../../record.ts'
import { ownFunctions } from './own-functions.ts'

export interface Report {
  readonly source: Omit<WireSource, 'product'>
  readonly fields: JsonObject
  readonly version: string | undefined
  readonly postgresqlMajor: number | undefined
  /** Of the enterprise edition of 1.2 to 1.7, which ended with it. */
  readonly licence: Licence | undefined
}

export interface Licence {
  /** Names a customer: it is the account, and is let go of at once. */
  readonly id: string
  readonly fields: JsonObject
}

/**
 * Undefined for JSON that no TimescaleDB would send: every report since 0.12 has an id and a
 * version.
 */
export function readReport(body: unknown): Report | undefined {
  if (!isObject(body)) return undefined
  const installation = uuidOf(body['db_uuid'])
  const version = textOf(body['timescaledb_version'])
  if (installation === undefined || version === undefined) return undefined
  return {
    source: {
      installation,
      lineage: uuidOf(body['exported_db_uuid']),
      version,
      level: levelOf(body['functions_used']),
      environment: environmentOf(body)
    },
    fields: reduced(body),
    version,
    postgresqlMajor: majorOf(body['postgresql_version']),
    licence: licenceOf(body['license'])
  }
}

const licenceIdLengthMax = 128

/** What else may stand in the block is drift of the report, and so is not said a second time. */
function licenceOf(block: unknown): Licence | undefined {
  if (!isObject(block) || block['edition'] !== 'enterprise') return undefined
  const { id, kind, start_time, end_time } = block
  if (typeof id !== 'string' || id.trim() === '' || id.length > licenceIdLengthMax) return undefined
  return { id: id.trim(), fields: { kind, start_time, end_time } }
}

/** `null` is level `no_functions`; at `basic` it is an object, though nothing may be in it. */
function levelOf(functions: unknown): 'no_functions' | 'basic' | undefined {
  if (functions === null) return 'no_functions'
  return isObject(functions) ? 'basic' : undefined
}

/**
 * What the contract's types cannot cut to measure by themselves: whoever builds a kernel may put a
 * name behind its number.
 */
function reduced(body: JsonObject): JsonObject {
  const { functions_used: functions, build_os_version: system } = body
  return {
    ...body,
    ...(isObject(functions) ? { functions_used: shortened(functions) } : {}),
    ...(typeof system === 'string'
      ? { build_os_version: /^\d{1,5}(?:\.\d{1,5})?/.exec(system)?.[0] ?? '' }
      : {})
  }
}

const knownSchemas =
  'pg_catalog|public|_timescaledb_(?:functions|internal|catalog|config|cache|debug)|timescaledb_(?:information|experimental)|toolkit_experimental'
// Only right after a parenthesis or comma: `acme_public.` is somebody's own schema.
const knownQualifier = new RegExp(`(?<=[(,])(?:${knownSchemas})\\.`, 'g')

const knownSchema = new RegExp(`^(?:${knownSchemas})\\.`)

/**
 * `pg_catalog.text(pg_catalog.name)` becomes `pg_catalog.text(name)`. A point that is left between
 * the parentheses belongs to a schema
 * that somebody named, and so the contract's pattern keeps the signature out. The extension's own
 * functions carry the schema that it was created in: they are said as everybody else's.
 */
export function shortSignature(signature: string): string {
  const open = signature.indexOf('(')
  if (open < 0) return signature
  const name = signature.slice(0, open)
  const own = name.slice(name.lastIndexOf('.') + 1)
  const isElsewhere = !knownSchema.test(name) && ownFunctions.has(own)
  return (isElsewhere ? `public.${own}` : name) + signature.slice(open).replace(knownQualifier, '')
}

function shortened(functions: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(functions).map(([signature, count]) => [shortSignature(signature), count])
  )
}

/**
 * No report says whether it comes from CI or a container, so neither is guessed. A database is a
 * service by its nature.
 */
function environmentOf(body: JsonObject): Readonly<Record<string, unknown>> {
  return {
    class: 'service',
    automation: 'unknown',
    container: 'unknown',
    os: wordOf(systems, body['os_name']),
    os_version: body['os_release'],
    arch: wordOf(architectures, body['build_architecture'])
  }
}

/** As `uname` says them. `Unknown` is what TimescaleDB says when it could not ask. */
const systems: ReadonlyMap<string, string | undefined> = new Map([
  ['linux', 'linux'],
  ['darwin', 'darwin'],
  ['windows', 'windows'],
  ['freebsd', 'freebsd'],
  ['unknown', undefined]
])

const architectures: ReadonlyMap<string, string | undefined> = new Map([
  ['x86_64', 'x64'],
  ['amd64', 'x64'],
  ['aarch64', 'arm64'],
  ['arm64', 'arm64'],
  ['i686', 'ia32'],
  ['armv7l', 'arm'],
  ['ppc64le', 'ppc64'],
  ['s390x', 's390x'],
  ['riscv64', 'riscv64']
])

function wordOf(
  words: ReadonlyMap<string, string | undefined>,
  value: unknown
): string | undefined {
  if (typeof value !== 'string') return undefined
  const word = value.toLowerCase()
  return words.has(word) ? words.get(word) : 'other'
}

function uuidOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)
    ? value.toLowerCase()
    : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** `9.6` counts as 9: releases name majors, and nothing before 9.6 was ever supported. */
function majorOf(value: unknown): number | undefined {
  const digits = typeof value === 'string' ? /^(\d{1,3})(?:\.|$)/.exec(value)?.[1] : undefined
  return digits === undefined ? undefined : Number(digits)
}
