/**
 * A product's public page beside what its clients send and what this collector keeps: from
 * `page.yaml`, joined with the contract.
 */
import { basename } from 'node:path'
import { discloseContract, type Contract, type Control } from '@candor/contract'
import { readShown, type PublicPage } from '../../server/src/products/public-page.test-support.ts'
import { code, page, table } from './page.ts'

export function comparisonPage(contract: Contract, publicPage: PublicPage): string {
  const { statements } = publicPage
  const shownBy = statements.some(({ shown }) => shown.length > 0) ? ['shown by'] : []
  const counts = (['still true', 'outdated', 'wrong'] as const).map(
    (verdict) =>
      `${statements.filter((statement) => statement.verdict === verdict).length} ${verdict}`
  )
  return page(
    `${contract.title}: its public page, its clients, this collector`,
    `Beside [our page](TELEMETRY.md): what ${publicPage.page} says, in our words; what the ` +
      'clients really send; what this collector keeps of it, as the contract says. ' +
      `Of ${statements.length} statements, ${counts.join(', ')}. Where each fact about a ` +
      "client was seen: [the product's " +
      `folder](../../../../server/src/products/${contract.product}/README.md).`,
    '## What the page says',
    table(
      [
        'the page says',
        'which is',
        'what the client does',
        'what our collector keeps',
        'where we differ on purpose, and why',
        ...shownBy
      ],
      statements.map((each) => [
        each.says,
        each.verdict,
        each.client,
        keptOf(contract, each),
        each.differs ?? '',
        ...shownBy.map(() => linksTo(each.shown))
      ])
    ),
    ...programPart(publicPage),
    '## What the page does not say',
    table(
      [
        'what the client does',
        'what our collector keeps',
        'where we differ on purpose, and why',
        ...shownBy
      ],
      publicPage.unsaid.map((each) => [
        each.client,
        keptOf(contract, each),
        each.differs ?? '',
        ...shownBy.map(() => linksTo(each.shown))
      ])
    ),
    '## The switches',
    table(
      ['on the page', 'works in', 'what works now', 'since', 'for the', 'shown by'],
      switchRows(contract, publicPage)
    )
  )
}

/** A test is told by its name, a file by its own. */
function linksTo(shown: readonly string[]): string {
  return shown
    .map((each) => {
      const { path, test } = readShown(each)
      return `[${test ?? basename(path)}](../../../../${path})`
    })
    .join('<br>')
}

/** For a product whose life a program of ours lives: statement by statement, does it hold there? */
function programPart({ program, statements }: PublicPage): readonly string[] {
  if (program === undefined) return []
  return [
    '## The client’s side, lived by a program of ours',
    `The same statements for ${program}.`,
    table(
      ['the page says', 'there', 'shown by'],
      statements.map(({ says, program: there, program_shown: own, shown }) => [
        says,
        there ?? '',
        linksTo(own ?? shown)
      ])
    )
  ]
}

/** Where each product's pages are, and how much of its public page still holds. */
export function productsPage(
  products: readonly { readonly contract: Contract; readonly publicPage: PublicPage }[]
): string {
  return page(
    'Products',
    'What each product collects, written from its contract: a page for its users, the same ' +
      'for browsers and for programs. Beside it what its public page says today, what its ' +
      'clients really send, and what this collector keeps.',
    table(
      ['product', 'page', 'for browsers', 'for programs', 'its public page'],
      products.map(({ contract: { product, title }, publicPage: { statements } }) => {
        const holding = statements.filter(({ verdict }) => verdict === 'still true').length
        return [
          title,
          `[TELEMETRY.md](${product}/TELEMETRY.md)`,
          `[telemetry.html](${product}/telemetry.html)`,
          `[telemetry.json](${product}/telemetry.json)`,
          `[${holding} of ${statements.length} statements still true](${product}/comparison.md)`
        ]
      })
    )
  )
}

/** In the contract's words, so that it cannot say anything else than what is done. */
function keptOf(
  contract: Contract,
  { kept, proof }: { readonly kept?: string | undefined; readonly proof: readonly string[] }
): string {
  const treated = new Map<string, string[]>()
  const add = (treatment: string, name: string): void =>
    void treated.set(treatment, [...(treated.get(treatment) ?? []), name])
  for (const path of proof) {
    const [section = '', name = '', ...rest] = path.split('.')
    const isRecord = ['events', 'snapshots', 'counters'].includes(section)
    if (isRecord && rest.length === 0 && kept === undefined) add('that it happened', name)
    const field = rest.filter((key) => key !== 'fields').join('.')
    const row = isRecord
      ? rowOf(contract, [name], field)
      : section === 'groups'
        ? rowOf(contract, usersOf(contract, name), field)
        : undefined
    if (row !== undefined) add(row, field)
  }
  const words = [...treated].map(
    ([treatment, names]) => `${names.map(code).join(', ')}: ${treatment}`
  )
  return [...(kept === undefined ? [] : [kept]), ...words].join('; ') || '—'
}

/** Records that use an authored group. */
function usersOf(contract: Contract, group: string): readonly string[] {
  const document = contract.document as Readonly<
    Record<string, Readonly<Record<string, { readonly uses?: unknown }>>>
  >
  return [...contract.records.values()].flatMap(({ kind, name }) => {
    const uses = document[`${kind}s`]?.[name]?.uses
    return Array.isArray(uses) && uses.includes(group) ? [name] : []
  })
}

const treatments = {
  keeps: 'kept',
  token: 'kept as a token',
  reduces: 'reduced on arrival',
  drops: 'dropped unread',
  elsewhere: ''
}

/** What is made of the field in any of the records, as our page says it. */
function rowOf(contract: Contract, of: readonly string[], path: string): string | undefined {
  const { records, shared } = discloseContract(contract)
  const found = [
    ...records
      .filter(({ name }) => of.includes(name))
      .flatMap(({ fields }) => fields.flatMap((part) => part.fields)),
    ...shared
      .filter((group) => group.records.some((name) => of.includes(name)))
      .flatMap(({ fields }) => fields)
  ].find((field) => field.path === path)
  if (found === undefined) return undefined
  if (found.collector === 'elsewhere') return found.because
  return `${treatments[found.collector]}${found.collector === 'drops' && found.because !== undefined ? ` (${found.because})` : ''}`
}

/** Each as the page tells it, and what the contract has beside those. */
function switchRows(
  contract: Contract,
  { switches, switches_shown: shown }: PublicPage
): readonly (readonly string[])[] {
  const controlOf = (name: string): Control | undefined =>
    contract.controls.find((control) =>
      Object.values(control).some((value) => String(value) === name)
    )
  const told = new Set(switches.map(({ now }) => controlOf(now)))
  const others = contract.controls.filter(
    (control) => !told.has(control) && control['until'] === undefined && saysNo(control)
  )
  return [
    ...switches.map((each) => [
      each.page,
      each.works,
      code(each.now),
      each.since ?? '',
      scopeOf(controlOf(each.now)),
      linksTo(shown[each.now] ?? [])
    ]),
    ...others.map((control) => [
      'not named',
      '—',
      code(nameOf(control)),
      String(control['since'] ?? ''),
      scopeOf(control),
      linksTo(shown[nameOf(control)] ?? [])
    ])
  ]
}

function saysNo(control: Control): boolean {
  if (control['variable'] !== undefined && control['off'] === undefined) return false
  return (
    control['honoured'] !== false &&
    control['status'] === undefined &&
    control['preview'] === undefined
  )
}

function nameOf(control: Control): string {
  const { variable, flag, key, sql, off } = control
  return String(variable ?? flag ?? (key === undefined ? sql : `${key} = ${off}`))
}

function scopeOf(control: Control | undefined): string {
  const scope = String(control?.['scope'] ?? '')
  return control?.['keeps'] === undefined
    ? scope
    : `${scope}${scope === '' ? '' : '; '}still sends ${String(control['keeps'])}`
}
