/** Writes an advisory as a document of the Common Security Advisory Framework, version 2.0. */
import type { Advisory, Publisher } from '../release-file.ts'
import { scoreOf, type CvssScore } from './cvss.ts'
import { instantOf } from './osv.ts'

export interface CsafOptions {
  readonly publisher: Publisher
  /** The product's name for people. */
  readonly title: string
}

interface Branch {
  readonly category: 'product_version_range' | 'product_version'
  readonly name: string
  readonly product: { readonly name: string; readonly product_id: string }
}

/** The name that the standard gives the file of an advisory. */
export function csafFileName(id: string): string {
  return `${id.toLowerCase().replaceAll(/[^+\-a-z0-9]+/g, '_')}.json`
}

export function csafDocument(
  advisory: Advisory,
  { publisher, title }: CsafOptions
): Readonly<Record<string, unknown>> {
  const { affected, fixed } = branchesOf(advisory, title)
  const date = instantOf(advisory)
  const published = `${advisory.date}T00:00:00Z`
  const first = published < date ? published : date
  return {
    document: {
      category: 'csaf_security_advisory',
      csaf_version: '2.0',
      lang: 'en',
      title: advisory.title,
      aggregate_severity: { text: advisory.level },
      distribution: { tlp: { label: 'WHITE' } },
      notes: notesOf(advisory),
      publisher: { category: 'vendor', ...publisher },
      references: [{ category: 'external', summary: 'The advisory', url: advisory.url }],
      tracking: {
        id: advisory.id,
        status: 'final',
        version: '1',
        initial_release_date: first,
        current_release_date: first,
        revision_history: [{ number: '1', date: first, summary: 'Published.' }]
      }
    },
    product_tree: {
      branches: [
        {
          category: 'vendor',
          name: publisher.name,
          branches: [{ category: 'product_name', name: title, branches: [...affected, ...fixed] }]
        }
      ]
    },
    vulnerabilities: vulnerabilitiesOf(advisory, affected.map(idOf), fixed.map(idOf))
  }
}

/** One for each CVE, since each entry names one; without any, one that has its other names. */
function vulnerabilitiesOf(
  advisory: Advisory,
  affected: readonly string[],
  fixed: readonly string[]
): readonly unknown[] {
  const { cve = [], title, message } = advisory
  const cves = cve.filter((name) => name.startsWith('CVE-'))
  const ids = cve
    .filter((name) => name.startsWith('GHSA-'))
    .map((text) => ({ system_name: 'GitHub Advisory Database', text }))
  const scores = (advisory.cvss ?? []).flatMap((vector) => scoreEntry(vector, affected) ?? [])
  const fixes = fixedVersions(advisory)
  const remediation =
    fixes.length === 0
      ? { category: 'none_available', details: 'No version without it is known.' }
      : { category: 'vendor_fix', details: `Upgrade to ${fixes.join(' or ')}.` }
  return (cves.length === 0 ? [undefined] : cves).map((name) => ({
    ...(name === undefined ? {} : { cve: name }),
    ...(ids.length === 0 ? {} : { ids }),
    title,
    notes: [{ category: 'description', text: message ?? title }],
    product_status: {
      known_affected: affected,
      ...(fixed.length === 0 ? {} : { fixed })
    },
    ...(scores.length === 0 ? {} : { scores }),
    remediations: [{ ...remediation, product_ids: affected }]
  }))
}

/** Of version 4 the framework knows nothing yet; the vector stands in the notes. */
function scoreEntry(vector: string, products: readonly string[]): object | undefined {
  const score = scoreOf(vector)
  if (score === undefined || score.version === '4.0') return undefined
  const { version, base } = score
  const common = { version, vectorString: vector, baseScore: base }
  return version === '2.0'
    ? { products, cvss_v2: common }
    : { products, cvss_v3: { ...common, baseSeverity: severityOf(score) } }
}

function severityOf({ level }: CvssScore): string {
  return level === 'info' ? 'NONE' : level.toUpperCase()
}

function notesOf(advisory: Advisory): readonly unknown[] {
  const platforms = Object.entries(advisory.platforms ?? {}).map(
    ([name, values]) => `${name} ${values.join(', ')}`
  )
  const newer = (advisory.cvss ?? []).filter((vector) => scoreOf(vector)?.version === '4.0')
  return [
    { category: 'summary', text: advisory.message ?? advisory.title },
    ...(platforms.length === 0
      ? []
      : [
          {
            category: 'details',
            title: 'Platforms',
            text: `It concerns only installations on ${platforms.join('; ')}.`
          }
        ]),
    ...(newer.length === 0
      ? []
      : [{ category: 'details', title: 'CVSS 4.0', text: newer.join(', ') }])
  ]
}

function branchesOf(
  advisory: Advisory,
  title: string
): { readonly affected: readonly Branch[]; readonly fixed: readonly Branch[] } {
  const branch = (category: Branch['category'], name: string, id: string): Branch => ({
    category,
    name,
    product: { name: `${title} ${name.replace('vers:generic/', '')}`, product_id: id }
  })
  const affected = advisory.affected.split('||').map((part, index) => {
    const bounds = part.trim().split(/\s+/)
    const [only] = bounds
    const isOne = bounds.length === 1 && only !== undefined && /^=?v?\d/.test(only)
    return isOne
      ? branch('product_version', only.replace(/^=/, ''), `affected-${index + 1}`)
      : branch('product_version_range', `vers:generic/${bounds.join('|')}`, `affected-${index + 1}`)
  })
  const fixed = fixedVersions(advisory).map((version, index) =>
    branch('product_version', version, `fixed-${index + 1}`)
  )
  return { affected, fixed }
}

function fixedVersions({ fixed, fixed_versions: versions }: Advisory): readonly string[] {
  return versions ?? (fixed === undefined ? [] : [fixed])
}

function idOf({ product }: Branch): string {
  return product.product_id
}
