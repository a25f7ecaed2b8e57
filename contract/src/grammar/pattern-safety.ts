/** Judges a contract's regular expressions: are they anchored, and can no text make them slow? */
import { matchedCharactersMax, patternLengthMax } from '../form/limits.ts'
import { readAlternatives, type Part } from './pattern-tree.ts'

export type PatternJudgement =
  | { readonly is: 'safe'; readonly expression: RegExp }
  | { readonly is: 'invalid'; readonly because: string }
  | { readonly is: 'unbounded'; readonly because: string }

/**
 * `whole`: the pattern must match the whole text, so it needs both anchors. `part`: anchored or
 * not, as its author likes.
 */
export function judgePattern(source: string, matches: 'whole' | 'part'): PatternJudgement {
  const known = judgedSafe[matches].get(source)
  if (known !== undefined) return known
  const judgement = judge(source, matches)
  if (judgement.is === 'safe' && judgedSafe[matches].size < judgedMax)
    judgedSafe[matches].set(source, judgement)
  return judgement
}

/** Each published version of a contract repeats nearly all patterns of the one before. */
const judgedSafe = {
  whole: new Map<string, PatternJudgement>(),
  part: new Map<string, PatternJudgement>()
}

/** Many times what all contracts of a collector have; what comes beyond is judged each time. */
const judgedMax = 1_000

function judge(source: string, matches: 'whole' | 'part'): PatternJudgement {
  let expression: RegExp
  try {
    expression = new RegExp(source, 'u')
  } catch {
    return {
      is: 'invalid',
      because:
        'is no regular expression: correct it, and escape each of `( ) [ ] { } * + ? | .` ' +
        'that stands for itself'
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
          'does not hold the whole text: begin it with `^` and end it with `$`, alternatives ' +
          'in `(…)` between them'
      }
  }
  const { length, degreeMax } = tested[matches]
  if (nestsQuantifiers(tree, length))
    return {
      is: 'invalid',
      because:
        'repeats a repetition, which can take for ever: repeat a group only if it begins ' +
        'with a character that cannot go on in it'
    }
  const anchored = tree.every((parts) => parts[0]?.source === '^')
  const degree = Math.max(...tree.map((parts) => degreeOf(parts, length))) + (anchored ? 0 : 1)
  if (degree > degreeMax)
    return {
      is: 'invalid',
      because:
        'has too many open repetitions side by side, which can take very long: bound them ' +
        '(`{0,40}`), or anchor it with `^`'
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
