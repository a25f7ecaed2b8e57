/** What do dlt's own configuration files say of telemetry? */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '@candor/sdk'
import { parse } from 'smol-toml'

/** Strongest last does not matter: any off wins, and a project may only lower. */
export function settingsOf({
  project,
  data
}: {
  readonly project: string
  readonly data: string
}): readonly Settings[] {
  return [
    settingsIn(join(project, '.dlt', 'config.toml'), 'project'),
    settingsIn(join(data, 'config.toml'), 'user')
  ].filter((settings) => settings !== undefined)
}

function settingsIn(path: string, scope: 'project' | 'user'): Settings | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  let runtime: Readonly<Record<string, unknown>>
  try {
    runtime = (parse(text)['runtime'] ?? {}) as Readonly<Record<string, unknown>>
  } catch {
    // A file that cannot be read may hold a no.
    return { scope, enabled: false }
  }
  const keys = Object.fromEntries(
    Object.entries(runtime).map(([name, value]) => [`runtime.${name}`, value])
  )
  const textAt = (name: string): string | undefined =>
    typeof runtime[name] === 'string' ? runtime[name] : undefined
  const [endpoint, writeKey] = [
    textAt('dlthub_telemetry_endpoint'),
    textAt('dlthub_telemetry_segment_write_key')
  ]
  return {
    scope,
    keys,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(writeKey === undefined ? {} : { writeKey })
  }
}
