import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { isLoopback } from './loopback.ts'
import { findConfigFile, readConfig, type Config, type ConfigSource } from './config.ts'
import { configReference } from './settings.ts'
import { readTlsFiles } from './tls-files.ts'

const folder = '/srv/candor'
const file = (text: string): ConfigSource['file'] => ({ path: '/srv/elsewhere/candor.yaml', text })
function read(source: Partial<ConfigSource>): Config {
  return readConfig({ flags: {}, environment: {}, file: undefined, folder, ...source })
}
function problemsOf(source: Partial<ConfigSource>): string {
  try {
    read(source)
  } catch (error) {
    if (error instanceof CandorError && error.code === 'CONFIG_INVALID') return error.message
    throw error
  }
  return ''
}

describe('the configuration', () => {
  it('takes the names of a proxy as a list or with commas, in lower case, and no ports or schemes', () => {
    const hosts = ['telemetry.example.com', 'candor.internal']
    expect(
      read({ environment: { CANDOR_DASHBOARD_HOSTS: 'Telemetry.example.com, candor.internal' } })
        .dashboardHosts
    ).toEqual(hosts)
    const withScheme = problemsOf({
      file: file('dashboard: { hosts: [https://telemetry.example.com] }')
    })
    expect(withScheme).toContain('must be names without a port')
  })

  it('needs nothing to be told', () => {
    expect(read({})).toEqual({
      forward: [],
      host: '127.0.0.1',
      port: 4700,
      dashboardHosts: [],
      trustedProxies: [],
      edgeTokens: [],
      network: { recordsPerHour: 7200 },
      data: '/srv/candor/data',
      secret: '/srv/candor/data.secret',
      file: undefined,
      admin: { host: '127.0.0.1', port: 4701 },
      tls: undefined,
      insecure: false,
      clickhouse: undefined,
      products: [],
      writeKeys: new Map(),
      paths: new Map(),
      paces: new Map(),
      inbox: { bytesMax: 4 * 2 ** 30, replayMs: 259_200_000 },
      audit: { bytesMax: 64 * 2 ** 20 },
      releases: '/srv/candor/releases',
      keys: '/srv/candor/data.keys',
      log: 'warn',
      token: undefined
    })
  })

  it('takes a flag before a variable, a variable before the file, the file before the default', () => {
    const source = {
      flags: { port: '1' },
      environment: { CANDOR_PORT: '2', CANDOR_LOG: 'warn', CANDOR_DATA: '' },
      file: file('port: 3\nlog: error\ndata: kept')
    }
    expect(read(source)).toMatchObject({
      port: 1,
      log: 'warn',
      data: '/srv/elsewhere/kept',
      secret: '/srv/elsewhere/kept.secret'
    })
  })

  it('reads a whole file', () => {
    const config = read({
      file: file(`
        host: 0.0.0.0
        admin: { host: 127.0.0.1, port: 9000 }
        tls: { cert: cert.pem, key: /etc/key.pem }
        clickhouse: { url: 'https://ch.example:8443', user: candor, password_file: ch.password, database: t }
        products: [./mine, ../theirs]
        write_keys: { readyset: [{ key: one }, { key: two, revoked: true }], dlt: [{ key: three }] }
        paths: { /: dlt, /t/collect: readyset }
        pace: { dlt: { every: 72 h, sample: 0.1 } }
        inbox: { bytes_max: 512 MiB, replay: 3 days }
        releases: r
        keys: k
        token: sixteen-or-more-letters`)
    })
    expect(config).toMatchObject({
      admin: { host: '127.0.0.1', port: 9000 },
      tls: { cert: '/srv/elsewhere/cert.pem', key: '/etc/key.pem' },
      clickhouse: {
        url: 'https://ch.example:8443',
        user: 'candor',
        passwordFile: '/srv/elsewhere/ch.password',
        database: 't'
      },
      products: ['/srv/elsewhere/mine', '/srv/theirs'],
      inbox: { bytesMax: 536_870_912, replayMs: 259_200_000 }
    })
    expect([...config.writeKeys]).toEqual([
      ['one', { product: 'readyset', revoked: false }],
      ['two', { product: 'readyset', revoked: true }],
      ['three', { product: 'dlt', revoked: false }]
    ])
    expect([...config.paces]).toEqual([['dlt', { every: 72 * 36e5, sample: 0.1 }]])
    expect([...config.paths]).toEqual([
      ['/', 'dlt'],
      ['/t/collect', 'readyset']
    ])
    expect(read({ file: file('clickhouse: http://ch:8123') }).clickhouse?.url).toBe(
      'http://ch:8123'
    )
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('listens for the dashboard apart from the reports, on loopback too', () => {
    for (const flags of [{ host: '0.0.0.0', insecure: true }, { host: '::1' }, {}])
      expect(read({ flags }).admin).toEqual({ host: '127.0.0.1', port: 4701 })
    expect(read({ flags: { port: '0' } }).admin.port).toBe(0)
    expect(problemsOf({ flags: { port: '4701' } })).toContain('are the same')
    expect(read({ flags: { adminPort: '5000' } }).admin).toEqual({ host: '127.0.0.1', port: 5000 })
    expect(read({ flags: { 'admin-port': '5000' } }).admin.port).toBe(5000)
  })

  it.each([{ host: '0.0.0.0' }, { host: '::' }, { host: '192.0.2.1' }, { adminHost: '0.0.0.0' }])(
    'refuses to listen in clear beyond loopback (%j)',
    (flags) => {
      expect(() => read({ flags })).toThrow(
        expect.objectContaining({
          code: 'LISTEN_UNSAFE',
          message: expect.stringMatching(/tokens travel there in clear.*--insecure/)
        })
      )
      expect(read({ flags: { ...flags, insecure: true } }).insecure).toBe(true)
      expect(read({ flags, file: file('tls: { cert: c, key: k }') }).tls).toBeDefined()
    }
  )

  it('tells all problems at once, each with its name and an example', () => {
    const told = problemsOf({
      flags: { prot: '1', port: 'x', log: 'loud' },
      environment: {
        CANDOR_HOTS: 'h',
        CANDOR_INBOX_BYTES_MAX: 'much',
        CANDOR_SECRET: 'hush',
        PATH: 'ignored'
      },
      file: file(
        'prot: 1\nadmin: 4701\ntls: { cert: a }\ninbox: { replay: 10 min, size: 1 ' +
          '}\nwrite_keys: { Bad: [], dlt: [{ kee: x }] }\npaths: { nope: dlt }'
      )
    })
    expect(told.split('\n').slice(1)).toEqual([
      '- There is no flag --prot. Did you mean --port?',
      '- --port: must be a number. Example: --port 4700',
      '- --log: must be error, warn, info or debug. Example: --log info',
      '- There is no variable CANDOR_HOTS. Did you mean CANDOR_HOST?',
      expect.stringMatching(
        /^- CANDOR_INBOX_BYTES_MAX: must be a size in b, kb.* Example: CANDOR_INBOX_BYTES_MAX=4 GiB$/
      ),
      '- There is no variable CANDOR_SECRET. Did you mean CANDOR_SECRET_FILE?',
      '- There is no key `prot` (/srv/elsewhere/candor.yaml). Did you mean `port`?',
      '- `admin` in /srv/elsewhere/candor.yaml must hold `host`, `port`.',
      '- `inbox.replay` in /srv/elsewhere/candor.yaml: must be from 1 h to 720 h. Example: ' +
        'inbox: { replay: 72 h }',
      '- There is no key `inbox.size` (/srv/elsewhere/candor.yaml). Did you mean `inbox.replay`?',
      expect.stringMatching(/^- `write_keys` in .* \(at Bad\): .*/),
      expect.stringMatching(/^- `paths` in .* \(at nope\): .*/),
      expect.stringMatching(/^- `tls` needs both/)
    ])
  })

  it('says nothing of values, since one may be a secret in the wrong place', () => {
    const told = problemsOf({
      environment: { CANDOR_TOKEN: 'tooshort', CANDOR_CLICKHOUSE: 'http://user:hush@ch' },
      file: file('write_keys: { a: [{ key: hushhush }], b: [{ key: hushhush }] }')
    })
    expect(told).toMatch(/CANDOR_TOKEN: must have at least 16/)
    expect(told).toMatch(/CANDOR_CLICKHOUSE: .*password_file/)
    expect(told).toMatch(/write key of b is given twice/)
    expect(told).not.toMatch(/tooshort|hush/)
  })

  it.each(['data: d\nsecret: d/secret', 'data: d\nkeys: d', 'data: .\nsecret: ./..secret'])(
    'keeps secrets out of the data folder (%j)',
    (text) => {
      expect(problemsOf({ file: file(text) })).toMatch(/lies inside the data folder/)
    }
  )

  it.each(['a: [', '- 1', 'port: 1\nport: 2', 'a: &a [*a]\nb: [*a]', '\t:', '"'])(
    'tells what is wrong with a file that is none (%j)',
    (text) => {
      expect(problemsOf({ file: file(text) })).toMatch(/candor\.yaml/)
    }
  )

  it('reads any text as a configuration or as problems, never otherwise', () => {
    const word = fc.constantFrom(
      'port',
      'host',
      'admin',
      'inbox',
      ': ',
      '\n',
      '  ',
      '[',
      '{',
      '}',
      ']',
      '&a',
      '*a',
      '- ',
      '1',
      'x',
      '"',
      '__proto__',
      'write_keys',
      'paths',
      'pace',
      'products',
      '|',
      '!!js'
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(''))
        ),
        (text) => {
          try {
            read({ file: file(text) })
          } catch (error) {
            expect(error).toBeInstanceOf(CandorError)
          }
        }
      )
    )
  })
})

describe('what it names', () => {
  it('is found: the named file, else candor.yaml, else nothing', async () => {
    const place = await systemEffects.files.mkdtemp(
      join((await import('node:os')).tmpdir(), 'candor-config-')
    )
    const source = { flags: {}, environment: {}, folder: place }
    expect(await findConfigFile(source, systemEffects.files)).toBeUndefined()
    await systemEffects.files.writeFile(join(place, 'candor.yaml'), 'port: 1')
    expect((await findConfigFile(source, systemEffects.files))?.text).toBe('port: 1')
    await expect(
      findConfigFile(
        { ...source, environment: { CANDOR_CONFIG: 'other.yaml' } },
        systemEffects.files
      )
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
    await expect(
      readTlsFiles({ tls: { cert: join(place, 'candor.yaml'), key: 'none' } }, systemEffects.files)
    ).rejects.toMatchObject({ code: 'TLS_UNREADABLE' })
    expect(await readTlsFiles({ tls: undefined }, systemEffects.files)).toBeUndefined()
    await systemEffects.files.rm(place, { recursive: true })
  })

  it('has a reference whose every example is accepted', () => {
    for (const { key, flag, variable, example } of configReference) {
      const isHost = key === 'host'
      const needed =
        key.startsWith('clickhouse.') && key !== 'clickhouse.url' ? 'clickhouse.url: http://ch' : ''
      if (key !== '')
        expect(
          problemsOf({
            flags: isHost ? { insecure: true } : {},
            file: file(nest(key, example, needed))
          }).replace(/.*tls` needs.*/, '')
        ).toMatch(/^(The configuration can't be used:)?\s*$/)
      if (flag !== undefined || variable !== undefined)
        expect(`${flag} ${variable}`).toMatch(/^(--[a-z-]+|undefined) (CANDOR_[A-Z_]+|undefined)$/)
    }
    expect(
      configReference
        .filter(({ key }) => key === 'token' || key.includes('password'))
        .every(({ flag }) => flag === undefined)
    ).toBe(true)
  })

  it('knows loopback', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].every(isLoopback)).toBe(true)
    expect(
      ['0.0.0.0', '::', '10.0.0.1', 'localhost.example.org', '127.0.0.1.example.org'].some(
        isLoopback
      )
    ).toBe(false)
  })
})

function nest(key: string, example: string, more: string): string {
  const [outer, inner] = key.split('.')
  if (inner === undefined) return `${key}: ${example}`
  return `${outer}:\n  ${inner}: ${example}\n${more === '' ? '' : '  url: http://ch'}`
}
