/**
 * What was told already? Kept in a file, so that a restart tells nothing twice and forgets no end.
 */
import { DAY_MS } from '#values/days'
import { replaceFile } from '../config/own-file.ts'
import { distrusted } from '../config/trusted-file.ts'
import type { Effects } from '../effects.ts'
import type { Instant } from '../record.ts'
import type { Finding } from './finding.ts'

export interface Told {
  readonly key: string
  readonly is: Finding['is']
  readonly rule: Finding['rule']
  readonly product: string | undefined
  readonly says: string
  readonly path: string
  readonly since: Instant
  /** When it was last found: a fact that is not found any more is forgotten a while after. */
  readonly seen: Instant
}

/** What one recipient is still owed. */
export interface Letter {
  /** `mail`, or a webhook's name. */
  readonly to: string
  readonly began: readonly Told[]
  readonly ended: readonly Told[]
  /** The weeks of products, a text each; undefined: this letter is about what began and ended. */
  readonly weeks?: readonly string[]
  readonly since: Instant
}

interface News {
  readonly began: readonly Told[]
  readonly ended: readonly Told[]
}

/** Longer than any rule looks back, so that a fact can't be news twice. */
const factMs = 30 * DAY_MS
/** Facts may be as many as names that drift; the oldest go first. */
const toldMax = 2_000
/** A recipient that is away for days finds the latest, not thousands. */
const lettersMax = 200

export interface Ledger {
  list(): readonly Told[]
  /**
   * Notes what is found now; says what began and what ended since the last look. Of a rule that
   * could not be looked at (`unknown`), nothing ends.
   */
  note(
    findings: readonly Finding[],
    options: { readonly now: Instant; readonly unknown: (told: Told) => boolean }
  ): News
  /** Oldest first. */
  letters(): readonly Letter[]
  owe(letters: readonly Letter[]): void
  /** The day on which the last weeks were owed, `2026-11-30`; undefined: never. */
  weeksOn(): string | undefined
  noteWeeks(day: string): void
  /** It was taken, or nobody will take it any more. */
  settle(letter: Letter): void
  /** Atomic: a crash leaves the file before or the file after. */
  save(): Promise<void>
}

interface State {
  readonly version: 1
  readonly told: readonly Told[]
  readonly owed: readonly Letter[]
  readonly weeksOn: string | undefined
}

/** A file that can't be read begins anew: what is true now is told again. */
export async function openLedger(path: string, { files }: Pick<Effects, 'files'>): Promise<Ledger> {
  const read = await readState(path, files)
  let told = new Map(read.told.map((entry): [string, Told] => [entry.key, entry]))
  let owed = [...read.owed]
  let weeksOn = read.weeksOn
  let isFirst = read.told.length === 0
  return {
    list: () => [...told.values()],
    letters: () => [...owed],
    owe(letters) {
      owed = [...owed, ...letters].slice(-lettersMax)
    },
    weeksOn: () => weeksOn,
    noteWeeks(day) {
      weeksOn = day
    },
    settle(letter) {
      owed = owed.filter((one) => one !== letter)
    },
    note(findings, { now, unknown }) {
      const found = new Map(findings.map((finding) => [finding.key, finding]))
      const next = new Map<string, Told>()
      const ended: Told[] = []
      for (const entry of told.values()) {
        const again = found.get(entry.key)
        if (again !== undefined) next.set(entry.key, { ...entry, says: again.says, seen: now })
        else if (unknown(entry)) next.set(entry.key, entry)
        else if (entry.is === 'state') ended.push(entry)
        else if (now - entry.seen < factMs) next.set(entry.key, entry)
      }
      const fresh = [...found.values()].flatMap((finding): readonly Told[] =>
        next.has(finding.key) ? [] : [{ ...finding, since: now, seen: now }]
      )
      for (const entry of fresh) next.set(entry.key, entry)
      told = new Map([...next].slice(-toldMax))
      // What was there before anybody asked for alerts is no news: only states that hold are told.
      const began = isFirst ? fresh.filter((entry) => entry.is === 'state') : fresh
      isFirst = false
      return { began, ended }
    },
    async save() {
      const text = JSON.stringify({
        version: 1,
        told: [...told.values()],
        owed,
        weeksOn
      } satisfies State)
      await replaceFile(path, text, files)
    }
  }
}

async function readState(path: string, files: Effects['files']): Promise<State> {
  const nothing: State = { version: 1, told: [], owed: [], weeksOn: undefined }
  // Letters that somebody else wrote would go out in the operator's name.
  if ((await distrusted(path, { files })) !== undefined) return nothing
  try {
    const state = JSON.parse(await files.readFile(path, 'utf8')) as State
    const isRead = state.version === 1 && Array.isArray(state.told) && Array.isArray(state.owed)
    return isRead ? state : nothing
  } catch {
    return nothing
  }
}
