/**
 * Which clients that others made are tried, in which releases, and where is the program that each
 * of them runs?
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../journey/world/candor-server.ts'

export type Language = 'node' | 'browser' | 'python' | 'go' | 'java'

export interface Client {
  readonly name: string
  readonly language: Language
  /** What its registry calls it; the first is the client, the rest it needs at the same release. */
  readonly packages: readonly string[]
  /** What its older releases need beside them that their own packages no longer bring. */
  readonly beside?: readonly string[]
  /** The newest first. */
  readonly versions: readonly string[]
  /** Tried by CI, in its first version. */
  readonly always: boolean
  /** Where its program stands: below a heading of a page, or in `programs/`. */
  readonly program:
    | {
        readonly is: 'guide'
        readonly page: 'segment' | 'posthog' | 'otlp'
        readonly below: string
      }
    | { readonly is: 'file'; readonly name: string }
  /** Whose contract it reports under. */
  readonly product: 'acme' | 'dlt'
  /** How many records one run of its program is. */
  readonly records: number
}

export const clients: readonly Client[] = [
  {
    name: '@segment/analytics-node',
    language: 'node',
    packages: ['@segment/analytics-node'],
    versions: ['3.1.0', '2.3.0', '1.3.0'],
    always: true,
    program: { is: 'guide', page: 'segment', below: 'Node' },
    product: 'acme',
    records: 1
  },
  {
    name: 'segment-analytics-python',
    language: 'python',
    packages: ['segment-analytics-python'],
    versions: ['2.4.0', '2.3.6', '2.2.3'],
    always: true,
    program: { is: 'guide', page: 'segment', below: 'Python' },
    product: 'acme',
    records: 1
  },
  {
    name: 'rudder-sdk-python',
    language: 'python',
    packages: ['rudder-sdk-python'],
    versions: ['2.1.9', '2.1.4', '2.0.2'],
    always: true,
    program: { is: 'guide', page: 'segment', below: 'RudderStack for Python' },
    product: 'acme',
    records: 1
  },
  {
    name: '@rudderstack/rudder-sdk-node',
    language: 'node',
    packages: ['@rudderstack/rudder-sdk-node'],
    versions: ['3.0.13', '2.1.11', '2.0.9'],
    always: false,
    program: { is: 'guide', page: 'segment', below: 'RudderStack for Node' },
    product: 'acme',
    records: 1
  },
  {
    name: 'analytics-go',
    language: 'go',
    packages: ['github.com/segmentio/analytics-go/v3'],
    versions: ['v3.3.0', 'v3.2.1'],
    always: false,
    program: { is: 'guide', page: 'segment', below: 'Go' },
    product: 'acme',
    records: 1
  },
  {
    name: 'analytics-java',
    language: 'java',
    packages: ['com.segment.analytics.java:analytics'],
    versions: ['3.5.4', '3.5.2', '3.4.0'],
    always: false,
    program: { is: 'guide', page: 'segment', below: 'Java' },
    product: 'acme',
    records: 1
  },
  {
    name: '@segment/analytics-next',
    language: 'browser',
    packages: ['@segment/analytics-next'],
    versions: ['1.84.3', '1.77.0', '1.70.0'],
    always: false,
    program: { is: 'guide', page: 'segment', below: 'Browser' },
    product: 'acme',
    records: 1
  },
  {
    name: 'posthog-node',
    language: 'node',
    packages: ['posthog-node'],
    versions: ['5.70.0', '4.18.0', '3.6.3'],
    always: true,
    program: { is: 'guide', page: 'posthog', below: 'Node' },
    product: 'acme',
    records: 1
  },
  {
    name: 'posthog',
    language: 'python',
    packages: ['posthog'],
    versions: ['7.91.1', '7.75.8', '6.9.3'],
    always: true,
    program: { is: 'guide', page: 'posthog', below: 'Python' },
    product: 'acme',
    records: 1
  },
  {
    name: 'posthog-go',
    language: 'go',
    packages: ['github.com/posthog/posthog-go'],
    versions: ['v1.5.2', 'v1.3.3'],
    always: false,
    program: { is: 'guide', page: 'posthog', below: 'Go' },
    product: 'acme',
    records: 1
  },
  {
    name: 'opentelemetry for Node',
    language: 'node',
    packages: [
      '@opentelemetry/exporter-logs-otlp-proto',
      '@opentelemetry/sdk-logs',
      '@opentelemetry/resources'
    ],
    versions: ['0.301.0'],
    always: true,
    program: { is: 'guide', page: 'otlp', below: 'Node' },
    product: 'acme',
    records: 1
  },
  {
    name: 'opentelemetry for Python',
    language: 'python',
    packages: ['opentelemetry-exporter-otlp-proto-http', 'opentelemetry-sdk'],
    versions: ['1.45.2', '1.43.0', '1.39.1'],
    always: true,
    program: { is: 'guide', page: 'otlp', below: 'Python' },
    product: 'acme',
    records: 1
  },
  {
    name: 'opentelemetry for Go',
    language: 'go',
    packages: ['go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetrichttp'],
    versions: ['v1.47.0', 'v1.44.0', 'v1.40.0'],
    always: false,
    program: { is: 'guide', page: 'otlp', below: 'Go' },
    product: 'acme',
    records: 1
  },
  {
    name: 'dlt',
    language: 'python',
    packages: ['dlt[cli]'],
    // 0.5 imports `pkg_resources`, which left setuptools with 81.
    beside: ['setuptools<81'],
    versions: ['1.31.0', '1.26.0', '0.5.4'],
    always: true,
    program: { is: 'file', name: 'dlt.py' },
    product: 'dlt',
    records: 5
  }
]

/** The client's program, with the collector's address in place of the page's. */
export function programOf({ program, language }: Client, url: string): string {
  const text =
    program.is === 'guide'
      ? blockOf(program, languages[language])
      : readFileSync(join(root, 'test', 'clients', 'programs', program.name), 'utf8')
  const said = 'http://127.0.0.1:4700'
  if (!text.includes(said)) throw new Error(`the program names no collector:\n${text}`)
  return text.replaceAll(said, url)
}

/**
 * What the guide tells to install: package and version, as the registry writes them. Undefined for
 * a client whose program stands in no guide.
 */
export function installedBy({ program, language }: Client): readonly string[] | undefined {
  if (program.is === 'file') return undefined
  if (language === 'java') {
    const [group, artifact, version] = ['groupId', 'artifactId', 'version'].map(
      (name) => new RegExp(`<${name}>(.*)</${name}>`).exec(blockOf(program, 'xml'))?.[1]
    )
    return [`${group}:${artifact}:${version}`]
  }
  return blockOf(program, 'sh').trim().split(/\s+/).slice(2)
}

const languages = { node: 'js', browser: 'js', python: 'python', go: 'go', java: 'java' } as const

function blockOf(
  { page, below }: Extract<Client['program'], { is: 'guide' }>,
  language: string
): string {
  const text = readFileSync(join(root, 'docs', 'guide', `${page}.md`), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith(`${below}\n`))
  const fenced = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm')
  const block = fenced.exec(section ?? '')?.[1]
  if (block === undefined) throw new Error(`${page}.md has no ${language} below ${below}`)
  return block
}
