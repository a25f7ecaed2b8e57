/** Who uses the program, when, and what it reports: drawn from one number. */
import { createHash, randomUUID } from 'node:crypto'
import { dayOf, type Entry } from './ledger.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000

interface Program {
  readonly who: string
  readonly bornDay: number
  readonly diesDay: number
  readonly os: string
  readonly isAutomated: boolean
  readonly isContained: boolean
  /** It takes up each release after so many days. */
  readonly upgradesAfter: number
  readonly days: number
}

export interface Lived {
  readonly entries: readonly Entry[]
  readonly reports: readonly object[]
}

export class Programs {
  readonly #random: () => number
  readonly #startsAt: number
  readonly #all: readonly Program[]

  constructor(seed: number, startsAt: number, count: number, days: number) {
    this.#random = drawing(seed)
    this.#startsAt = startsAt
    this.#all = Array.from({ length: count }, (_, index) => {
      const bornDay = Math.floor(this.#random() * days * 0.8) * (index % 3 === 0 ? 0 : 1)
      return {
        who: idOf(`${seed} ${index}`),
        bornDay,
        diesDay: bornDay + 20 + Math.floor(this.#random() * days),
        os: ['linux', 'darwin', 'windows'][index % 3] ?? 'linux',
        isAutomated: index % 4 === 1,
        isContained: index % 5 === 2,
        upgradesAfter: Math.floor(this.#random() * 40),
        days: 0.1 + 0.8 * this.#random()
      }
    })
  }

  /** What happened before noon, as it is reported at noon. */
  day(noon: number): Lived {
    const entries: Entry[] = []
    const reports: object[] = []
    const day = Math.floor((noon - this.#startsAt) / dayMs)
    for (const [index, program] of this.#all.entries()) {
      if (day < program.bornDay || day > program.diesDay) continue
      if (this.#random() > program.days) continue
      const session = idOf(`${noon} ${index}`)
      const version = `1.${Math.floor(Math.max(0, day - program.upgradesAfter) / 50)}.0`
      const made = Array.from({ length: 1 + Math.floor(this.#random() * 3) }, (_, seq): Entry => {
        const at = noon - hourMs * (3 - seq) - Math.floor(this.#random() * hourMs)
        return {
          day: dayOf(at),
          who: program.who,
          session,
          name: this.#random() < 0.1 ? 'command_failed' : 'command_run',
          version,
          os: program.os,
          isAutomated: program.isAutomated,
          isContained: program.isContained,
          success: this.#random() < 0.7,
          elapsed: Math.floor(this.#random() * 900) / 100,
          at,
          isImported: false
        }
      })
      entries.push(...made)
      reports.push(reportOf(program, made))
    }
    return { entries, reports }
  }

  /** Of years before there was a collector: what another tool has kept, in its own words. */
  history(days: readonly string[]): { readonly entries: readonly Entry[]; readonly lines: string } {
    const entries = days.flatMap((day, index): readonly Entry[] =>
      Array.from({ length: 1 + Math.floor(this.#random() * 2) }, (_, who) => ({
        day,
        who: `before-${(index + who * 5) % 9}`,
        session: '',
        name: 'command_run',
        version: undefined,
        os: undefined,
        isAutomated: false,
        isContained: false,
        success: true,
        elapsed: 1,
        at: Date.parse(`${day}T10:00:00Z`) + who,
        isImported: true
      }))
    )
    const lines = entries.map((entry, index) =>
      JSON.stringify({
        type: 'track',
        event: entry.name,
        messageId: `h-${index}`,
        anonymousId: entry.who,
        timestamp: new Date(entry.at).toISOString(),
        properties: { success: entry.success, elapsed: entry.elapsed }
      })
    )
    return { entries, lines: `${lines.join('\n')}\n` }
  }
}

function reportOf(program: Program, entries: readonly Entry[]): object {
  const [first] = entries
  return {
    candor: 1,
    product: 'loom',
    report: randomUUID(),
    sdk: { name: 'journey', version: '1.0.0' },
    installation: program.who,
    runs: [
      {
        session: first?.session,
        version: first?.version,
        consent: { level: 'basic' },
        environment: {
          os: program.os,
          automation: program.isAutomated ? 'ci' : 'none',
          container: program.isContained
        },
        records: entries.map(({ name, at, success, elapsed }, seq) => ({
          seq,
          name,
          at: new Date(at).toISOString(),
          fields: { success, elapsed }
        }))
      }
    ]
  }
}

function idOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

/** Mulberry32: the same numbers from the same seed. */
function drawing(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
