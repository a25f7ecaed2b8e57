/**
 * Where does this program run, as far as a user would not mind to say: who drives it, in what, on
 * which kind of system?
 */
import { systemEffects, type Effects } from '../effects.ts'
import {
  agents,
  ciVendors,
  containers,
  isNo,
  notebooks,
  orchestrators,
  placesIn,
  serverless,
  tests,
  workspaces,
  type DetectionRule
} from '#values/places'
import { quietly } from '../quietly.ts'

/** Already as coarse as the collector keeps it, so that a preview shows what is known. */
export interface Surroundings {
  readonly class: 'interactive' | 'service' | 'batch' | 'unknown'
  /** A test counts as one even in CI, and CI even under an agent. */
  readonly automation: 'none' | 'ci' | 'agent' | 'test'
  readonly container: boolean
  readonly os: string
  /** The first two numbers. */
  readonly os_version: string | undefined
  readonly arch: string
  /** `node 20.19` */
  readonly runtime: string
  /** A power of two, at most 128. */
  readonly cpu: number
  /** The CI's name; `unknown` if only a general variable says so. */
  readonly ci: string | undefined
  /** What schedules it: airflow, dagster, prefect, aws_lambda … */
  readonly orchestrators: readonly string[]
  /**
   * All known names of what it runs in, for a contract that wants them told apart: docker,
   * kubernetes, notebook, github_actions, claude_code …
   */
  readonly places: readonly string[]
  /**
   * Somebody reads, or comes back to, what is written here: false in CI, in functions and under
   * schedulers, and in containers without a terminal.
   */
  readonly kept: boolean
}

type World = Pick<Effects, 'variables' | 'files' | 'system'>

export function detectEnvironment(
  world: World = systemEffects,
  runs: 'program' | 'service' = 'program'
): Surroundings {
  const { variables, system } = world
  // Asked once: each look at a variable of the process goes through the system, and there are a
  // hundred to look at.
  const names = new Set(Object.keys(variables))
  const found = (rows: readonly DetectionRule[]): readonly string[] =>
    placesIn(rows, variables, names)
  // Whoever says that it is no CI is believed before any other variable.
  const ci = isNo(variables['CI'] ?? '') ? undefined : found(ciVendors)[0]
  const driven = found(agents)
  const scheduled = [...found(orchestrators), ...(ci === undefined ? found(serverless) : [])]
  const written = found(notebooks)
  const contained = containerNames(world, found(containers))
  const isTest = found(tests).length > 0
  const isTerminal =
    system.isTerminal('stdin') || system.isTerminal('stdout') || system.isTerminal('stderr')
  const isContainer = contained.length > 0
  // What a contract does not declare is not even asked for.
  return Object.freeze({
    class:
      runs === 'service'
        ? 'service'
        : ci !== undefined || scheduled.length > 0
          ? 'batch'
          : written.length > 0 || (isTerminal && driven.length === 0)
            ? 'interactive'
            : 'unknown',
    automation: isTest ? 'test' : ci !== undefined ? 'ci' : driven.length > 0 ? 'agent' : 'none',
    container: isContainer,
    os: system.platform === 'win32' ? 'windows' : system.platform,
    get os_version() {
      return /\d+(?:\.\d+)?/.exec(quietly('', () => system.osRelease()))?.[0]
    },
    arch: system.arch,
    runtime: `node ${/\d+(?:\.\d+)?/.exec(system.nodeVersion)?.[0] ?? ''}`.trim(),
    get cpu() {
      const count = quietly(1, () => system.cpuCount())
      return Math.min(128, 2 ** Math.floor(Math.log2(Math.max(1, count))))
    },
    ci,
    orchestrators: scheduled,
    get places() {
      const names = [
        ...contained,
        ...found(workspaces),
        ...(ci === undefined ? [] : [ci]),
        ...written,
        ...scheduled,
        ...driven
      ]
      return [...new Set(names)].filter((name) => name !== 'unknown')
    },
    kept: ci === undefined && scheduled.length === 0 && (isTerminal || !isContainer)
  })
}

function containerNames({ files, system }: World, names: readonly string[]): readonly string[] {
  if (system.platform !== 'linux') return names
  const cgroup = quietly('', () => files.readFileSync('/proc/1/cgroup', 'utf8'))
  const found = [
    ...names,
    ...(quietly(false, () => files.existsSync('/.dockerenv')) || cgroup.includes('docker')
      ? ['docker']
      : []),
    ...(quietly(false, () => files.existsSync('/run/.containerenv')) || cgroup.includes('libpod')
      ? ['podman']
      : []),
    ...(cgroup.includes('kubepods') ? ['kubernetes'] : []),
    ...(/containerd|\/lxc|garden|crio/.test(cgroup) ? ['unknown'] : [])
  ]
  return [...new Set(found)]
}
