import { describe, expect, it } from 'vitest'
import type { Effects } from '../effects.ts'
import { systemEffects } from '../effects.ts'
import { detectEnvironment, type Surroundings } from './environment.ts'
import {
  agents,
  ciVendors,
  containers,
  notebooks,
  orchestrators,
  partsOf,
  serverless,
  tests,
  workspaces,
  type DetectionRule
} from '#values/places'

interface Machine {
  readonly variables?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly platform?: string
  readonly terminal?: boolean
}

function at(machine: Machine = {}, runs?: 'program' | 'service'): Surroundings {
  const files = new Map(Object.entries(machine.files ?? {}))
  const world: Pick<Effects, 'variables' | 'files' | 'system'> = {
    variables: machine.variables ?? {},
    files: {
      ...systemEffects.files,
      existsSync: (path) => files.has(String(path)),
      readFileSync: ((path: string) => {
        const text = files.get(path)
        if (text === undefined) throw new Error('ENOENT')
        return text
      }) as Effects['files']['readFileSync']
    },
    system: {
      ...systemEffects.system,
      platform: machine.platform ?? 'linux',
      arch: 'x64',
      nodeVersion: '20.20.2',
      osRelease: () => '6.18.44-fc-v657',
      cpuCount: () => 12,
      isTerminal: () => machine.terminal ?? false
    }
  }
  return detectEnvironment(world, runs)
}

/** Each sign of a row as the variables that make it true. */
function signsOf(
  rows: readonly DetectionRule[]
): readonly (readonly [name: string, variables: Record<string, string>])[] {
  return rows.flatMap((row) => {
    const [name = '', ...signs] = partsOf(row)
    return signs.map((sign) => {
      const parts = sign.split(/ (?=[A-Z_]+(?:$|[ =^]))/)
      return [
        name,
        Object.fromEntries(
          parts.map((part) => [/^[^=^]+/.exec(part)?.[0] ?? '', /[=^](.*)$/.exec(part)?.[1] ?? '1'])
        )
      ] as const
    })
  })
}

const nothing = at()

describe('a program on somebody’s machine', () => {
  it('is interactive where there is a terminal, and says nothing finer than the collector keeps', () => {
    expect(at({ terminal: true })).toEqual({
      class: 'interactive',
      automation: 'none',
      container: false,
      os: 'linux',
      os_version: '6.18',
      arch: 'x64',
      runtime: 'node 20.20',
      cpu: 8,
      ci: undefined,
      orchestrators: [],
      places: [],
      kept: true
    })
  })
  it('is not guessed at without one', () =>
    expect([nothing.class, nothing.automation]).toEqual(['unknown', 'none']))
  it('that says to be a service is one, wherever it runs', () => {
    expect(at({ variables: { CI: '1' } }, 'service').class).toBe('service')
  })
  it('names Windows by its name', () => expect(at({ platform: 'win32' }).os).toBe('windows'))
})

describe('CI', () => {
  it('knows at least 25 vendors', () => expect(ciVendors.length).toBeGreaterThan(25))
  it.each(signsOf(ciVendors))('is %s by %j', (name, variables) => {
    const found = at({ variables, terminal: true })
    expect([found.ci, found.automation, found.class, found.kept]).toEqual([
      name,
      'ci',
      'batch',
      false
    ])
  })
  it.each(['false', '0', '', 'no', 'OFF'])('is not there where CI=%s', (value) => {
    expect(at({ variables: { CI: value } }).automation).toBe('none')
  })
  it('is not there where CI=false, whatever else is set', () => {
    expect(at({ variables: { CI: 'false', GITHUB_ACTIONS: 'true' } }).automation).toBe('none')
  })
  it.each(signsOf(ciVendors).filter(([, variables]) => Object.values(variables).includes('1')))(
    '%s is not there when its variable says no: %j',
    (_name, variables) => {
      expect(
        at({ variables: Object.fromEntries(Object.keys(variables).map((key) => [key, 'false'])) })
          .automation
      ).toBe('none')
    }
  )
})

describe('automation', () => {
  it.each(signsOf(tests))('is a test in %s by %j', (_name, variables) => {
    expect(at({ variables }).automation).toBe('test')
  })
  it.each(signsOf(agents))(
    'is an agent in %s by %j, and nobody’s terminal then',
    (name, variables) => {
      const found = at({ variables, terminal: true })
      expect([found.automation, found.class]).toEqual(['agent', 'unknown'])
      if (name !== 'unknown') expect(found.places).toContain(name)
    }
  )
  it('is a test before CI, and CI before an agent', () => {
    const all = { CLAUDECODE: '1', CI: '1', VITEST: 'true' }
    expect(at({ variables: all }).automation).toBe('test')
    expect(at({ variables: { CLAUDECODE: '1', CI: '1' } }).automation).toBe('ci')
  })
  it('is none in an editor’s terminal where a human types', () => {
    const editors = [
      { TERM_PROGRAM: 'vscode' },
      { CURSOR_TRACE_ID: 'abc' },
      { TERM_PROGRAM: 'zed' },
      { REPL_ID: 'x' }
    ]
    for (const variables of editors)
      expect(at({ variables, terminal: true }).automation).toBe('none')
  })
})

describe('what runs it', () => {
  it.each(signsOf([...orchestrators, ...serverless]))('is %s by %j', (name, variables) => {
    const found = at({ variables })
    expect(found.orchestrators).toContain(name)
    expect([found.class, found.kept]).toEqual(['batch', false])
  })
  it.each(signsOf(notebooks))('is a notebook, %s, by %j', (name, variables) => {
    const found = at({ variables })
    expect([found.class, found.kept]).toEqual(['interactive', true])
    expect(found.places).toContain(name)
  })
  it.each(signsOf(workspaces))('is a workspace, %s, by %j', (name, variables) => {
    expect(at({ variables }).places).toContain(name)
  })
  it('tells the places that dlt’s page promises apart', () => {
    const variables = {
      KUBERNETES_SERVICE_HOST: '10.0.0.1',
      GITHUB_ACTIONS: 'true',
      CLAUDECODE: '1',
      AIRFLOW_CTX_DAG_ID: 'd'
    }
    const { places } = at({ variables, files: { '/.dockerenv': '' } })
    expect(places).toEqual(['kubernetes', 'docker', 'github_actions', 'airflow', 'claude_code'])
  })
})

describe('a container', () => {
  it.each(signsOf(containers))('is there, %s, by %j', (_name, variables) => {
    const found = at({ variables })
    expect([found.container, found.kept]).toEqual([true, false])
  })
  it.each([
    ['/.dockerenv', '', 'docker'],
    ['/run/.containerenv', '', 'podman'],
    ['/proc/1/cgroup', '12:cpu:/docker/4c9f', 'docker'],
    ['/proc/1/cgroup', '0::/kubepods.slice/burstable', 'kubernetes'],
    ['/proc/1/cgroup', '1:name=systemd:/machine.slice/libpod-77.scope', 'podman'],
    ['/proc/1/cgroup', '0::/system.slice/containerd.service', undefined],
    ['/proc/1/cgroup', '9:pids:/lxc/web', undefined]
  ])('is there by the file %s with %j', (path, text, name) => {
    const found = at({ files: { [path]: text } })
    expect([found.container, found.places]).toEqual([true, name === undefined ? [] : [name]])
  })
  it('with a terminal has somebody who reads', () => {
    expect(at({ files: { '/.dockerenv': '' }, terminal: true }).kept).toBe(true)
  })
  it('is not there on a machine whose first process is in no one’s group', () => {
    expect(at({ files: { '/proc/1/cgroup': '0::/init.scope' } }).container).toBe(false)
  })
})

it('detects nothing by an empty variable', () => {
  const rows = [
    ...ciVendors,
    ...tests,
    ...agents,
    ...orchestrators,
    ...serverless,
    ...notebooks,
    ...workspaces,
    ...containers
  ]
  const variables = Object.fromEntries(
    signsOf(rows).flatMap(([, signs]) => Object.keys(signs).map((name) => [name, ''] as const))
  )
  expect(at({ variables })).toEqual(nothing)
})
