/**
 * Gives each name of a statement a token, and numbers tokens and holes by their order in the
 * printed text.
 */
import { Refusal, type HoleType } from './shape.ts'

/**
 * t: table, view, alias of one · c: column · s: schema or database · f: function · d: data type ·
 * x: any other name.
 */
export type NameKind = 't' | 'c' | 's' | 'f' | 'd' | 'x'

/** `@#@`, `@##@` …: PostgreSQL reads 63 characters of an operator's name. */
const operatorToken = (number: number): string => `@${'#'.repeat(number)}@`
const operatorsMax = 32

const tokenText = /^[tcsfdx][1-9]\d{0,5}$/

export function isToken(word: string): boolean {
  return tokenText.test(word)
}

/**
 * One statement's names. Equal names of one kind share a token; what kind a name has is told by
 * where it stands.
 */
export class Names {
  readonly #tokens = new Map<string, string>()
  readonly #operators = new Map<string, string>()
  readonly #parameters = new Map<number, number>()
  readonly #shared = new Map<string, unknown>()
  readonly holes: HoleType[] = []

  token(kind: NameKind, name: string): string {
    const key = `${kind}${name}`
    let token = this.#tokens.get(key)
    if (token === undefined) {
      token = `${kind}${String(this.#tokens.size + 1)}`
      this.#tokens.set(key, token)
    }
    return token
  }

  /** An operator that no catalogue has: of PostgreSQL's own characters, and no operator of its. */
  operator(name: string): string {
    let token = this.#operators.get(name)
    if (token === undefined) {
      if (this.#operators.size >= operatorsMax) throw new Refusal('TOO_LARGE')
      token = operatorToken(this.#operators.size + 1)
      this.#operators.set(name, token)
    }
    return token
  }

  /** The number of a new hole, from 1. */
  hole(type: HoleType): number {
    return this.holes.push(type)
  }

  /** What the tree holds twice though the text has it once is reduced once. */
  once(part: string, reduce: () => unknown): unknown {
    if (!this.#shared.has(part)) this.#shared.set(part, reduce())
    return this.#shared.get(part)
  }

  /** A parameter that stands twice in a statement is one hole. */
  parameter(number: number): number {
    let hole = this.#parameters.get(number)
    if (hole === undefined) {
      hole = this.hole('parameter')
      this.#parameters.set(number, hole)
    }
    return hole
  }
}

export interface Numbered {
  readonly text: string
  readonly holes: readonly HoleType[]
  readonly counts: Readonly<Record<NameKind, number>>
}

/** A hole, a name, or an operator of one's own that is no part of a longer one. */
const sign = '[-+*/<>=~!@#%^&|`?]'
const tokens = new RegExp(
  [
    String.raw`\$(\d+)`,
    String.raw`(?<![\w$])[tcsfdx][1-9]\d{0,5}(?!\w)`,
    `(?<!${sign})@#+@(?!${sign})`
  ].join('|'),
  'g'
)

/**
 * `text` has no names but tokens, and nothing in quotes, so each word that looks like a token is
 * one.
 */
export function numberByAppearance(text: string, holes: readonly HoleType[]): Numbered {
  const seen = new Map<string, string>()
  const counts: Record<NameKind, number> = { t: 0, c: 0, s: 0, f: 0, d: 0, x: 0 }
  const ordered: HoleType[] = []
  let operators = 0
  const numbered = text.replace(tokens, (word, hole) => {
    let mine = seen.get(word)
    if (mine !== undefined) return mine
    if (word.startsWith('@')) {
      operators += 1
      mine = operatorToken(operators)
    } else if (hole === undefined) {
      const kind = word.charAt(0) as NameKind
      counts[kind] += 1
      mine = `${kind}${String(counts[kind])}`
    } else {
      ordered.push(holes[Number(hole) - 1] ?? 'parameter')
      mine = `$${String(ordered.length)}`
    }
    seen.set(word, mine)
    return mine
  })
  return { text: numbered, holes: ordered, counts }
}
