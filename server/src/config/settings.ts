/**
 * Every setting: its key, flag and variable, what it takes,
 * and what it says of itself in the reference.
 */
import { z } from 'zod'
import { alertsSchema } from './alert-settings.ts'
import { forwardSchema } from './forward-settings.ts'
import { oidcSchema } from './oidc-settings.ts'

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

export interface Setting extends ConfigReference {
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
const clusterName = text.regex(/^[\w.-]{1,100}$/, 'must be a name of letters, digits, _, . and -')
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
const networks = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
  z.array(
    z
      .string()
      .regex(/^[0-9a-f.:]+(\/\d{1,3})?$/i, 'must be addresses or networks such as 10.0.0.0/8'),
    'must be a list of addresses'
  )
)
const digests = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
  z.array(
    z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be SHA-256 digests as `candor edge build` prints them'),
    'must be a list of digests'
  )
)
const recordsPerHour = numberOf(
  z
    .number('must be a number')
    .int('must be a whole number')
    .min(60, 'must be at least 60')
    .max(1e9, 'must be at most a thousand million')
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
export const writeKeys = z.record(
  productName,
  z.array(writeKey, 'must be a list of `{ key: … }`'),
  'must map products to lists of keys'
)
const postPath = z
  .string()
  .regex(/^\/[!-)+-<>@-~]*$/, 'must be a path that starts with a slash, without * or ?')
const paths = z.record(postPath, productName, 'must map paths to products')

const pace = z.strictObject({
  every: measure(durationUnits, 'must be a duration')
    .pipe(hours)
    .refine((ms) => ms >= 24 * 36e5, 'must be from 24 h to 720 h')
    .optional(),
  sample: z
    .number('must be a number')
    .gt(0, 'must be above 0')
    .max(1, 'must be at most 1')
    .optional()
})
export const paces = z.record(productName, pace, 'must map products to `{ every, sample }`')

const openSettings: readonly Setting[] = [
  setting(
    'host',
    text,
    '127.0.0.1',
    '0.0.0.0',
    'Address to listen on. Beyond loopback it needs `tls` or `insecure`.'
  ),
  setting('port', port, '4700', '4700', 'Port that reports come in through.'),
  path('data', './data', './data', 'Folder of the inbox and the embedded store. One server each.'),
  setting(
    'admin.host',
    text,
    '127.0.0.1',
    '127.0.0.1',
    'Where API, dashboard and metrics listen: always apart from the reports.'
  ),
  setting('admin.port', port, '4701', '4701', 'Its port.'),
  setting(
    'public.host',
    text,
    '127.0.0.1',
    '0.0.0.0',
    'Where anybody may read published numbers: an address of its own.'
  ),
  setting(
    'public.port',
    port,
    'none',
    '4702',
    'Its port. Without it nothing is shown, and only `candor publish` publishes.'
  ),
  setting(
    'dashboard.hosts',
    hosts,
    'none',
    '[telemetry.example.com]',
    'Names under which a proxy hands on API and dashboard while they listen on loopback; ' +
      'commas between them.'
  ),
  setting(
    'trusted_proxies',
    networks,
    'none: loopback and private networks have no budget',
    '[10.0.0.0/8]',
    'Proxies whose `X-Forwarded-For` says who sent a report, in memory only; commas between them.'
  ),
  setting(
    'edge_tokens',
    digests,
    'none: an edge is one network among others',
    `['${'0123456789abcdef'.repeat(4)}']`,
    'Digests of the tokens of edges whose word for the time of receipt is believed; commas ' +
      'between them.'
  ),
  setting(
    'network.records_per_hour',
    recordsPerHour,
    '7200',
    '7200',
    'Records of one product that one network may send; more are marked, 25 times as many ' +
      'turned away.'
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
  setting(
    'audit.bytes_max',
    bytes,
    '64 MiB',
    '256 MiB',
    'How large the audit may grow. Then its oldest lines go: questions first, what operators did ' +
      'has a share of its own.'
  ),
  path(
    'releases',
    './releases',
    './releases',
    'Folder of `<product>.yaml` files with releases and advisories.'
  ),
  path(
    'accounts',
    'none: nothing is kept that an edition requires',
    './accounts.yaml',
    'File of the accounts that editions’ streams are kept of: readable names, and what each is ' +
      'answered. Outside `data`.'
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
 * Every user of a machine sees the flags of every process: what is secret, or names a secret,
 * is none.
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
  setting(
    'clickhouse.cluster',
    clusterName,
    'none: one server holds everything',
    'analytics',
    'The name that its servers give to a cluster (`remote_servers`), over which the tables are ' +
      'spread: `candor schema` makes them.'
  ),
  setting(
    'clickhouse.shared',
    yes,
    'false',
    'true',
    'Other collectors load into it too: what a client sent to two of them counts once.'
  ),
  setting(
    'clickhouse.reader_user',
    text,
    'none: SQL of one’s own is not run',
    'candor_reader',
    'A second user of it, who may read the documented views alone: `candor schema` prints ' +
      'the grants.'
  ),
  path(
    'clickhouse.reader_password_file',
    'none',
    './reader.password',
    "File that holds the reader's password."
  ),
  setting(
    'clickhouse.guest_user',
    text,
    'none: SQL over some products alone is not run',
    'candor_guest',
    'A third user of it, for those who may see some products only: `candor schema` prints ' +
      'the grant.'
  ),
  path(
    'clickhouse.guest_password_file',
    'none',
    './guest.password',
    "File that holds the guest's password."
  ),
  setting(
    'oidc_client_secret',
    text,
    'none: a public client',
    'a-secret-of-the-provider',
    'The client secret of `oidc`, where no file holds it.'
  ),
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
    "A product's write keys; with any, its name alone is none. `revoked: true` ends one."
  ),
  setting('paths', paths, 'none', '{ /: dlt }', "Further paths that a product's clients post to."),
  setting(
    'pace',
    paces,
    'every 24 h, and all that the contract lets them send',
    '{ dlt: { every: 72 h, sample: 0.1 } }',
    'How often and how many events a product’s own clients are asked to send: less only, never more.'
  ),
  setting(
    'forward',
    forwardSchema,
    'none: nothing is passed on',
    '{ dlt: [{ to: Acme Analytics, webhook: { url: https://acme.example/hook, secret_file: ' +
      './hook.secret } }] }',
    'Whom what is kept is passed on to, by product: only recipients that its published contract ' +
      'names, and only what each report agreed to.'
  ),
  setting(
    'alerts',
    alertsSchema,
    'none: nobody is told',
    '{ mail: { smtp: smtps://mail.example.com, from: candor@example.com, to: ' +
      '[team@example.com] } }',
    'Who is told what begins and ends: `mail`, `webhooks`, links to `dashboard`, and rules ' +
      'by product.'
  ),
  setting(
    'oidc',
    oidcSchema,
    'none: nobody signs in by a provider',
    '{ issuer: https://id.example.com, client_id: candor, client_secret_file: ./oidc.secret, ' +
      'dashboard: https://telemetry.example.com, members: [{ email: jane@example.com, role: ' +
      'viewer, products: [dlt] }] }',
    'An OpenID provider, and which of its people are viewer or maintainer of which products, or ' +
      'operator: by `email`, `group`, `subject` or `claim`. The guide to access has all of it.'
  )
]

export const settings: readonly Setting[] = [
  ...openSettings,
  secretSetting,
  clickhouseSetting,
  ...closedSettings.map((setting) => ({ ...setting, flag: undefined })),
  ...fileSettings.map((setting) => ({ ...setting, flag: undefined, variable: undefined }))
]

/** Variables that the server does not read, but the command line does. */
export const otherVariables = ['CANDOR_CONFIG', 'CANDOR_URL', 'CANDOR_COLUMNS']
export const otherFlags = ['--config']

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
