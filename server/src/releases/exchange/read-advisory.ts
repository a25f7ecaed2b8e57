/**
 * Reads an advisory that another tool wrote: OSV's form, which GitHub's database has too, or the
 * form of GitHub's API.
 */
import { compareVersionTexts, readVersion } from '#values/version-order'
import { z } from 'zod'
import type { Advisory } from '../release-file.ts'
import { scoreOf } from './cvss.ts'
import { fixesOf, rangeOfEvents, type OsvEvent } from './versions-of-osv.ts'

export type AdvisoryReading =
  | { readonly is: 'advisory'; readonly advisory: Advisory }
  /** Says what to do. */
  | { readonly is: 'refused'; readonly because: string }

export interface ReadingOptions {
  /** Which package of the document is meant; without it there may be only one. */
  readonly package?: string | undefined
  /** For what tells neither words nor a vector. */
  readonly level?: Advisory['level'] | undefined
  readonly platforms?: Advisory['platforms'] | undefined
}

const text = z.string().nullish()
const event = z.union([
  z.looseObject({ introduced: z.string() }),
  z.looseObject({ fixed: z.string() }),
  z.looseObject({ last_affected: z.string() })
])
const packageShape = z.looseObject({ ecosystem: z.string(), name: z.string() })
const osv = z.looseObject({
  id: z.string(),
  modified: text,
  published: text,
  withdrawn: text,
  aliases: z.array(z.string()).nullish(),
  summary: text,
  details: text,
  severity: z.array(z.looseObject({ score: z.string() })).nullish(),
  affected: z
    .array(
      z.looseObject({
        package: packageShape.nullish(),
        severity: z.array(z.looseObject({ score: z.string() })).nullish(),
        ranges: z
          .array(z.looseObject({ type: z.string(), events: z.array(z.unknown()) }))
          .nullish(),
        versions: z.array(z.string()).nullish(),
        ecosystem_specific: z.unknown().optional()
      })
    )
    .nullish(),
  references: z.array(z.looseObject({ type: z.string(), url: z.string() })).nullish(),
  database_specific: z.unknown().optional()
})
const github = z.looseObject({
  ghsa_id: z.string(),
  cve_id: text,
  summary: text,
  description: text,
  severity: text,
  html_url: text,
  published_at: text,
  updated_at: text,
  withdrawn_at: text,
  cvss: z.looseObject({ vector_string: text }).nullish(),
  cvss_severities: z.record(z.string(), z.looseObject({ vector_string: text }).nullish()).nullish(),
  vulnerabilities: z
    .array(
      z.looseObject({
        package: packageShape.nullish(),
        vulnerable_version_range: text,
        first_patched_version: z
          .union([z.string(), z.looseObject({ identifier: z.string() })])
          .nullish()
      })
    )
    .nullish()
})
const platformsShape = z.record(z.string(), z.array(z.union([z.string(), z.number()])))

/** What both forms tell, before it is one of ours. */
interface Told {
  readonly id: string
  readonly names: readonly string[]
  readonly published: string | undefined
  readonly modified: string | undefined
  readonly isWithdrawn: boolean
  readonly title: string | undefined
  readonly message: string | undefined
  readonly word: string | undefined
  readonly vectors: readonly string[]
  readonly url: string | undefined
  readonly affected: readonly Affected[]
}

interface Affected {
  readonly package: { readonly ecosystem: string; readonly name: string } | undefined
  /** Undefined: it can't be read. */
  readonly ranges: readonly (string | undefined)[]
  readonly fixes: readonly string[]
  readonly platforms: Advisory['platforms']
}

/** Never throws, whatever the value is. */
export function readAdvisory(value: unknown, options: ReadingOptions = {}): AdvisoryReading {
  const ofGithub = github.safeParse(value)
  if (ofGithub.success) return chosenFrom(toldByGithub(ofGithub.data), options)
  const ofOsv = osv.safeParse(value)
  if (ofOsv.success) return chosenFrom(toldByOsv(ofOsv.data), options)
  return refused(
    'it is neither OSV nor an advisory of GitHub: a document with `id` and `affected`, or with ' +
      '`ghsa_id`, is needed'
  )
}

function chosenFrom(told: Told, options: ReadingOptions): AdvisoryReading {
  const { affected, problem } = affectedBy(told, options.package)
  if (affected.length === 0) return refused(problem)
  const ranges = affected.flatMap((each) => each.ranges)
  if (ranges.length === 0 || ranges.includes(undefined))
    return refused(
      'its versions can’t be compared (commits, or words that are no version): write it with ' +
        '`candor advisory add --affected`'
    )
  const score = told.vectors.map(scoreOf).find((each) => each !== undefined)
  const level = levelOfWord(told.word) ?? score?.level ?? options.level
  if (level === undefined) return refused('it tells no severity: say it with --level')
  const fixes = [...new Set(affected.flatMap(({ fixes: own }) => own))]
    .filter((version) => readVersion(version) !== undefined)
    .toSorted(compareVersionTexts)
  const platforms = options.platforms ?? sharedPlatforms(affected)
  const url = told.url?.startsWith('https://') === true ? told.url : undefined
  const name = affected[0]?.package
  const advisory: Advisory = {
    id: told.id.slice(0, 60),
    date: (told.published ?? told.modified ?? '').slice(0, 10),
    level,
    title: oneLine(told.title ?? told.message ?? told.id, 200),
    ...(told.message === undefined ? {} : { message: cut(told.message.trim(), 2_000) }),
    url: url ?? `https://osv.dev/vulnerability/${encodeURIComponent(told.id)}`,
    affected: [...new Set(ranges)].join(' || '),
    ...(fixes.length === 0 ? {} : { fixed: fixes.at(-1) ?? '' }),
    ...(fixes.length < 2 ? {} : { fixed_versions: fixes }),
    ...(told.names.length === 0 ? {} : { cve: told.names }),
    ...(told.vectors.length === 0
      ? {}
      : { cvss: told.vectors.filter((vector) => scoreOf(vector) !== undefined) }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(name === undefined || name.ecosystem === ''
      ? {}
      : { package: { ecosystem: name.ecosystem, name: name.name } }),
    ...(told.modified === undefined ? {} : { modified: told.modified }),
    ...(told.isWithdrawn ? { withdrawn: true } : {})
  }
  return { is: 'advisory', advisory }
}

/** Of one package: versions of two are two orders. */
function affectedBy(
  { affected }: Told,
  wanted: string | undefined
): { readonly affected: readonly Affected[]; readonly problem: string } {
  const names = [...new Set(affected.map((each) => each.package?.name ?? ''))]
  if (wanted === undefined && names.length > 1)
    return {
      affected: [],
      problem: `it names several packages: choose one with --package (${names.join(', ')})`
    }
  const chosen =
    wanted === undefined ? affected : affected.filter((each) => each.package?.name === wanted)
  const problem =
    affected.length === 0
      ? 'it names nothing that is affected'
      : `it names no package ${wanted}; there is ${names.join(', ')}`
  return { affected: chosen, problem }
}

/** Where parts differ in it, the advisory concerns more than any of them says. */
function sharedPlatforms(affected: readonly Affected[]): Advisory['platforms'] {
  const [first] = affected
  const isShared = affected.every(
    ({ platforms }) => JSON.stringify(platforms) === JSON.stringify(first?.platforms)
  )
  return isShared ? first?.platforms : undefined
}

function toldByOsv(document: z.infer<typeof osv>): Told {
  const { references, aliases } = document
  const own = record(document.database_specific)['severity']
  const severities = [
    ...(document.severity ?? []),
    ...(document.affected ?? []).flatMap(({ severity }) => severity ?? [])
  ]
  const address = (type: string): string | undefined =>
    references?.find((reference) => reference.type === type)?.url
  return {
    id: document.id,
    names: idsIn([document.id, ...(aliases ?? [])]),
    published: document.published ?? undefined,
    modified: document.modified ?? undefined,
    isWithdrawn: document.withdrawn !== null && document.withdrawn !== undefined,
    title: document.summary ?? undefined,
    message: document.details ?? undefined,
    word: typeof own === 'string' ? own : undefined,
    vectors: [...new Set(severities.map(({ score }) => score))],
    url: address('ADVISORY') ?? address('WEB'),
    affected: (document.affected ?? []).map((each) => {
      const events = (each.ranges ?? [])
        .filter(({ type }) => type !== 'GIT')
        .map((range) => range.events.flatMap((one) => eventOf(one) ?? []))
      const ranges = events.map(rangeOfEvents)
      const listed = (each.versions ?? []).map((version) =>
        readVersion(version) === undefined ? undefined : version
      )
      return {
        package: each.package ?? undefined,
        // A list beside a range names the versions that the range holds.
        ranges: ranges.length > 0 ? ranges : listed,
        fixes: events.flatMap(fixesOf),
        platforms: platformsIn(each.ecosystem_specific)
      }
    })
  }
}

function toldByGithub(document: z.infer<typeof github>): Told {
  const vectors = [
    document.cvss?.vector_string,
    ...Object.values(document.cvss_severities ?? {}).map((each) => each?.vector_string)
  ]
  return {
    id: document.ghsa_id,
    names: idsIn([document.ghsa_id, document.cve_id ?? '']),
    published: document.published_at ?? undefined,
    modified: document.updated_at ?? undefined,
    isWithdrawn: document.withdrawn_at !== null && document.withdrawn_at !== undefined,
    title: document.summary ?? undefined,
    message: document.description ?? undefined,
    word: document.severity ?? undefined,
    vectors: [...new Set(vectors.flatMap((vector) => vector ?? []))],
    url: document.html_url ?? undefined,
    affected: (document.vulnerabilities ?? []).map((each) => {
      const first = each.first_patched_version
      const fixed = typeof first === 'string' ? first : first?.identifier
      return {
        package: each.package === null ? undefined : packageOfGithub(each.package),
        ranges: [rangeOfGithub(each.vulnerable_version_range ?? '')],
        fixes: fixed === undefined ? [] : [fixed],
        platforms: undefined
      }
    })
  }
}

/** GitHub's API writes registries in words of its own; OSV's are those that other tools know. */
const registries: Readonly<Record<string, string>> = {
  actions: 'GitHub Actions',
  composer: 'Packagist',
  erlang: 'Hex',
  go: 'Go',
  maven: 'Maven',
  npm: 'npm',
  nuget: 'NuGet',
  pip: 'PyPI',
  pub: 'Pub',
  rubygems: 'RubyGems',
  rust: 'crates.io',
  swift: 'SwiftURL'
}

function packageOfGithub(found: Affected['package']): Affected['package'] {
  if (found === undefined) return undefined
  const { ecosystem, name } = found
  return {
    ecosystem: Object.hasOwn(registries, ecosystem) ? (registries[ecosystem] ?? '') : '',
    name
  }
}

/** `>= 1.0.0, < 1.2.3`, `= 1.0.0`, several after `||`. */
function rangeOfGithub(range: string): string | undefined {
  const parts = range.split('||').map((part) =>
    part
      .split(',')
      .map((bound) => bound.replaceAll(/\s+/g, ''))
      .filter((bound) => bound !== '')
      .join(' ')
  )
  const isReadable = parts.every(
    (part) =>
      part !== '' &&
      part
        .split(' ')
        .every((bound) => readVersion(bound.replace(/^(?:[<>]=?|=)/, '')) !== undefined)
  )
  return isReadable ? parts.join(' || ') : undefined
}

function eventOf(value: unknown): OsvEvent | undefined {
  const read = event.safeParse(value)
  return read.success ? (read.data as OsvEvent) : undefined
}

/** Ours, or the systems that Go's database names. */
function platformsIn(specific: unknown): Advisory['platforms'] {
  const own = platformsShape.safeParse(record(specific)['platforms'])
  if (own.success) return own.data
  const imports = record(specific)['imports']
  const all = Array.isArray(imports) ? imports.map(record) : []
  const words = (key: string): readonly string[] => {
    const lists = all.map((each) => each[key])
    // An import without the key is affected everywhere.
    if (lists.length === 0 || !lists.every((list) => Array.isArray(list))) return []
    return [...new Set(lists.flat().filter((word) => typeof word === 'string'))]
  }
  const [os, arch] = [words('goos'), words('goarch')]
  if (os.length + arch.length === 0) return undefined
  return { ...(os.length === 0 ? {} : { os }), ...(arch.length === 0 ? {} : { arch }) }
}

function idsIn(names: readonly string[]): readonly string[] {
  return [
    ...new Set(names.filter((name) => /^(CVE-\d{4}-\d{4,}|GHSA(-[0-9a-z]{4}){3})$/.test(name)))
  ]
}

function levelOfWord(word: string | undefined): Advisory['level'] | undefined {
  const levels: Readonly<Record<string, Advisory['level']>> = {
    low: 'low',
    moderate: 'medium',
    medium: 'medium',
    high: 'high',
    critical: 'critical'
  }
  const known = (word ?? '').toLowerCase()
  return Object.hasOwn(levels, known) ? levels[known] : undefined
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}

function oneLine(value: string, max: number): string {
  return cut(value.replaceAll(/\s+/g, ' ').trim(), max)
}

function cut(value: string, max: number): string {
  return value.length <= max ? value : `${value.slice(0, max - 1)}…`
}

function refused(because: string): AdvisoryReading {
  return { is: 'refused', because }
}
