/**
 * Where did an event of dlt come from? Read from its `context`, in the words that all products
 * share.
 */
import { isObject, type JsonObject } from '../../protocols/json.ts'

const agents = ['claude_code', 'claude_code_cli', 'cursor', 'codex']
const orchestrators = ['airflow', 'dagster', 'prefect', 'aws_lambda', 'gcp_cloud_function']
const notebooks = ['notebook', 'colab', 'marimo']

/** Parts that the context does not tell are absent: nothing is guessed. */
export function environmentOf(context: unknown): Readonly<Record<string, unknown>> {
  const {
    ci_run: isCi,
    exec_info: told,
    os,
    python,
    cpu
  }: JsonObject = isObject(context) ? context : {}
  const places = Array.isArray(told) ? (told as readonly unknown[]) : undefined
  const isIn = (names: readonly string[]): boolean =>
    places?.some((place) => names.some((name) => name === place)) ?? false
  return {
    class: isIn(orchestrators) ? 'batch' : isIn(notebooks) ? 'interactive' : 'unknown',
    automation: automationOf({
      isCi: isCi === true || isIn(['github_actions']),
      isAgent: isIn(agents),
      isTold: isCi === false
    }),
    container: places === undefined ? 'unknown' : isIn(['docker', 'kubernetes']),
    os: isObject(os) ? systemOf(os['name']) : undefined,
    os_version: isObject(os) ? os['version'] : undefined,
    runtime: typeof python === 'string' ? `python ${python}` : undefined,
    cpu
  }
}

/**
 * dlt says that it is in CI as soon as a variable such as CI exists, even `CI=false`; that is its
 * own word, and kept as such.
 */
function automationOf({
  isCi,
  isAgent,
  isTold
}: {
  readonly isCi: boolean
  readonly isAgent: boolean
  readonly isTold: boolean
}): string {
  if (isCi) return 'ci'
  if (isAgent) return 'agent'
  return isTold ? 'none' : 'unknown'
}

/** As Python's `platform.system()` says them. */
const systems: ReadonlyMap<unknown, string> = new Map([
  ['Linux', 'linux'],
  ['Darwin', 'darwin'],
  ['Windows', 'windows'],
  ['FreeBSD', 'freebsd']
])

function systemOf(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined
  return systems.get(name) ?? 'other'
}
