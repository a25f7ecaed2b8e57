/**
 * What the operator wants: flags, environment and `candor.yaml` read once into one frozen object,
 * every problem told at once.
 */
import { dirname, join, relative, resolve } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import { isLoopback } from './loopback.ts'
import { forwardConfig, type ForwardConfig, type forwardSchema } from './forward-settings.ts'
import { oidcConfig, type OidcConfig, type oidcSchema } from './oidc-settings.ts'
import { alertsConfig, type AlertsConfig, type alertsSchema } from './alert-settings.ts'
import {
  otherFlags,
  otherVariables,
  settings,
  type paces,
  type Setting,
  type writeKeys as writeKeysSchema
} from './settings.ts'

/** Paths are absolute. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly data: string
  readonly secret: string
  /** The file that was read, if any. */
  readonly file: string | undefined
  /** Where dashboard, API, metrics and live view listen: never where reports go in. */
  readonly admin: { readonly host: string; readonly port: number }
  /** Where anybody reads what is published; undefined: nowhere, and nothing is by itself. */
  readonly public: { readonly host: string; readonly port: number } | undefined
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** SHA-256 of the tokens of edges that are believed. */
  readonly edgeTokens: readonly string[]
  readonly network: { readonly recordsPerHour: number }
  /** Further names of the server, in lower case: a proxy's. */
  readonly dashboardHosts: readonly string[]
  readonly tls: { readonly cert: string; readonly key: string } | undefined
  readonly insecure: boolean
  /** Undefined: the embedded engine. */
  readonly clickhouse: ClickhouseConfig | undefined
  /** Folders of further products. */
  readonly products: readonly string[]
  readonly writeKeys: ReadonlyMap<string, { readonly product: string; readonly revoked: boolean }>
  readonly paths: ReadonlyMap<string, string>
  /** By product: `every` in milliseconds, `sample` as a share. */
  readonly paces: ReadonlyMap<string, Pace>
  readonly inbox: { readonly bytesMax: number; readonly replayMs: number }
  readonly audit: { readonly bytesMax: number }
  readonly releases: string
  readonly keys: string
  readonly log: 'error' | 'warn' | 'info' | 'debug'
  readonly token: string | undefined
  /** Undefined: nobody is told. */
  /** File of the accounts that editions' streams are kept of; undefined: none are kept. */
  readonly accounts: string | undefined
  readonly alerts: AlertsConfig | undefined
  /** Undefined: nobody signs in by a provider. */
  readonly oidc: OidcConfig | undefined
  readonly oidcClientSecret: string | undefined
  /** Whom records are passed on to; usually nobody. */
  readonly forward: readonly ForwardConfig[]
}

/** What a product's own clients are asked for, which can only be less than they would do. */
export interface Pace {
  readonly every?: number | undefined
  readonly sample?: number | undefined
}

interface ClickhouseConfig {
  readonly url: string
  readonly user: string | undefined
  readonly passwordFile: string | undefined
  readonly database: string | undefined
  /** The name of a cluster that it belongs to. */
  readonly cluster: string | undefined
  /** Other collectors load into it as well. */
  readonly isShared: boolean
  /** Who runs the SQL that users wrote. */
  readonly reader: { readonly user: string | undefined; readonly passwordFile: string | undefined }
  /** The same of those who may see some products only. */
  readonly guest: { readonly user: string | undefined; readonly passwordFile: string | undefined }
}

export interface ConfigSource {
  /**
   * By their names without dashes in front: `{ 'admin-port': '4701', insecure: true }`;
   * camelCase is the same.
   */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: { readonly path: string; readonly text: string } | undefined
  /**
   * What relative paths of flags and variables are relative to;
   * those of the file are relative to the file.
   */
  readonly folder: string
}

/**
 * The file that `--config` or `CANDOR_CONFIG` names, else `candor.yaml` in the folder if there is
 * one. Throws CONFIG_INVALID.
 */
export async function findConfigFile(
  source: Omit<ConfigSource, 'file'>,
  files: Effects['files']
): Promise<ConfigSource['file']> {
  const named = source.flags['config'] ?? (source.environment['CANDOR_CONFIG'] || undefined)
  const path = resolve(source.folder, typeof named === 'string' ? named : 'candor.yaml')
  try {
    return { path, text: await files.readFile(path, 'utf8') }
  } catch (cause) {
    if (named === undefined) return undefined
    throw new CandorError(
      'CONFIG_INVALID',
      `The configuration file ${path} can't be read. Check --config or CANDOR_CONFIG.`,
      {
        cause
      }
    )
  }
}

/**
 * A flag goes before a variable, a variable before the file, the file before the default.
 * Throws CONFIG_INVALID with all problems, or LISTEN_UNSAFE.
 */
export function readConfig(source: ConfigSource): Config {
  const gathered: Gathered = { values: new Map(), problems: [] }
  readFlags(source, gathered)
  readEnvironment(source, gathered)
  if (source.file !== undefined) readFile(source.file, gathered)
  const config = assemble(source, gathered)
  if (gathered.problems.length > 0) {
    const lines = [
      "The configuration can't be used:",
      ...gathered.problems.map((problem) => `- ${problem}`)
    ]
    throw new CandorError('CONFIG_INVALID', lines.join('\n'))
  }
  refuseUnsafe(config)
  return config
}

interface Gathered {
  /** By key; the first source to set one wins. */
  readonly values: Map<string, unknown>
  readonly problems: string[]
}

function readFlags({ flags, folder }: ConfigSource, gathered: Gathered): void {
  const known = [...otherFlags, ...settings.flatMap(({ flag }) => flag ?? [])]
  for (const [name, value] of Object.entries(flags)) {
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    if (value === undefined || otherFlags.includes(flag)) continue
    const setting = settings.find((setting) => setting.flag === flag)
    if (setting === undefined)
      gathered.problems.push(`There is no flag ${flag}.${nearest(flag, known)}`)
    else take(setting, { value, name: flag, folder }, gathered)
  }
}

function readEnvironment({ environment, folder }: ConfigSource, gathered: Gathered): void {
  const known = [...otherVariables, ...settings.flatMap(({ variable }) => variable ?? [])]
  for (const [name, value] of Object.entries(environment)) {
    if (
      !name.startsWith('CANDOR_') ||
      value === undefined ||
      value === '' ||
      otherVariables.includes(name)
    )
      continue
    const setting = settings.find((setting) => setting.variable === name)
    if (setting === undefined)
      gathered.problems.push(`There is no variable ${name}.${nearest(name, known)}`)
    else take(setting, { value, name, folder }, gathered)
  }
}

function readFile(file: NonNullable<ConfigSource['file']>, gathered: Gathered): void {
  const document = parseDocument(file.text)
  for (const { message } of document.errors)
    gathered.problems.push(`${file.path}: ${message.split('\n')[0]}`)
  if (document.errors.length > 0 || document.contents === null) return
  try {
    const root: unknown = document.toJS({ maxAliasCount: 10 })
    if (isObject(root)) walk(root, '', file.path, gathered)
    else gathered.problems.push(`${file.path} must hold keys and values, such as \`port: 4700\`.`)
  } catch {
    gathered.problems.push(
      `${file.path} refers to itself too often. Write its values out instead of using * and &.`
    )
  }
}

function walk(object: object, prefix: string, path: string, gathered: Gathered): void {
  for (const [word, value] of Object.entries(object)) {
    const key = `${prefix}${word}`
    const wanted = key === 'clickhouse' && typeof value === 'string' ? 'clickhouse.url' : key
    const setting = settings.find((setting) => setting.key === wanted)
    const inside = settings.flatMap((setting) =>
      setting.key.startsWith(`${key}.`) ? `\`${setting.key.slice(key.length + 1)}\`` : []
    )
    if (setting !== undefined)
      take(setting, { value, name: `\`${key}\` in ${path}`, folder: dirname(path) }, gathered)
    else if (inside.length === 0)
      gathered.problems.push(
        `There is no key \`${key}\` (${path}).${nearest(
          key,
          settings.map(({ key }) => key).filter((known) => known.startsWith(prefix))
        )}`
      )
    else if (isObject(value)) walk(value, `${key}.`, path, gathered)
    else gathered.problems.push(`\`${key}\` in ${path} must hold ${inside.join(', ')}.`)
  }
}

/** Never tells the value itself: it may be a token, and messages are logged. */
function take(
  setting: Setting,
  source: { readonly value: unknown; readonly name: string; readonly folder: string },
  gathered: Gathered
): void {
  const { name, folder } = source
  const parsed = setting.schema.safeParse(source.value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where =
      issue === undefined || issue.path.length === 0 ? '' : ` (at ${issue.path.join('.')})`
    gathered.problems.push(
      `${name}${where}: ${issue?.message ?? 'is wrong'}. Example: ${exampleFor(setting, name)}`
    )
  } else if (!gathered.values.has(setting.key)) {
    const toPath = (path: unknown): string => resolve(folder, String(path))
    const { data } = parsed
    gathered.values.set(
      setting.key,
      setting.isPath !== true ? data : Array.isArray(data) ? data.map(toPath) : toPath(data)
    )
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function assemble({ file, folder }: ConfigSource, { values, problems }: Gathered): Config {
  const get = <Value>(key: string, fallback: Value): Value =>
    values.has(key) ? (values.get(key) as Value) : fallback
  const host = get('host', '127.0.0.1')
  const listenPort = get<number>('port', 4_700)
  const data = get('data', join(folder, 'data'))
  const [cert, key] = [
    get<string | undefined>('tls.cert', undefined),
    get<string | undefined>('tls.key', undefined)
  ]
  if ((cert === undefined) !== (key === undefined))
    problems.push(
      `\`tls\` needs both a cert and a key; the ${cert === undefined ? 'cert' : 'key'} is ` +
        'missing. Example: tls: { cert: ./cert.pem, key: ./key.pem }'
    )
  const alerts = get<z.infer<typeof alertsSchema> | undefined>('alerts', undefined)
  const oidc = get<z.infer<typeof oidcSchema> | undefined>('oidc', undefined)
  const url = get<string | undefined>('clickhouse.url', undefined)
  if (url === undefined && [...values.keys()].some((key) => key.startsWith('clickhouse.')))
    problems.push(
      '`clickhouse` needs a url. Example: clickhouse: { url: ' +
        'https://clickhouse.internal:8443, user: candor }'
    )
  const accounts = get<string | undefined>('accounts', undefined)
  const config: Config = {
    host,
    port: listenPort,
    data,
    secret: outside('secret', get('secret', `${data}.secret`), data, problems),
    file: file?.path,
    admin: Object.freeze({
      host: get('admin.host', '127.0.0.1'),
      port: get('admin.port', listenPort === 0 ? 0 : 4_701)
    }),
    public: publicOf(get('public.host', '127.0.0.1'), get('public.port', undefined)),
    trustedProxies: Object.freeze(get<string[]>('trusted_proxies', [])),
    edgeTokens: Object.freeze(get<string[]>('edge_tokens', [])),
    network: Object.freeze({ recordsPerHour: get('network.records_per_hour', 7_200) }),
    dashboardHosts: Object.freeze(get<string[]>('dashboard.hosts', [])),
    tls: cert === undefined || key === undefined ? undefined : Object.freeze({ cert, key }),
    insecure: get('insecure', false),
    clickhouse:
      url === undefined
        ? undefined
        : Object.freeze({
            url,
            user: get('clickhouse.user', undefined),
            passwordFile: get('clickhouse.password_file', undefined),
            database: get('clickhouse.database', undefined),
            cluster: get<string | undefined>('clickhouse.cluster', undefined),
            isShared: get('clickhouse.shared', false),
            reader: Object.freeze({
              user: get<string | undefined>('clickhouse.reader_user', undefined),
              passwordFile: get<string | undefined>('clickhouse.reader_password_file', undefined)
            }),
            guest: Object.freeze({
              user: get<string | undefined>('clickhouse.guest_user', undefined),
              passwordFile: get<string | undefined>('clickhouse.guest_password_file', undefined)
            })
          }),
    products: Object.freeze(get<string[]>('products', [])),
    writeKeys: writeKeysOf(get('write_keys', {}), problems),
    paths: new Map(Object.entries(get<Record<string, string>>('paths', {}))),
    paces: new Map(Object.entries(get<z.infer<typeof paces>>('pace', {}))),
    inbox: Object.freeze({
      bytesMax: get('inbox.bytes_max', 4 * 2 ** 30),
      replayMs: get('inbox.replay', 72 * 3_600_000)
    }),
    audit: Object.freeze({ bytesMax: get('audit.bytes_max', 64 * 2 ** 20) }),
    releases: get('releases', join(folder, 'releases')),
    accounts: accounts === undefined ? undefined : outside('accounts', accounts, data, problems),
    keys: outside('keys', get('keys', `${data}.keys`), data, problems),
    log: get('log', 'warn'),
    token: get('token', undefined),
    forward: forwardConfig(get<z.infer<typeof forwardSchema>>('forward', {}), file?.path ?? folder),
    alerts: alerts === undefined ? undefined : alertsConfig(alerts, file?.path ?? folder),
    oidc: oidc === undefined ? undefined : oidcConfig(oidc, file?.path ?? folder),
    oidcClientSecret: get('oidc_client_secret', undefined)
  }
  if (config.admin.port === config.port && config.port !== 0)
    problems.push(
      '`port` and `admin.port` are the same. Reports come in through one port, API and ' +
        'dashboard are on another: admin: { port: 4701 }'
    )
  return Object.freeze(config)
}

function publicOf(host: string, port: number | undefined): Config['public'] {
  return port === undefined ? undefined : Object.freeze({ host, port })
}

function writeKeysOf(
  lists: z.infer<typeof writeKeysSchema>,
  problems: string[]
): Config['writeKeys'] {
  const keys = new Map<string, { readonly product: string; readonly revoked: boolean }>()
  for (const [product, list] of Object.entries(lists)) {
    for (const { key, revoked } of list) {
      // The key itself stays out of the message: messages are logged.
      if (keys.has(key))
        problems.push(
          `A write key of ${product} is given twice. Each key belongs to one product: ` +
            `write_keys: { ${product}: [{ key: abc123 }] }`
        )
      keys.set(key, Object.freeze({ product, revoked: revoked ?? false }))
    }
  }
  return keys
}

function outside(name: string, path: string, data: string, problems: string[]): string {
  const inside = relative(data, path)
  if (!/^(\.\.([\\/]|$)|\/|[A-Za-z]:)/.test(inside))
    problems.push(
      `\`${name}\` (${path}) lies inside the data folder, so every backup would carry it. ` +
        `Example: ${name}: ${data}.${name}`
    )
  return path
}

function refuseUnsafe(config: Config): void {
  const open = [config, config.admin].flatMap(({ host, port }) =>
    isLoopback(host) ? [] : [`${host}:${port}`]
  )
  if (open.length === 0 || config.tls !== undefined || config.insecure) return
  throw new CandorError(
    'LISTEN_UNSAFE',
    `${open.join(' and ')} can be reached from other machines, and without TLS the reports, ` +
      'write keys and tokens travel there in clear. Give tls: { cert: ./cert.pem, key: ' +
      './key.pem }, or accept it with --insecure (right behind a proxy that ends TLS).'
  )
}

function exampleFor({ key, example }: Setting, name: string): string {
  if (name.startsWith('--'))
    return example === 'true' ? name : `${name} ${example.replaceAll(/[[\]]/g, '')}`
  if (name.startsWith('CANDOR_')) return `${name}=${example.replaceAll(/[[\]]/g, '')}`
  return key.includes('.') ? `${key.replace('.', ': { ')}: ${example} }` : `${key}: ${example}`
}

/** Whoever wrote half of a name means the whole. */
function nearest(word: string, known: readonly string[]): string {
  const near = known.find((name) => name.startsWith(word)) ?? closest(word, known)
  return ` Did you mean ${/^(-|CANDOR_)/.test(near) ? near : `\`${near}\``}?`
}
