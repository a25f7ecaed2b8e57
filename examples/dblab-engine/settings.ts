/** What does server.yml say: of the engine, and of its telemetry? */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export interface EngineSettings {
  readonly port: number
  /** Where meta/instance_id lies. */
  readonly folder: string
  readonly databaseVersion: string
  readonly pool: { readonly type: string; readonly size: number; readonly used: number }
  readonly retrieval: {
    readonly mode: string
    readonly refresh: string
    readonly jobs: readonly string[]
  }
  /** `platform.enableTelemetry`, and the name that it had before: whichever stands there. */
  readonly telemetry: Readonly<Record<string, unknown>>
  readonly platformUrl: string | undefined
  readonly feedKeys: readonly { readonly id: string; readonly key: string }[]
}

/**
 * Throws if the file is no YAML, with YAML's own message. Reading what it says of telemetry never
 * fails.
 */
export function readSettings(path: string): EngineSettings {
  const document: unknown = parse(readFileSync(path, 'utf8'))
  const at = (...keys: readonly string[]): unknown =>
    keys.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), document)
  const text = (otherwise: string, ...keys: readonly string[]): string =>
    String(at(...keys) ?? otherwise)
  const url = at('platform', 'url')
  const telemetry = {
    'platform.enableTelemetry': at('platform', 'enableTelemetry'),
    'global.telemetry.enabled': at('global', 'telemetry', 'enabled')
  }
  return {
    port: Number(at('server', 'port') ?? 0),
    folder: text('.', 'folder'),
    databaseVersion: text('16', 'databaseContainer', 'version'),
    pool: {
      type: text('zfs', 'pool', 'type'),
      size: Number(at('pool', 'size') ?? 0),
      used: Number(at('pool', 'used') ?? 0)
    },
    retrieval: {
      mode: text('logical', 'retrieval', 'mode'),
      refresh: text('', 'retrieval', 'refresh', 'timetable'),
      jobs: listOf(at('retrieval', 'jobs'))
    },
    telemetry: Object.fromEntries(
      Object.entries(telemetry).filter(([, value]) => value !== undefined)
    ),
    platformUrl: typeof url === 'string' ? url : undefined,
    feedKeys: (Array.isArray(at('versions', 'keys'))
      ? at('versions', 'keys')
      : []) as EngineSettings['feedKeys']
  }
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
