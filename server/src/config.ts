/**
 * What the operator wants: flags, environment and `candor.yaml` read once into one frozen object,
 * every problem told at once.
 */
import { dirname, join, relative, resolve } from 'node:path'
import { closest } from 'fastest-levenshtein'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import type { Effects } from './effects.ts'
import { CandorError } from './errors.ts'

/** Paths are absolute. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly data: string
  readonly secret: string
  /** The file that was read, if any. */
  readonly file: string | undefined
  /**
   * Where dashboard, API, metrics and live view listen; undefined: with everything else, which is
   * loopback then.
   */
  readonly admin: { readonly host: string; readonly port: number } | undefined
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
  readonly inbox: { readonly bytesMax: number; readonly replayMs: number }
  readonly releases: string
  readonly keys: string
  readonly log: 'error' | 'warn' | 'info' | 'debug'
  readonly token: string | undefined
}

interface ClickhouseConfig {
  readonly url: string
  readonly user: string | undefined
  readonly passwordFile: string | undefined
  readonly database: string | undefined
}

export interface ConfigSource {
  /**
   * By their names without dashes in front: `{ 'admin-port': '4701', insecure: true }`; camelCase
   * is the same.
   */
  readonly flags: Readonly<Record<string, unknown>>
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly file: { readonly path: string; readonly text: string } | undefined
  /**
   * What relative paths of flags and variables are relative to; those of the file are relative to
   * the file.
   */
  readonly folder: string
}

/** One row of `docs/reference/config.md`. */
export interface ConfigReference {
  /** In candor.yaml; a dot is one level. Empty: not in the file. */
  readonly key: string
  readonly flag: string | undefined
  readonly variable: string | undefined
  /** In words, as documented. */
  readonly default: string
  readonly says: string
  /** A value, as written in candor.yaml. */
  readonly example: string
}

interface Setting extends ConfigReference {
  readonly schema: z.ZodType
  readonly isPath?: true
}

const byteUnits = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40
}
const durationUnits = { ms: 1, s: 1e3, min: 6e4, h: 36e5, hours: 36e5, d: 864e5, days: 864e5 }

const text = z.string('must be text').trim().min(1, 'must not be empty').max(4_096, 'is too long')
const port = numberOf(
  z
    .number('must be a number')
    .int('must be a whole number')
    .min(0, 'must be from 0 to 65535')
    .max(65_535, 'must be from 0 to 65535')
)
const yes = z.union(
  [
    z.boolean(),
    z.enum(['true', 'yes', '1']).transform(() => true),
    z.enum(['false', 'no', '0']).transform(() => false)
  ],
  'must be true or false'
)
const bytes = measure(byteUnits, 'must be a size').pipe(
  z.number().min(1_048_576, 'must be at least 1 MiB')
)
const hours = z
  .number()
  .min(36e5, 'must be from 1 h to 720 h')
  .max(720 * 36e5, 'must be from 1 h to 720 h')
const duration = measure(durationUnits, 'must be a duration').pipe(hours)
const logLevel = z.enum(['error', 'warn', 'info', 'debug'], 'must be error, warn, info or debug')
const token = text.min(16, 'must have at least 16 characters')
const folders = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : value),
  z.array(text, 'must be a list of folders')
)
const hosts = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value),
  z.array(
    z
      .string()
      .toLowerCase()
      .regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be names without a port'),
    'must be a list of names'
  )
)
const productName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a product name: small letters, digits and dashes')
const clickhouseUrl = text.refine(
  isPlainHttpUrl,
  'must be an http:// or https:// URL without a password (use clickhouse.password_file)'
)
const writeKey = z.strictObject({
  key: text.max(200, 'is too long'),
  revoked: z.boolean().optional()
})
const writeKeys = z.record(
  productName,
  z.array(writeKey, 'must be a list of `{ key: … }`'),
  'must map products to lists of keys'
)
const postPath = z
  .string()
  .regex(/^\/[!-)+-<>@-~]*$/, 'must be a path that starts with a slash, without * or ?')
const paths = z.record(postPath, productName, 'must map paths to products')

const openSettings: readonly Setting[] = [
  setting(
    'host',
    text,
    '127.0.0.1',
    '0.0.0.0',
    'Address to listen on. Beyond loopback it needs `tls` or `insecure`.'
  ),
  setting('port', port, '4700', '4700', 'Port to listen on.'),
  path('data', './data', './data', 'Folder of the inbox and the embedded store. One server each.'),
  setting(
    'admin.host',
    text,
    '127.0.0.1',
    '127.0.0.1',
    'Where API, dashboard and metrics listen, when not with the rest.'
  ),
  setting(
    'admin.port',
    port,
    '4701',
    '4701',
    'Its port. Without `admin`: with the rest on loopback, else on 127.0.0.1:4701.'
  ),
  setting(
    'dashboard.hosts',
    hosts,
    'none',
    '[telemetry.example.com]',
    'Names under which a proxy hands on API and dashboard while they listen on loopback; commas between them.'
  ),
  path(
    'tls.cert',
    'none',
    './cert.pem',
    'Certificate chain in PEM. With `tls.key`: TLS 1.2 or later on every address.'
  ),
  path('tls.key', 'none', './key.pem', 'Its private key in PEM.'),
  setting(
    'insecure',
    yes,
    'false',
    'true',
    'Listen beyond loopback without TLS: reports, keys and tokens travel in clear.'
  ),
  {
    ...setting(
      'products',
      folders,
      'none',
      '[./my-product]',
      'Folders of further products; commas between them.'
    ),
    isPath: true
  },
  setting(
    'inbox.bytes_max',
    bytes,
    '4 GiB',
    '4 GiB',
    'How large the inbox may grow before it refuses.'
  ),
  setting(
    'inbox.replay',
    duration,
    '72 h',
    '72 h',
    'How long loaded entries stay, for a replay into a restored store.'
  ),
  path(
    'releases',
    './releases',
    './releases',
    'Folder of `<product>.yaml` files with releases and advisories.'
  ),
  path(
    'keys',
    '`data` + `.keys`',
    './data.keys',
    'Folder of the keys that sign the feeds. Outside `data`.'
  ),
  setting('log', logLevel, 'warn', 'info', 'How much is logged: error, warn, info or debug.')
]

/**
 * Every user of a machine sees the flags of every process: what is secret, or names a secret, is
 * none.
 */
const closedSettings: readonly Setting[] = [
  setting('clickhouse.user', text, 'default', 'candor', 'User of that ClickHouse.'),
  path(
    'clickhouse.password_file',
    'none',
    './clickhouse.password',
    "File that holds that user's password."
  ),
  setting('clickhouse.database', text, 'candor', 'candor', 'Database of that ClickHouse.'),
  setting('token', token, 'made at each start', 'a-long-random-text', 'What the API asks for.')
]

const clickhouseSetting: Setting = {
  ...setting(
    'clickhouse.url',
    clickhouseUrl,
    'none: the embedded engine',
    'https://clickhouse.internal:8443',
    'A ClickHouse to use.'
  ),
  flag: '--clickhouse',
  variable: 'CANDOR_CLICKHOUSE'
}

const secretSetting: Setting = {
  ...path(
    'secret',
    '`data` + `.secret`',
    './data.secret',
    'File of the master secret that re-keys every id. Outside `data`.'
  ),
  // Without the last word somebody would put the secret itself here.
  variable: 'CANDOR_SECRET_FILE'
}

/** Too deep for a flag. */
const fileSettings: readonly Setting[] = [
  setting(
    'write_keys',
    writeKeys,
    'none',
    '{ readyset: [{ key: abc123 }] }',
    "A product's further write keys; `revoked: true` ends one."
  ),
  setting('paths', paths, 'none', '{ /: dlt }', "Further paths that a product's clients post to.")
]

const settings: readonly Setting[] = [
  ...openSettings,
  secretSetting,
  clickhouseSetting,
  ...closedSettings.map((setting) => ({ ...setting, flag: undefined })),
  ...fileSettings.map((setting) => ({ ...setting, flag: undefined, variable: undefined }))
]

/** Variables that the server does not read, but the command line does. */
const otherVariables = ['CANDOR_CONFIG', 'CANDOR_URL']
const otherFlags = ['--config']

const fileSetting = setting(
  'config',
  text,
  './candor.yaml if there is one',
  './candor.yaml',
  'The file of these settings.'
)
const urlSetting = setting(
  'url',
  text,
  'found on the same machine',
  'https://candor.internal:4701',
  'The server that the command line asks.'
)

export const configReference: readonly ConfigReference[] = [
  { ...fileSetting, key: '' },
  ...settings,
  { ...urlSetting, key: '', flag: undefined }
].map(({ key, flag, variable, default: fallback, says, example }) => ({
  key,
  flag,
  variable,
  default: fallback,
  says,
  example
}))

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

/** The PEM texts that `tls` names. Throws TLS_UNREADABLE. */
export async function readTlsFiles(
  config: Pick<Config, 'tls'>,
  files: Effects['files']
): Promise<{ readonly cert: string; readonly key: string } | undefined> {
  if (config.tls === undefined) return undefined
  const read = async (path: string, holds: RegExp, what: string): Promise<string> => {
    const pem = await files.readFile(path, 'utf8').catch((cause: unknown) => {
      throw new CandorError(
        'TLS_UNREADABLE',
        `The ${what} ${path} can't be read. Check that it exists and that this server's user may read it.`,
        { cause }
      )
    })
    if (!holds.test(pem))
      throw new CandorError(
        'TLS_UNREADABLE',
        `${path} holds no ${what} in PEM (-----BEGIN …-----).`
      )
    return pem
  }
  const [cert, key] = await Promise.all([
    read(config.tls.cert, /-----BEGIN CERTIFICATE-----/, 'certificate'),
    read(config.tls.key, /-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'private key')
  ])
  return { cert, key }
}

/**
 * A flag goes before a variable, a variable before the file, the file before the default. Throws
 * CONFIG_INVALID with all problems, or LISTEN_UNSAFE.
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

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host)
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
  const isAdminApart = values.has('admin.host') || values.has('admin.port') || !isLoopback(host)
  const [cert, key] = [
    get<string | undefined>('tls.cert', undefined),
    get<string | undefined>('tls.key', undefined)
  ]
  if ((cert === undefined) !== (key === undefined))
    problems.push(
      `\`tls\` needs both a cert and a key; the ${cert === undefined ? 'cert' : 'key'} is missing. Example: tls: { cert: ./cert.pem, key: ./key.pem }`
    )
  const url = get<string | undefined>('clickhouse.url', undefined)
  if (url === undefined && [...values.keys()].some((key) => key.startsWith('clickhouse.')))
    problems.push(
      '`clickhouse` needs a url. Example: clickhouse: { url: https://clickhouse.internal:8443, user: candor }'
    )
  const config: Config = {
    host,
    port: listenPort,
    data,
    secret: outside('secret', get('secret', `${data}.secret`), data, problems),
    file: file?.path,
    admin: isAdminApart
      ? Object.freeze({
          host: get('admin.host', '127.0.0.1'),
          port: get('admin.port', listenPort === 0 ? 0 : 4_701)
        })
      : undefined,
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
            database: get('clickhouse.database', undefined)
          }),
    products: Object.freeze(get<string[]>('products', [])),
    writeKeys: writeKeysOf(get('write_keys', {}), problems),
    paths: new Map(Object.entries(get<Record<string, string>>('paths', {}))),
    inbox: Object.freeze({
      bytesMax: get('inbox.bytes_max', 4 * 2 ** 30),
      replayMs: get('inbox.replay', 72 * 3_600_000)
    }),
    releases: get('releases', join(folder, 'releases')),
    keys: outside('keys', get('keys', `${data}.keys`), data, problems),
    log: get('log', 'warn'),
    token: get('token', undefined)
  }
  if (
    config.admin !== undefined &&
    config.admin.port === config.port &&
    config.port !== 0 &&
    config.admin.host === config.host
  )
    problems.push(
      '`admin` has the same address as the rest. Give it another port, such as 4701, or leave it out.'
    )
  return Object.freeze(config)
}

function writeKeysOf(lists: z.infer<typeof writeKeys>, problems: string[]): Config['writeKeys'] {
  const keys = new Map<string, { readonly product: string; readonly revoked: boolean }>()
  for (const [product, list] of Object.entries(lists)) {
    for (const { key, revoked } of list) {
      // The key itself stays out of the message: messages are logged.
      if (keys.has(key))
        problems.push(
          `A write key of ${product} is given twice. Each key belongs to one product: write_keys: { ${product}: [{ key: abc123 }] }`
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
      `\`${name}\` (${path}) lies inside the data folder, so every backup would carry it. Example: ${name}: ${data}.${name}`
    )
  return path
}

function refuseUnsafe(config: Config): void {
  const open = [config, config.admin].flatMap((address) =>
    address === undefined || isLoopback(address.host) ? [] : [`${address.host}:${address.port}`]
  )
  if (open.length === 0 || config.tls !== undefined || config.insecure) return
  throw new CandorError(
    'LISTEN_UNSAFE',
    `${open.join(' and ')} can be reached from other machines, and without TLS the reports, write keys and tokens travel there in clear. Give tls: { cert: ./cert.pem, key: ./key.pem }, or accept it with --insecure (right behind a proxy that ends TLS).`
  )
}

function setting(
  key: string,
  schema: z.ZodType,
  fallback: string,
  example: string,
  says: string
): Setting {
  const words = key.replaceAll('.', '_')
  const [flag, variable] = [`--${words.replaceAll('_', '-')}`, `CANDOR_${words.toUpperCase()}`]
  return { key, flag, variable, default: fallback, says, example, schema }
}

function path(key: string, fallback: string, example: string, says: string): Setting {
  return { ...setting(key, text, fallback, example, says), isPath: true }
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

function numberOf(schema: z.ZodNumber): z.ZodType<number> {
  return z.preprocess(
    (value) =>
      typeof value === 'string' && /^\s*\d{1,15}\s*$/.test(value) ? Number(value) : value,
    schema
  )
}

function measure(units: Readonly<Record<string, number>>, problem: string): z.ZodType<number> {
  return z.union([z.number(), z.string()], problem).transform((value, context) => {
    const [, amount, unit = ''] =
      /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*$/.exec(String(value)) ?? []
    const factor = unit === '' ? 1 : units[unit.toLowerCase()]
    if (amount !== undefined && factor !== undefined) return Math.round(Number(amount) * factor)
    context.addIssue({ code: 'custom', message: `${problem} in ${Object.keys(units).join(', ')}` })
    return z.NEVER
  })
}

function isPlainHttpUrl(value: string): boolean {
  const url = URL.canParse(value) ? new URL(value) : undefined
  return (
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === ''
  )
}
