/** Where do reports go, who said so, and may they? */
import type { Effects } from '../effects.ts'
import type { ContractForm } from '../form.ts'
import type { Settings, TelemetryOptions } from '../telemetry.ts'
import { textOf, type MachinePolicy } from './policy.ts'
import { variablePrefix, type SourcesRead } from './sources.ts'

export interface Endpoint {
  /** Undefined: reports wait, and `warning` says for what. */
  readonly url: string | undefined
  /** A variable's name, a file's path, or a word for people. */
  readonly from: string
  /** Set: Segment's wire. */
  readonly writeKey?: string
  readonly warning?: string
}

export interface EndpointInput {
  readonly form: Pick<ContractForm, 'product' | 'endpoint'>
  readonly options: Pick<TelemetryOptions, 'endpoint' | 'writeKey' | 'insecure'>
  readonly policy: MachinePolicy
  readonly settings: readonly Settings[]
  readonly project: SourcesRead['projectEndpoint']
  /** Projects' endpoints that the user said yes to. */
  readonly accepted: readonly string[]
  readonly effects: Pick<Effects, 'variables'>
}

/**
 * The nearest that says something: option, variable, project, user, contract; but a machine's is
 * final.
 */
export function resolveEndpoint({
  form,
  options,
  policy,
  settings,
  project,
  accepted,
  effects
}: EndpointInput): Endpoint {
  const user = settings.find(({ scope }) => scope !== 'project')
  const keys = user?.keys ?? {}
  const names = (...keyNames: string[]): string[] =>
    keyNames.flatMap((name) => form.endpoint?.[name] ?? [])
  const variables = names('variable', 'segment_variable')
  // ReadySet's contract names the variable of a write key where others name that of an address.
  const isKey = (name: string): boolean => /WRITE_KEY$/i.test(name)
  const set = (candidates: readonly string[]): { name: string; value: string } | undefined =>
    candidates
      .map((name) => ({ name, value: textOf(effects.variables[name]) ?? '' }))
      .find(({ value }) => value !== '')
  const prefix = `${variablePrefix(form)}_TELEMETRY`
  const variable = set([`${prefix}_ENDPOINT`, ...variables.filter((name) => !isKey(name))])
  const writeKey =
    policy.writeKey ??
    textOf(options.writeKey) ??
    set([`${prefix}_WRITE_KEY`, ...variables.filter(isKey)])?.value ??
    (project !== undefined && accepted.includes(project.url) ? project.writeKey : undefined) ??
    textOf(user?.writeKey) ??
    names('segment_key').map((name) => textOf(keys[name]))[0]
  const at = (text: string, from: string): Endpoint => ({
    ...checked(text, from, options.insecure === true),
    ...(writeKey && { writeKey })
  })
  if (policy.endpoint !== undefined)
    return at(policy.endpoint, policy.where ?? 'the machine’s policy')
  const option = textOf(options.endpoint)
  if (option !== undefined) return at(option, 'the program')
  if (variable !== undefined) return at(variable.value, variable.name)
  if (project !== undefined) {
    if (accepted.includes(project.url)) return at(project.url, project.where)
    return {
      url: undefined,
      from: project.where,
      warning: `this project wants reports to go to ${project.url}: they wait until you accept that`
    }
  }
  const configured =
    textOf(user?.endpoint) ??
    names('key', 'was')
      .map((name) => textOf(keys[name]))
      .find(Boolean)
  if (configured !== undefined) return at(configured, 'the host’s configuration')
  return ofContract(form, writeKey, (text, key) => ({
    ...checked(text, 'the contract', options.insecure === true),
    ...(key && { writeKey: key })
  }))
}

/**
 * Where a call of Segment's ends: to take it for a collector's base would post reports to nobody.
 */
const segmentPath = /\/v1\/(?:alias|batch|group|identify|import|page|screen|track)\/?$/

/**
 * A collector (`default`), or a source of Segment's (`segment`, `write_key`); with both, whoever
 * names a write key means the source.
 */
function ofContract(
  { endpoint = {} }: EndpointInput['form'],
  named: string | undefined,
  at: (url: string, writeKey: string | undefined) => Endpoint
): Endpoint {
  const collector = segmentPath.test(endpoint['default'] ?? '') ? undefined : endpoint['default']
  const source = endpoint['segment'] ?? (collector === undefined ? endpoint['default'] : undefined)
  const isSource = source !== undefined && (named !== undefined || collector === undefined)
  const url = isSource ? source : collector
  if (url === undefined) return { url, from: 'nobody', warning: 'no endpoint is set' }
  const key = named ?? (isSource ? endpoint['write_key'] : undefined)
  return isSource && key === undefined
    ? {
        url: undefined,
        from: 'the contract',
        warning: `${source} is a source of Segment’s: reports wait for its write key`
      }
    : at(url, key)
}

const loopback = /^(?:localhost|.*\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * A host without a scheme means https; plain http only stays on this machine, unless somebody said
 * that it may be read on the way.
 */
function checked(text: string, from: string, insecure: boolean): Endpoint {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`
  const url = URL.canParse(whole) ? new URL(whole) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '')
    return { url: undefined, from, warning: 'this is no address that reports can go to' }
  if (url.protocol === 'http:' && !insecure && !loopback.test(url.hostname))
    return {
      url: undefined,
      from,
      warning: 'plain http can be read on the way: use https, or say `insecure`'
    }
  return { url: url.href, from }
}
