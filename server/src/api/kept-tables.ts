/**
 * Keeps what a question was answered with for as long as nothing came that would change it: the
 * numbers of full days mostly never do.
 */
import type { AnswerTable } from '../analytics/asking/question.ts'
import type { Given } from '../analytics/asking/questions.ts'
import type { Storage } from '../storage/storage.ts'

/** About fifteen megabytes; a board of twenty cards over ninety days takes a twentieth of it. */
const rowsMax = 50_000
/** One answer may take a tenth of it. */
const rowsEachMax = 5_000
/** An answer without rows has notes still. */
const rowsLeast = 20

interface Asked {
  readonly product: string
  /** What was asked, and on which day: `30d` begins on another one tomorrow. */
  readonly key: string
  /** What else an answer follows from: an answer made of other ones is not the same. */
  readonly from: readonly unknown[]
  /** Ask the store, whatever is kept. */
  readonly isAnew: boolean
}

interface Made extends Given {
  /** The number of the last change before all that it is made of was looked up. */
  readonly asOf: number
}

interface Kept {
  readonly answer: AnswerTable
  readonly upTo: string
  readonly at: number
  readonly from: readonly unknown[]
  readonly rows: number
}

export class KeptTables {
  readonly #kept = new Map<string, Kept>()
  /** While it is being made, all who ask wait for the same. */
  readonly #making = new Map<
    string,
    { readonly at: number; readonly table: Promise<AnswerTable> }
  >()
  #rows = 0

  of(changes: Storage['changes'], asked: Asked, make: () => Promise<Made>): Promise<AnswerTable> {
    if (changes === undefined) return make().then(({ answer }) => answer)
    const key = JSON.stringify([asked.product, asked.key])
    const at = changes.latest()
    const kept = this.#kept.get(key)
    if (kept !== undefined && !asked.isAnew && isSame(kept.from, asked.from)) {
      if (changes.upTo(asked.product, kept.upTo) <= kept.at) {
        // The ones that are asked for most stay longest.
        this.#kept.delete(key)
        this.#kept.set(key, kept)
        return Promise.resolve(kept.answer)
      }
    }
    const making = this.#making.get(key)
    if (making?.at === at && !asked.isAnew) return making.table
    const table = make().then(({ answer, upTo, asOf }) => {
      if (upTo !== undefined) this.#keep(key, { answer, upTo, at: asOf, from: asked.from })
      return answer
    })
    const entry = { at, table }
    this.#making.set(key, entry)
    const end = (): void => {
      if (this.#making.get(key) === entry) this.#making.delete(key)
    }
    table.then(end, end)
    return table
  }

  #keep(key: string, found: Omit<Kept, 'rows'>): void {
    this.#forget(key)
    const rows = Math.max(rowsLeast, found.answer.rows.length)
    if (rows > rowsEachMax) return
    this.#kept.set(key, { ...found, rows })
    this.#rows += rows
    for (const oldest of this.#kept.keys()) {
      if (this.#rows <= rowsMax) return
      this.#forget(oldest)
    }
  }

  #forget(key: string): void {
    this.#rows -= this.#kept.get(key)?.rows ?? 0
    this.#kept.delete(key)
  }
}

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((value, index) => value === other[index])
}
