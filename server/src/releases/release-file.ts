/** What a product's file of releases and advisories says, and what is wrong with it. */
import { isRange, readVersion } from '#values/version-order'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { scoreOf } from './exchange/cvss.ts'

export interface ReleaseFile {
  readonly releases: readonly Release[]
  readonly advisories: readonly Advisory[]
  /** How long versions are supported: the first range that holds a version counts for it. */
  readonly support?: readonly Support[] | undefined
  /** Who answers for the advisories, as documents for other tools name it. */
  readonly publisher?: Publisher | undefined
}

export interface Support {
  /** A range such as `>=2.28.0 <2.29.0`. */
  readonly versions: string
  /** The last day with security fixes, or `tba` while nobody has decided. */
  readonly end_of_security_support: string
  /** The last day with any support, or `tba`. */
  readonly end_of_life: string
}

export interface Publisher {
  readonly name: string
  /** An address of the web that belongs to it. */
  readonly namespace: string
}

export interface Release {
  readonly version: string
  /** `2026-11-20`. */
  readonly date: string
  /** Platform → the majors that it runs on. A platform that is not named is no obstacle. */
  readonly supports?: Readonly<Record<string, readonly number[]>> | undefined
  /** Offered to nobody any more. */
  readonly withdrawn?: boolean | undefined
}

export interface Advisory {
  readonly id: string
  readonly date: string
  readonly level: 'info' | 'low' | 'medium' | 'high' | 'critical'
  readonly title: string
  readonly message?: string | undefined
  readonly url: string
  /** `>=2.0.0 <2.14.3 || 2.15.0`: versions between bounds, alternatives after `||`. */
  readonly affected: string
  readonly fixed?: string | undefined
  /** The first version without it in each line that was mended, `fixed` among them. */
  readonly fixed_versions?: readonly string[] | undefined
  /** CVE and GHSA ids. */
  readonly cve?: readonly string[] | undefined
  /** Vectors, as they were given. */
  readonly cvss?: readonly string[] | undefined
  /**
   * It concerns only installations on these: `{ postgresql: [16, 17], os: [linux] }`. Who does not
   * tell a platform is concerned.
   */
  readonly platforms?: Readonly<Record<string, readonly (string | number)[]>> | undefined
  /** What others call the product, where the advisory names it for one of their registries. */
  readonly package?: { readonly ecosystem: string; readonly name: string } | undefined
  /** When it was last changed where it came from, RFC 3339. */
  readonly modified?: string | undefined
  readonly withdrawn?: boolean | undefined
}

export type ReleaseFileResult =
  | { readonly is: 'file'; readonly file: ReleaseFile }
  | { readonly is: 'invalid'; readonly problems: readonly string[] }

// 128 characters of letters, digits, dots and dashes: what TimescaleDB's client accepts and writes
// into its server's log.
const version = z
  .string('must be text: put quotes around it, since 2.30 without them is the number 2.3')
  .max(128, 'must have at most 128 characters')
  .refine(
    (text) => /^[A-Za-z0-9.-]+$/.test(text) && readVersion(text) !== undefined,
    'must be a version such as 2.29.2'
  )
const date = z.iso.date('must be a date such as 2026-11-20')
const ending = z.union(
  [z.iso.date(), z.literal('tba')],
  'must be a date such as 2026-11-20, or tba'
)
const line = (max: number): z.ZodString =>
  z
    .string('must be text')
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
const major = z
  .number('must be a list of whole numbers')
  .int('must be a list of whole numbers')
  .min(0, 'must not be negative')
  .max(999_999, 'is too large')

const platformName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be a platform such as postgresql')

const release = z.strictObject({
  version,
  date,
  supports: z.record(platformName, z.array(major).min(1, 'must name a major')).optional(),
  withdrawn: z.boolean('must be true or false').optional()
})

export const advisoryLevels = ['info', 'low', 'medium', 'high', 'critical'] as const

const advisory = z.strictObject({
  id: line(60),
  date,
  level: z.enum(advisoryLevels, 'must be info, low, medium, high or critical'),
  title: line(200),
  message: line(2_000).optional(),
  url: z.url({ protocol: /^https$/, error: 'must be an https:// URL' }),
  affected: line(500).refine(isRange, 'must be a range such as `>=2.0.0 <2.14.3`'),
  fixed: version.optional(),
  fixed_versions: z.array(version).min(1, 'must name a version').max(100).optional(),
  cve: z
    .array(
      z.string().regex(/^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})$/, 'must be a CVE or GHSA id')
    )
    .optional(),
  cvss: z
    .array(
      z
        .string()
        .max(500)
        .refine((vector) => scoreOf(vector) !== undefined, 'must be a CVSS vector')
    )
    .max(8)
    .optional(),
  platforms: z
    .record(
      platformName,
      z
        .array(z.union([z.string().regex(/^[a-z0-9_.-]{1,40}$/), major], 'must be words or majors'))
        .min(1, 'must name one')
        .max(50)
    )
    .optional(),
  package: z.strictObject({ ecosystem: line(60), name: line(200) }).optional(),
  modified: z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time' }).optional(),
  withdrawn: z.boolean('must be true or false').optional()
})

const support = z.strictObject({
  versions: line(500).refine(isRange, 'must be a range such as `>=2.28.0 <2.29.0`'),
  end_of_security_support: ending,
  end_of_life: ending
})

const whole = z
  .strictObject({
    releases: z.array(release).max(10_000).default([]),
    advisories: z.array(advisory).max(1_000).default([]),
    support: z.array(support).max(1_000).optional(),
    publisher: z
      .strictObject({
        name: line(200),
        namespace: z.url({ protocol: /^https?$/, error: 'must be an address of the web' })
      })
      .optional()
  })
  .superRefine((file, context) => {
    reportTwice(
      file.releases.map(({ version }) => version),
      'releases',
      'version',
      context
    )
    reportTwice(
      file.advisories.map(({ id }) => id),
      'advisories',
      'id',
      context
    )
  })

/** Never throws, whatever the text is. */
export function readReleaseFile(text: string): ReleaseFileResult {
  const document = parseDocument(text)
  if (document.errors.length > 0)
    return {
      is: 'invalid',
      problems: document.errors.map(({ message }) => message.split('\n')[0] ?? '')
    }
  try {
    const parsed = whole.safeParse(document.toJS({ maxAliasCount: 100 }) ?? {})
    if (parsed.success) return { is: 'file', file: parsed.data }
    return {
      is: 'invalid',
      problems: parsed.error.issues.map(({ path, message }) =>
        path.length === 0 ? message : `${path.join('.')}: ${message}`
      )
    }
  } catch {
    return {
      is: 'invalid',
      problems: ['refers to itself too often: write its values out instead of using * and &']
    }
  }
}

function reportTwice(
  names: readonly string[],
  list: string,
  key: string,
  context: z.RefinementCtx
): void {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (seen.has(name))
      context.addIssue({
        code: 'custom',
        path: [list, index, key],
        message: `is there twice: ${name}`
      })
    seen.add(name)
  }
}
