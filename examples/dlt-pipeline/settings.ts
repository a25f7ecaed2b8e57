/** What do dlt's own configuration files say of telemetry, and how does a flag change them? */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Settings } from '@candor/sdk'
import { parse } from 'smol-toml'

interface Folders {
  readonly project: string
  /** The user's own. */
  readonly data: string
}

const projectFile = ({ project }: Folders): string => join(project, '.dlt', 'config.toml')
const userFile = ({ data }: Folders): string => join(data, 'config.toml')

/** Strongest last does not matter: any off wins, and a project may only lower. */
export function settingsOf(folders: Folders): readonly Settings[] {
  return [
    settingsIn(projectFile(folders), 'project'),
    settingsIn(userFile(folders), 'user')
  ].filter((settings) => settings !== undefined)
}

/**
 * Off and on write the same files, as dlt's page says: the project's, if there is one, and the
 * user's. Whatever else stands in them stays. Gives the paths that could not be changed.
 */
export function writeSettings(
  folders: Folders,
  { enabled }: { readonly enabled: boolean }
): readonly string[] {
  const project = projectFile(folders)
  return [...(existsSync(project) ? [project] : []), userFile(folders)].filter((path) => {
    try {
      writeSetting(path, enabled)
      return false
    } catch {
      return true
    }
  })
}

function writeSetting(path: string, enabled: boolean): void {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const changed = withSetting(text, enabled)
  if (changed === text) return
  mkdirSync(dirname(path), { recursive: true })
  const next = `${path}.next`
  writeFileSync(next, changed)
  renameSync(next, path)
}

const setting = 'dlthub_telemetry'

/** Throws when the text is no TOML, or is written in a way that this does not change. */
function withSetting(text: string, enabled: boolean): string {
  const line = `${setting} = ${enabled}`
  const lines = text.split('\n')
  const table = lines.findIndex((each) => /^\s*\[\s*runtime\s*\]/.test(each))
  const own = new RegExp(`^\\s*(runtime\\.)?${setting}\\s*=`)
  const at = lines.findIndex((each) => own.test(each))
  if (at >= 0) lines[at] = `${own.exec(lines[at] ?? '')?.[1] ?? ''}${line}`
  else if (table >= 0) lines.splice(table + 1, 0, line)
  else lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, '[runtime]', line)
  const changed = at < 0 && text === '' ? `[runtime]\n${line}\n` : lines.join('\n')
  const { runtime } = parse(changed) as { readonly runtime?: Readonly<Record<string, unknown>> }
  if (runtime?.[setting] !== enabled) throw new TypeError(`${setting} stands where no key is`)
  return changed
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
