/** Does what is deployed elsewhere fit what Candor is: its metrics, settings, ports and pages? */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8')
const has = (command: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

const rules = read('deploy', 'monitoring', 'candor.rules.yaml')
const dockerfile = read('deploy', 'container', 'Dockerfile')
const unit = read('deploy', 'systemd', 'candor.service')

const metricsIn = (text: string): readonly string[] => [
  ...new Set(
    [...text.matchAll(/\bcandor_[a-z0-9_]+/g)].map(([name]) => name.replace(/_bucket$/, ''))
  )
]

describe('alerts and the dashboard of Grafana', () => {
  const known = new Set(metricsIn(read('docs', 'reference', 'metrics.md')))
  const { groups } = parse(rules) as {
    groups: readonly { rules: readonly { alert: string; expr: string }[] }[]
  }
  const alerts = groups.flatMap((group) => group.rules)

  it('ask for metrics that there are', () => {
    const dashboard = JSON.parse(read('deploy', 'monitoring', 'candor.dashboard.json')) as {
      panels: readonly { targets: readonly { expr: string }[] }[]
    }
    const asked = [
      ...alerts.map(({ expr }) => expr),
      ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    ]
    expect(metricsIn(asked.join('\n')).filter((name) => !known.has(name))).toEqual([])
  })

  it('each have a heading in the runbook, and no heading is for nothing', () => {
    const headings = [...read('docs', 'guide', 'runbook.md').matchAll(/^## (.+)$/gm)]
    expect(headings.map(([, name]) => name)).toEqual(alerts.map(({ alert }) => alert))
  })

  // `.ci/run` installs it.
  it.runIf(has('promtool'))('begin and end when their tests say', () => {
    const tests = join(root, 'deploy', 'monitoring', 'candor.rules.test.yaml')
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', tests])
    expect(`${status} ${String(stdout)}${String(stderr)}`).toMatch(/^0 /)
  })
})

describe('the image, the manifests and the service', () => {
  const variables = (text: string): readonly string[] => [
    ...new Set([...text.matchAll(/\bCANDOR_[A-Z_]+/g)].map(([name]) => name))
  ]
  const known = new Set(variables(read('docs', 'reference', 'config.md')))
  const manifests = readdirSync(join(root, 'deploy', 'kubernetes')).filter(
    (name) => name.endsWith('.yaml') && name !== 'candor.yaml'
  )
  const objects = manifests.flatMap((name) =>
    parseAllDocuments(read('deploy', 'kubernetes', name)).map(
      (document) => document.toJS() as Readonly<Record<string, unknown>>
    )
  )

  it.each([
    ['Dockerfile', dockerfile],
    ['compose.yaml', read('deploy', 'container', 'compose.yaml')],
    ['collector.yaml', read('deploy', 'kubernetes', 'collector.yaml')],
    ['candor.service', unit]
  ])('%s sets what can be set', (_, text) => {
    expect(variables(text).filter((name) => !known.has(name))).toEqual([])
  })

  it('keep the secret on another disk than the data', () => {
    for (const text of [dockerfile, unit]) {
      expect(text).toContain('CANDOR_DATA=/var/lib/candor/data')
      expect(text).toContain('CANDOR_SECRET_FILE=/var/lib/candor-secret/secret')
    }
    const mounts = read('deploy', 'kubernetes', 'collector.yaml')
    expect(mounts).toContain('{ name: secret, mountPath: /var/lib/candor-secret }')
    expect(mounts).toContain('{ name: data, mountPath: /var/lib/candor }')
  })

  it('are one user, who is not root', () => {
    const user = /^USER (\d+):\1$/m.exec(dockerfile)?.[1]
    expect(user).toBeDefined()
    expect(read('deploy', 'kubernetes', 'collector.yaml')).toContain(`runAsUser: ${user}`)
    expect(unit).toContain('DynamicUser=yes')
  })

  it('are listed, all and once', () => {
    const { resources } = parse(read('deploy', 'kubernetes', 'kustomization.yaml')) as {
      resources: readonly string[]
    }
    expect(resources.toSorted()).toEqual(
      manifests.filter((name) => name !== 'kustomization.yaml').toSorted()
    )
    expect(objects.every(({ apiVersion, kind }) => Boolean(apiVersion) && Boolean(kind))).toBe(true)
  })

  it('are built on one version of Node, which the packages take', () => {
    const versions = new Set(
      [...dockerfile.matchAll(/\b(\d+\.\d+\.\d+)-(?:bookworm|alpine)/g)].map(
        ([, version]) => version
      )
    )
    expect([...versions]).toEqual(['22.23.3'])
    expect(read('docs', 'guide', 'deploy.md')).toContain(`BASE=${[...versions][0]}-alpine`)
  })

  it.runIf(has('systemd-analyze')).each(['candor.service', 'candor-relay.service'])(
    'leave little open to %s',
    (name) => {
      const { stdout } = spawnSync('systemd-analyze', [
        'security',
        '--offline=true',
        '--no-pager',
        join(root, 'deploy', 'systemd', name)
      ])
      const exposure = Number(
        /exposure level for [\w-]+\.service: ([\d.]+)/.exec(String(stdout))?.[1]
      )
      expect(exposure).toBeLessThanOrEqual(1.5)
    }
  )
})
