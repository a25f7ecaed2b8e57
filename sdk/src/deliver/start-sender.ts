/**
 * Who sends what a program leaves that ends before any answer can come? It is one process of the
 * SDK's own, at most once a period.
 */
import { DAY_MS } from '#values/days'
import { variablePrefix } from '../consent/sources.ts'
import type { Effects } from '../effects.ts'
import type { Surroundings } from '../environment/environment.ts'
import type { ContractForm } from '../form.ts'
import { fullSpoolFile, spoolFile } from '../record/spool.ts'
import { baseFolder, hex, type StateFolder } from '../state/state-folder.ts'
import type { Settings, TelemetryOptions } from '../telemetry.ts'
import { isDue } from './due.ts'

/**
 * What it is told, in the state folder: nothing of it stands in a list of processes. Being there,
 * it is whose turn it is.
 */
export const briefFile = 'sender.json'

export interface SenderBrief {
  readonly candor: 1
  /** Milliseconds since 1970, when it was started. */
  readonly at: number
  /** How many were started before it of which nothing was heard. */
  readonly silent: number
  readonly form: ContractForm
  readonly options: Pick<
    TelemetryOptions,
    | 'endpoint'
    | 'writeKey'
    | 'insecure'
    | 'ca'
    | 'folder'
    | 'idFile'
    | 'projectFile'
    | 'account'
    | 'ids'
    | 'flag'
  >
  /** What the host's and the project's configuration said. */
  readonly settings: readonly Settings[]
  /** Whether anybody reads what is written there. */
  readonly kept: boolean
}

export interface SenderParts {
  readonly form: ContractForm
  readonly options: TelemetryOptions
  readonly state: StateFolder
  readonly settings: readonly Settings[]
  readonly environment: () => Surroundings
  readonly effects: Effects
}

/**
 * It ends within ten seconds; one that did not even say that it began is followed by another only
 * after a while, and then more rarely.
 */
const silenceMs = 60_000
const silenceMsMax = DAY_MS

/**
 * Whether a program may leave its reports to a process that outlives it. Not where nobody would
 * expect one (under test, in CI), where it
 * would end with its program (a function, a container that keeps nothing), and where somebody wants
 * none.
 */
export function mayLeaveToSender({
  isInProcess,
  environment,
  findsState,
  effects
}: {
  readonly isInProcess: boolean
  readonly environment: Surroundings
  readonly findsState: boolean
  readonly effects: Pick<Effects, 'system'>
}): boolean {
  const { automation, orchestrators, container } = environment
  return (
    !isInProcess &&
    !/^(?:ci|test)$/.test(automation) &&
    orchestrators.length === 0 &&
    (!container || (findsState && effects.system.processId !== 1)) &&
    effects.system.senderScript() !== undefined
  )
}

/**
 * Starts it if something waits and its time has come. Synchronous, since it is asked when nothing
 * else runs any more. Never throws.
 */
export function startSender(parts: SenderParts): void {
  const { form, options, state, effects } = parts
  const isDueNow = (): boolean => isDue(state.read('delivery.json'), effects.now())
  if (!isDueNow() || !isWaiting(state)) return
  const script = effects.system.senderScript()
  if (script === undefined) return
  const silent = silentBefore(state, effects)
  if (silent === undefined) return
  const brief: SenderBrief = {
    candor: 1,
    at: effects.now(),
    silent,
    form,
    options: handedOver(form, options, effects),
    settings: parts.settings,
    kept: parts.environment().kept
  }
  if (state.createOnce(briefFile, JSON.stringify(brief)) !== 'made') return
  // Whoever had it has written when the next period begins before giving it back.
  const isStarted =
    isDueNow() && effects.system.startDetached(script, state.path ?? '', variablesOf(form, effects))
  if (!isStarted) state.remove(briefFile)
}

/**
 * Undefined: another one is under way, or the last one has said nothing and it is too early to try
 * again.
 */
function silentBefore(
  state: StateFolder,
  effects: Pick<Effects, 'now' | 'randomBytes'>
): number | undefined {
  const before = state.read(briefFile, Number.POSITIVE_INFINITY)
  if (before === undefined) return 0
  const { at = 0, silent = 0 } = readBrief(before) ?? {}
  const pause = Math.min(silenceMsMax, silenceMs * 4 ** Math.min(silent, 8))
  const passed = effects.now() - at
  if (passed >= 0 && passed < pause) return undefined
  // Taken away under another name first: what somebody else has put there meanwhile is given back.
  const aside = `sender-${hex(effects.randomBytes(6))}.old`
  if (!state.rename(briefFile, aside)) return undefined
  const taken = state.read(aside, Number.POSITIVE_INFINITY)
  state.remove(aside)
  if (taken === before) return silent + 1
  state.createOnce(briefFile, taken ?? '')
  return undefined
}

function isWaiting(state: StateFolder): boolean {
  return (
    state.sizeOf(spoolFile) + state.sizeOf(fullSpoolFile) > 0 || state.list('outbox').length > 0
  )
}

/** Paths as they are from here: it works in another folder. */
function handedOver(
  form: ContractForm,
  options: TelemetryOptions,
  effects: Effects
): SenderBrief['options'] {
  const { endpoint, writeKey, insecure, ca, idFile, projectFile, account, ids, flag } = options
  const working = effects.system.workingFolder()
  const isRelative = projectFile !== undefined && !/^(?:\/|[A-Za-z]:|\\\\)/.test(projectFile)
  const given = {
    endpoint,
    writeKey,
    insecure,
    ca,
    idFile,
    account,
    ids,
    flag,
    folder: baseFolder({ product: form.product, folder: options.folder, effects }),
    projectFile: isRelative && working !== undefined ? `${working}/${projectFile}` : projectFile
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const kept =
  /^(?:PATH|HOME|USERPROFILE|HOMEDRIVE|HOMEPATH|LOCALAPPDATA|APPDATA|ProgramData|SystemRoot|XDG_\w+|(?:https?|all|no)_proxy|REQUEST_METHOD|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|SSL_CERT_(?:FILE|DIR)|DO_NOT_TRACK)$/i

/** Where it finds home, network and authorities, and all that may say no. */
function variablesOf(form: ContractForm, { variables }: Effects): Readonly<Record<string, string>> {
  const named = new Set<unknown>([
    ...form.controls.flatMap(({ variable, was }) => [variable, was]),
    ...Object.values(form.endpoint ?? {}),
    form.identity.account?.from
  ])
  const own = `${variablePrefix(form)}_TELEMETRY`
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        (kept.test(entry[0]) || entry[0].startsWith(own) || named.has(entry[0]))
    )
  )
}

export function readBrief(text: string | undefined): SenderBrief | undefined {
  try {
    const brief = JSON.parse(text ?? '') as SenderBrief | null
    return brief?.candor === 1 && Number.isSafeInteger(brief.at) ? brief : undefined
  } catch {
    return undefined
  }
}
