/** Publishes what is due of a product: asks, protects, attacks, and writes what stands. */
import type { Contract, PublicNumbers } from '@candor/contract'
import type { Effects } from '../effects.ts'
import { CandorError } from '../errors.ts'
import type { Finding } from './attack/attack.ts'
import { keyOf, others, whole } from './control/count-table.ts'
import { protect } from './control/protect.ts'
import { inOrder, readLedger, writeFolder } from './ledger.ts'
import type { Solver } from './linear-program.ts'
import { duePeriods, nextDue } from './periods.ts'
import { cellsOf, type Period, type PublishedTable, valueOf } from './published.ts'
import {
  type AskedTable,
  type AskOne,
  type LargestSenders,
  tablesAsker
} from './published-tables.ts'
import { folderOf } from './site/folder.ts'

export interface Publisher {
  readonly effects: Pick<Effects, 'files' | 'clock'>
  readonly solver: Solver
  /** What a stranger could find out of tables; undefined: it was not over in time. */
  readonly attack: (tables: readonly PublishedTable[]) => Promise<readonly Finding[] | undefined>
  readonly ask: AskOne
  readonly largestSenders: LargestSenders
  /** A secret number from 0 to 1 of a text, always the same. */
  readonly chance: (of: string) => number
  /** Signs the file that programs compare themselves with; undefined: there are no keys. */
  readonly sign:
    | ((bytes: Buffer) => { readonly key: string; readonly signature: string })
    | undefined
  readonly progress?: (done: number, of: number, what: string) => void
}

export interface Publishing {
  readonly contract: Contract
  readonly folder: string
  readonly withdraw?: { readonly table: string; readonly period: string; readonly because: string }
}

export interface Outcome {
  readonly published: readonly { readonly table: string; readonly period: string }[]
  /** What was not published, and why. */
  readonly withheld: readonly {
    readonly table: string
    readonly period: string
    readonly because: string
  }[]
  /** Paths that were written; empty: nothing was new. */
  readonly written: readonly string[]
  /** Day on which the next numbers are due. */
  readonly next: string
}

/** Records live for months, and what has expired is not counted again. */
const periodsBack = { week: 12, month: 3 }

/** Throws PUBLICATION_NONE, PUBLICATION_DAMAGED, PUBLICATION_CHANGED, and what the store throws. */
export async function publish(publishing: Publishing, publisher: Publisher): Promise<Outcome> {
  const { contract, folder, withdraw } = publishing
  const { effects, progress = () => undefined } = publisher
  const publication = publicationIn(contract)
  const now = effects.clock.now()
  const ledger = [...(await readLedger(folder, effects))]
  if (withdraw !== undefined) ledger.push(withdrawn(ledger, withdraw, now))
  const periods = duePeriods(now, publication.every, periodsBack[publication.every]).toReversed()
  const published: { table: string; period: string }[] = []
  const withheld: { table: string; period: string; because: string }[] = []
  const steps = periods.length * publication.tables.length
  for (const [index, period] of periods.entries()) {
    const askTable = tablesAsker(
      { contract, publication },
      { period, ask: publisher.ask, largestSenders: publisher.largestSenders }
    )
    for (const [place, declared] of publication.tables.entries()) {
      progress(index * publication.tables.length + place, steps, `${period.name} ${declared.name}`)
      const own = { table: declared.name, period: period.name }
      if (ledger.some((one) => one.table === own.table && one.period.name === own.period)) continue
      const asked = await askTable(declared)
      if (asked === undefined || asked.table.cells.every(({ count }) => count === 0)) continue
      const before = inOrder(ledger).findLast(
        (one) =>
          one.table === declared.name &&
          one.period.name < period.name &&
          one.withdrawn === undefined
      )
      const table = tableOf(asked, { contract, publication, period, now, before }, publisher)
      if (isSilent(table)) {
        withheld.push({ ...own, because: 'Too few are behind it.' })
        continue
      }
      const findings = await publisher.attack(besides([...ledger, table], table))
      if (findings === undefined)
        withheld.push({ ...own, because: 'What a stranger could find out was not tried in time.' })
      else if (findings[0] !== undefined) withheld.push({ ...own, because: findings[0].says })
      else {
        ledger.push(table)
        published.push(own)
      }
    }
  }
  progress(steps, steps, 'pages')
  const contents = folderOf({
    contract,
    publication,
    tables: inOrder(ledger),
    sign: publisher.sign
  })
  const written = await writeFolder(folder, contents, effects)
  const next = new Date(nextDue(now, publication.every)).toISOString().slice(0, 10)
  return { published, withheld, written, next }
}

/** Nothing is shown of it that a table of fewer things would not show. */
function isSilent({ cells, dimensions }: PublishedTable): boolean {
  return cells.every(
    (cell) =>
      valueOf(cell) === undefined ||
      (dimensions.length > 0 && cell.at.every((value) => value === whole || value === others))
  )
}

/** The contract's publication, where it names tables. */
function publicationIn({ product, publication }: Contract): PublicNumbers {
  if (publication !== undefined && publication.tables.length > 0) return publication
  throw new CandorError(
    'PUBLICATION_NONE',
    `The contract of ${product} names nothing to publish: list tables under \`publication\`.`
  )
}

interface Around {
  readonly contract: Contract
  readonly publication: PublicNumbers
  readonly period: Period
  readonly now: number
  readonly before: PublishedTable | undefined
}

function tableOf(
  { table, asked, notes, unit }: AskedTable,
  { contract, publication, period, now, before }: Around,
  { solver, chance }: Publisher
): PublishedTable {
  const declared = publication.tables.find(({ name }) => name === table.name)
  const hidden = (before?.cells ?? []).filter((cell) => valueOf(cell) === undefined)
  const protectedTable = protect(table, {
    solver,
    chance: (of) => chance(`${contract.product} ${of}`),
    hiddenBefore: new Set(hidden.map(({ at }) => keyOf(at)))
  })
  return {
    candor: 1,
    product: contract.product,
    table: table.name,
    title: declared?.title ?? table.name,
    says: declared?.says ?? '',
    asked: { question: asked.question, parameters: { ...asked.parameters } },
    period,
    version: 1,
    published: new Date(now).toISOString(),
    population: table.population,
    measure: table.measure,
    dimensions: [...table.dimensions],
    order: table.order,
    ...(unit === undefined ? {} : { unit }),
    overlaps: table.overlaps,
    ...table.strictness,
    licence: publication.licence,
    cells: [...cellsOf(protectedTable)],
    notes: [...notes].filter((note) => !note.includes('over_budget')).slice(0, 8)
  }
}

/** What is public of a table's own and the neighbouring periods, with it beside. */
function besides(
  tables: readonly PublishedTable[],
  table: PublishedTable
): readonly PublishedTable[] {
  const names = [...new Set(tables.map(({ period }) => period.name))].toSorted()
  const place = names.indexOf(table.period.name)
  const near = names.slice(Math.max(0, place - 1), place + 2)
  return tables.filter(({ period }) => near.includes(period.name))
}

/** The number stays in the folder's history; what stands there now says why it is not shown. */
function withdrawn(
  ledger: readonly PublishedTable[],
  { table, period, because }: NonNullable<Publishing['withdraw']>,
  now: number
): PublishedTable {
  const last = inOrder(ledger).findLast((one) => one.table === table && one.period.name === period)
  if (last === undefined || last.withdrawn !== undefined)
    throw new CandorError(
      'PUBLICATION_UNKNOWN',
      `Nothing is published as ${table} of ${period}, or it is withdrawn already.`
    )
  return {
    ...last,
    version: last.version + 1,
    published: new Date(now).toISOString(),
    cells: [],
    withdrawn: { because }
  }
}
