/**
 * Who says what about this program's telemetry? Each source is looked at, the strongest first, and
 * explained.
 */
import type { Effects } from '../effects.ts'
import type { ContractForm, ControlForm } from '../form.ts'
import type { Settings, TelemetryOptions } from '../telemetry.ts'
import type { ConsentFileSeen } from './consent-file.ts'
import { strengthOf, whereOf, type ConsentSource, type Saying } from './decision.ts'
import { readObject, textOf, type MachinePolicy } from './policy.ts'
import { readDeclared, readDoNotTrack, readWord, type Said } from './words.ts'

export interface SourcesRead {
  readonly sayings: readonly Saying[]
  /**
   * What the project's file or configuration names; asked for only where the user said yes to it.
   */
  readonly projectEndpoint?: {
    readonly url: string
    readonly writeKey?: string
    readonly where: string
  }
}

export interface SourcesInput {
  readonly form: ContractForm
  readonly options: Pick<TelemetryOptions, 'compiledOut' | 'flag' | 'projectFile'>
  readonly policy: MachinePolicy
  /** The newest settings of each scope that the host handed over. */
  readonly settings: readonly Settings[]
  readonly file: ConsentFileSeen
  readonly fileWhere: string
  readonly effects: Pick<Effects, 'files' | 'variables'>
}

/** `<PRODUCT>` of `<PRODUCT>_TELEMETRY`. */
export function variablePrefix({ product }: Pick<ContractForm, 'product'>): string {
  return product.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}

export function readSayings(input: SourcesInput): SourcesRead {
  const { form, options, policy, file, effects } = input
  if (options.compiledOut)
    return { sayings: [{ source: 'compiled-out', where: whereOf('compiled-out'), says: 'off' }] }
  const levels = form.consent.levels.map(({ name }) => name)
  const sayings: Saying[] = [...policy.sayings]
  const add = (source: ConsentSource, where: string, said: Said): void => {
    sayings.push({ source, where, ...said })
  }
  add('DO_NOT_TRACK', whereOf('DO_NOT_TRACK'), readDoNotTrack(effects.variables['DO_NOT_TRACK']))
  const own = `${variablePrefix(form)}_TELEMETRY`
  add('variable', own, readWord(effects.variables[own], levels))
  for (const control of form.controls) {
    if (
      !isSwitch(control, 'variable') ||
      control['variable'] === own ||
      control['variable'] === 'DO_NOT_TRACK'
    )
      continue
    for (const name of namesOf(control, 'variable')) {
      const said = saidBy(control, name, 'variable', effects.variables[name], levels)
      if (said !== undefined) add('variable', name, said)
    }
  }
  for (const settings of input.settings) {
    const source = settings.scope === 'project' ? 'project-file' : 'configuration'
    const where = whereOf(source)
    if (settings.enabled !== undefined) add(source, where, readWord(settings.enabled))
    for (const [name, value] of Object.entries(settings.keys ?? {})) {
      const said = readKey(form, name, value, levels)
      if (said !== undefined) add(source, name, said)
    }
  }
  // `true` is what argument parsers put where nobody typed anything: it is no objection, and no
  // yes.
  const flag = readWord(options.flag === true ? undefined : options.flag)
  add('flag', whereOf('flag'), flag)
  const project =
    options.projectFile === undefined
      ? undefined
      : readProjectFile(options.projectFile, levels, effects.files)
  if (project !== undefined) add('project-file', project.where, project.said)
  if (file.is === 'unreadable')
    add('user-file', input.fileWhere, {
      says: 'off',
      suspected: true,
      warning: 'it cannot be read, and may hold a refusal, so it counts as off'
    })
  else {
    const { says, level } = file.is === 'read' ? file.file : {}
    add('user-file', input.fileWhere, { says, ...(typeof level === 'string' ? { level } : {}) })
  }
  const configured = input.settings.find(
    ({ scope, endpoint }) => scope === 'project' && textOf(endpoint) !== undefined
  )
  const projectEndpoint = project?.endpoint ?? endpointOf(configured, whereOf('project-file'))
  return {
    sayings: sayings.toSorted((one, other) => strengthOf(one) - strengthOf(other)),
    ...(projectEndpoint && { projectEndpoint })
  }
}

function endpointOf(
  from: { readonly endpoint?: unknown; readonly writeKey?: unknown } | undefined,
  where: string
): SourcesRead['projectEndpoint'] {
  const url = textOf(from?.endpoint)
  if (url === undefined) return undefined
  const writeKey = textOf(from?.writeKey)
  return { url, where, ...(writeKey === undefined ? {} : { writeKey }) }
}

interface ProjectFile {
  readonly where: string
  readonly said: Said
  readonly endpoint: SourcesRead['projectEndpoint']
}

function readProjectFile(
  where: string,
  levels: readonly string[],
  files: Effects['files']
): ProjectFile | undefined {
  let exists = true
  try {
    exists = files.existsSync(where)
  } catch {
    // Counts as there: what cannot be looked at may hold a refusal.
  }
  if (!exists) return undefined
  const document = readObject(where, files)
  if (document === undefined)
    return {
      where,
      said: { says: 'off', suspected: true, warning: 'it cannot be read, so it counts as off' },
      endpoint: undefined
    }
  const level = textOf(document['level'])
  const said = readWord(document['telemetry'], levels)
  return {
    where,
    said: level === undefined ? said : { ...said, level },
    endpoint: endpointOf(document, where)
  }
}

type Kind = 'variable' | 'key'

/**
 * Not each control switches: some only show, some give one thing less, some were never honoured.
 */
function isSwitch(control: ControlForm, kind: Kind): boolean {
  return (
    control[kind] !== undefined && control['off'] !== undefined && control['keeps'] === undefined
  )
}

/** The name of now, and the one of before if it had one. */
function namesOf(control: ControlForm, kind: Kind): readonly string[] {
  return [control[kind], control['was']].filter((name) => typeof name === 'string')
}

/** An old name that says off stays off for ever; its yes has run out. */
function saidBy(
  control: ControlForm,
  name: string,
  kind: Kind,
  value: unknown,
  levels: readonly string[]
): Said | undefined {
  const said = readDeclared(value, control['off'], levels)
  if (name === control[kind])
    return said.says === undefined && said.warning === undefined ? undefined : said
  if (said.says === undefined) return undefined
  const warning = `this is an old name: write ${String(control[kind])}`
  return said.says === 'on' ? { says: undefined, warning } : { ...said, warning }
}

function readKey(
  form: ContractForm,
  name: string,
  value: unknown,
  levels: readonly string[]
): Said | undefined {
  const found = form.controls.filter((control) => namesOf(control, 'key').includes(name))
  const switches = found.filter((control) => isSwitch(control, 'key'))
  // Two controls may share a key: `off` and a level that keeps some. The plainest no among what
  // they say counts.
  const sayings = switches.flatMap((control) => saidBy(control, name, 'key', value, levels) ?? [])
  const said = sayings.find(({ says }) => says === 'off') ?? sayings[0]
  if (said !== undefined || found.length > 0 || endpointKeys(form).has(name)) return said
  return { says: undefined, warning: 'no such key is known here' }
}

/** Keys of the host's configuration that name where reports go, not whether. */
function endpointKeys({ endpoint }: Pick<ContractForm, 'endpoint'>): ReadonlySet<string> {
  return new Set(['key', 'was', 'segment_key'].flatMap((key) => endpoint?.[key] ?? []))
}
