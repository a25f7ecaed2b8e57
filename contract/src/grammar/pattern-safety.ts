/** Judges a contract's regular expressions: are they anchored, and can no text make them slow? */
import { matchedCharactersMax, patternLengthMax } from '../form/limits.ts'

export type PatternJudgement =
  | { readonly is: 'safe'; readonly expression: RegExp }
  | { readonly is: 'invalid'; readonly because: string }
  | { readonly is: 'unbounded'; readonly because: string }

/**
 * `whole`: the pattern must match the whole text, so it needs both anchors. `part`: anchored or
 * not, as its author likes.
 */
export function judgePattern(source: string, matches: 'whole' | 'part'): PatternJudgement {
  let expression: RegExp
  try {
    expression = new RegExp(source, 'u')
  } catch {
    return {
      is: 'invalid',
      because:
        'is no regular expression: correct it, and escape each of `( ) [ ] { } * + ? | .` that stands for itself'
    }
  }
  const tree = readAlternatives(source)
  if (tree === undefined)
    return {
      is: 'invalid',
      because:
        'uses look-around, back-references or nesting that cannot be judged: write it plainly'
    }
  if (matches === 'whole') {
    const whole =
      tree.length === 1 && tree[0]?.[0]?.source === '^' && tree[0].at(-1)?.source === '$'
    if (!whole)
      return {
        is: 'unbounded',
        because:
          'does not hold the whole text: begin it with `^` and end it with `$`, alternatives in `(…)` between them'
      }
  }
  const { length, degreeMax } = tested[matches]
  if (nestsQuantifiers(tree, length))
    return {
      is: 'invalid',
      because:
        'repeats a repetition, which can take for ever: repeat a group only if it begins with a character that cannot go on in it'
    }
  const anchored = tree.every((parts) => parts[0]?.source === '^')
  const degree = Math.max(...tree.map((parts) => degreeOf(parts, length))) + (anchored ? 0 : 1)
  if (degree > degreeMax)
    return {
      is: 'invalid',
      because:
        'has too many open repetitions side by side, which can take very long: bound them (`{0,40}`), or anchor it with `^`'
    }
  return { is: 'safe', expression }
}

/**
 * The longest text that is tested, and the power of it that is quick enough: both come to some ten
 * million steps at worst.
 */
const tested = {
  whole: { length: patternLengthMax, degreeMax: 3 },
  part: { length: matchedCharactersMax, degreeMax: 2 }
}

/**
 * One item of a pattern and how often it may come. `group` holds the alternatives of a parenthesis.
 */
export interface Part {
  readonly source: string
  readonly min: number
  readonly max: number
  readonly group?: readonly (readonly Part[])[]
}

const groupDepthMax = 12

/** Undefined for constructs whose cost is not judged here. */
export function readAlternatives(source: string): readonly (readonly Part[])[] | undefined {
  let at = 0
  const read = (depth: number): Part[][] | undefined => {
    if (depth > groupDepthMax) return undefined
    const alternatives: Part[][] = [[]]
    while (at < source.length && source[at] !== ')') {
      if (source[at] === '|') {
        at += 1
        alternatives.push([])
        continue
      }
      const start = at
      let group: Part[][] | undefined
      if (source[at] === '(') {
        const opening = /^\((?:\?:|\?<[A-Za-z_]\w*>|(?!\?))/.exec(source.slice(at))
        if (opening === null) return undefined
        at += opening[0].length
        group = read(depth + 1)
        if (group === undefined || source[at] !== ')') return undefined
        at += 1
      } else {
        const item =
          /^(?:\\p\{[^}]*\}|\\P\{[^}]*\}|\\u\{[^}]*\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\c[A-Za-z]|\\[^kx0-9]|\\0|\[(?:\\.|[^\]\\])*\]|[^\\[])/su.exec(
            source.slice(at)
          )
        if (item === null) return undefined
        at += item[0].length
      }
      const text = source.slice(start, at)
      const quantifier = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(source.slice(at))
      at += quantifier?.[0].length ?? 0
      alternatives
        .at(-1)
        ?.push({ source: text, ...countsOf(quantifier), ...(group === undefined ? {} : { group }) })
    }
    return alternatives
  }
  const tree = read(0)
  return at === source.length ? tree : undefined
}

function countsOf(quantifier: RegExpExecArray | null): {
  readonly min: number
  readonly max: number
} {
  if (quantifier === null) return { min: 1, max: 1 }
  if (quantifier[1] === '*') return { min: 0, max: Infinity }
  if (quantifier[1] === '+') return { min: 1, max: Infinity }
  if (quantifier[1] === '?') return { min: 0, max: 1 }
  const min = Number(quantifier[2])
  if (quantifier[3] === '') return { min, max: min }
  return { min, max: quantifier[4] === '' ? Infinity : Number(quantifier[4]) }
}

/**
 * A group repeated without end whose rounds can be cut in more than one way: `(a+)+` takes longer
 * than anybody's life.
 */
function nestsQuantifiers(alternatives: readonly (readonly Part[])[], length: number): boolean {
  return alternatives.some((parts) =>
    parts.some(
      ({ group, max }) =>
        group !== undefined &&
        ((max === Infinity && roundWeight(group, length) > 0) || nestsQuantifiers(group, length))
    )
  )
}

/**
 * In how many ways the parts may share one stretch of text, as an exponent of its length: 2 for a
 * square. A repetition without end counts 1,
 * one of a few less.
 */
function degreeOf(parts: readonly Part[], length: number): number {
  let open: readonly { readonly part: Part; readonly weight: number }[] = []
  let degree = 0
  for (const part of parts) {
    const literal = literalOf(part)
    // A character that the open repetitions cannot take pins where they end.
    if (literal !== undefined) open = open.filter((each) => takes(each.part, literal))
    const inner =
      part.group === undefined ? 0 : Math.max(...part.group.map((each) => degreeOf(each, length)))
    const rounds =
      part.group === undefined || part.max === Infinity
        ? 0
        : part.max * roundWeight(part.group, length)
    const weight = Math.max(inner, Math.min(1, weightOf(part.max - part.min + 1, length)) + rounds)
    if (weight === 0) continue
    open = [...open, { part, weight }]
    degree = Math.max(
      degree,
      open.reduce((sum, each) => sum + each.weight, 0)
    )
  }
  return degree
}

/** What one round of a repeated group adds: nothing if there is but one way to take it. */
function roundWeight(group: readonly (readonly Part[])[], length: number): number {
  if (startsApart(group)) return 0
  return (
    Math.max(...group.map((parts) => degreeOf(parts, length))) +
    (beginAlike(group) ? weightOf(group.length, length) : 0)
  )
}

function weightOf(ways: number, length: number): number {
  return Math.log(ways) / Math.log(length)
}

/**
 * `(\.[a-z]+)*`: each round begins with a character that no open repetition in it can take, so
 * there is one way to split a text.
 */
function startsApart(group: readonly (readonly Part[])[]): boolean {
  const [only] = group
  if (group.length !== 1 || only === undefined) return false
  const first = only[0]?.max === 1 ? literalOf(only[0]) : undefined
  return (
    first !== undefined &&
    only
      .slice(1)
      .every((part) => part.group === undefined && (part.max === part.min || !takes(part, first)))
  )
}

/**
 * Alternatives of a repeated group that may begin with the same character: `(a|ab)*`. Only single
 * characters are told apart.
 */
function beginAlike(group: readonly (readonly Part[])[]): boolean {
  const firsts = group.map((parts) => literalOf(parts[0]))
  return group.length > 1 && (firsts.includes(undefined) || new Set(firsts).size !== firsts.length)
}

/** The one character that the part is, if it must come. */
function literalOf(part: Part | undefined): string | undefined {
  if (part === undefined || part.group !== undefined || part.min < 1) return undefined
  if (part.source.length === 1 && !'^$.'.includes(part.source)) return part.source
  return /^(?:\\[^a-zA-Z0-9]|\[[^\\^\]]\])$/.test(part.source) ? part.source.charAt(1) : undefined
}

function takes(part: Part, character: string): boolean {
  if (part.group !== undefined) return true
  return new RegExp(`^(?:${part.source})$`, 'su').test(character)
}
