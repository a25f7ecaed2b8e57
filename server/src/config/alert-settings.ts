/**
 * What `alerts` may say in candor.yaml: who is told, where the dashboard is, and how sensitive each
 * rule is.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { isUnheard } from './loopback.ts'

const httpUrl = z
  .string()
  .max(2_000, 'is too long')
  .refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    'must be an http:// or https:// URL'
  )
/** What is signed or names people does not travel in clear beyond this machine. */
const safeUrl = httpUrl.refine(
  (text) => URL.canParse(text) && isUnheard(new URL(text)),
  'must be an https:// URL, or lie on this machine'
)
const smtpUrl = z
  .string()
  .refine(
    (text) => URL.canParse(text) && /^smtps?:$/.test(new URL(text).protocol) && !text.includes('@'),
    'must be smtp://host:587 or smtps://host:465 without a password (use user and password_file)'
  )
const address = z.string().regex(/^[^\s@<>,]{1,64}@[^\s@<>,]{1,255}$/, 'must be an e-mail address')
const share = z
  .union([z.number(), z.string()], 'must be a share such as `30 %`')
  .transform((value, context) => {
    const [, digits] = /^\s*(\d{1,3}(?:\.\d+)?)\s*%\s*$/.exec(String(value)) ?? []
    const read = digits === undefined ? Number(value) : Number(digits) / 100
    if (read > 0 && read <= 1) return read
    context.addIssue({ code: 'custom', message: 'must be a share from 1 % to 100 %' })
    return z.NEVER
  })
const rule = z.enum(
  ['records-fall', 'failures-rise', 'new-version', 'drift', 'silence', 'quarantine', 'lag'],
  'must be the name of a rule'
)

const weekdays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday'
] as const

export const alertsSchema = z.strictObject({
  digest: z.enum(weekdays, 'must be a day such as monday').optional(),
  dashboard: httpUrl.transform((text) => text.replace(/\/+$/, '')).optional(),
  mail: z
    .strictObject({
      smtp: smtpUrl,
      user: z.string().min(1).max(200).optional(),
      password_file: z.string().min(1).optional(),
      from: address,
      to: z.array(address).min(1, 'must name somebody').max(50, 'names too many')
    })
    .refine(
      ({ user, password_file: file }) => (user === undefined) === (file === undefined),
      'needs both user and password_file, or neither'
    )
    .optional(),
  webhooks: z
    .array(
      z.strictObject({
        name: z.string().regex(/^(?!mail$)[a-z][a-z0-9-]{0,39}$/, 'must be a short name'),
        url: safeUrl,
        form: z.enum(['candor', 'slack', 'matrix'], 'must be candor, slack or matrix').optional(),
        secret_file: z.string().min(1).optional()
      })
    )
    .max(20, 'are too many')
    .refine((hooks) => new Set(hooks.map(({ name }) => name)).size === hooks.length, {
      message: 'must have names that differ'
    })
    .optional(),
  products: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be a product name'),
      z.strictObject({
        records_fall: share.optional(),
        failures_rise: share.optional(),
        silence_hours: z.number().min(1).max(720).optional(),
        off: z.array(rule, 'must be a list of rules').optional()
      })
    )
    .optional()
})

/** Paths are absolute. */
export interface AlertsConfig {
  readonly dashboard: string | undefined
  /** 0 is Sunday. */
  readonly weeksOn: number | undefined
  readonly mail:
    | {
        readonly smtp: string
        readonly user: string | undefined
        readonly passwordFile: string | undefined
        readonly from: string
        readonly to: readonly string[]
      }
    | undefined
  readonly webhooks: readonly {
    readonly name: string
    readonly url: string
    readonly form: 'candor' | 'slack' | 'matrix'
    readonly secretFile: string | undefined
  }[]
  readonly products: ReadonlyMap<
    string,
    {
      readonly recordsFall: number | undefined
      readonly failuresRise: number | undefined
      readonly silenceHours: number | undefined
      readonly off: readonly z.infer<typeof rule>[] | undefined
    }
  >
}

/** Relative paths are relative to the file that says them. */
export function alertsConfig(read: z.infer<typeof alertsSchema>, file: string): AlertsConfig {
  const path = (name: string | undefined): string | undefined =>
    name === undefined ? undefined : resolve(dirname(file), name)
  const { dashboard, digest, mail, webhooks = [], products = {} } = read
  return Object.freeze({
    dashboard,
    weeksOn: digest === undefined ? undefined : weekdays.indexOf(digest),
    mail:
      mail === undefined
        ? undefined
        : {
            smtp: mail.smtp,
            user: mail.user,
            passwordFile: path(mail.password_file),
            from: mail.from,
            to: mail.to
          },
    webhooks: webhooks.map(({ name, url, form = 'candor', secret_file: secret }) => ({
      name,
      url,
      form,
      secretFile: path(secret)
    })),
    products: new Map(
      Object.entries(products).map(([name, said]) => [
        name,
        {
          recordsFall: said.records_fall,
          failuresRise: said.failures_rise,
          silenceHours: said.silence_hours,
          off: said.off
        }
      ])
    )
  })
}
