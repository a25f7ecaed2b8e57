/** Judges a contract's regular expressions: are they anchored, and can no text make them slow? */

export type PatternJudgement =
  | { readonly is: 'safe'; readonly expression: RegExp }
  | { readonly is: 'invalid'; readonly because: string }
  | { readonly is: 'unbounded'; readonly because: string }

/** `whole`: the pattern must match the whole text, so it needs both anchors. `part`: anchored or not, as its author likes. */
export function judgePattern(source: string, matches: 'whole' | 'part'): PatternJudgement {
  let expression: RegExp
  try {
    expression = new RegExp(source, 'u')
  } catch {
    return { is: 'invalid', because: 'is not a regular expression: correct it (escape literal `.`, `(`, `[`, `{`, `/` is free)' }
  }
  const tree = readAlternatives(source)
  if (tree === undefined)
    return { is: 'invalid', because: 'uses look-around, back-references or nesting that cannot be judged: write it plainly' }
  if (matches === 'whole') {
    const whole = tree.length === 1 && tree[0]?.[0]?.source === '^' && tree[0].at(-1)?.source === '$'
    if (!whole)
      return {
        is: 'unbounded',
        because: 'does not hold the whole text: begin it with `^` and end it with `$`, alternatives in `(…)` between them'
      }
  }
  if (nestsQuantifiers(tree))
    return {
      is: 'invalid',
      because:
        'repeats a repetition, which can take for ever: repeat a group only if it begins with a character that cannot go on in it'
    }
  const anchored = tree.every((parts) => parts[0]?.source === '^')
  const degree = Math.max(...tree.map(degreeOf)) + (anchored ? 0 : 1)
  const degreeMax = matches === 'whole' ? 3 : 2
  if (degree > degreeMax)
    return {
      is: 'invalid',
      because:
        'has too many open repetitions side by side, which can take very long: bound them (`{0,40}`), or anchor it with `^`'
    }
  return { is: 'safe', expression }
}

/** One item of a pattern and how often it may come. `group` holds the alternatives of a parenthesis. */
interface Part {
  readonly source: string
  readonly min: number
  readonly max: number
  readonly group?: readonly (readonly Part[])[]
}

const groupDepthMax = 12

/** Undefined for constructs whose cost is not judged here. */
function readAlternatives(source: string): readonly (readonly Part[])[] | undefined {
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
      alternatives.at(-1)?.push({ source: text, ...countsOf(quantifier), ...(group === undefined ? {} : { group }) })
    }
    return alternatives
  }
  const tree = read(0)
  return at === source.length ? tree : undefined
}

function countsOf(quantifier: RegExpExecArray | null): { readonly min: number; readonly max: number } {
  if (quantifier === null) return { min: 1, max: 1 }
  if (quantifier[1] === '*') return { min: 0, max: Infinity }
  if (quantifier[1] === '+') return { min: 1, max: Infinity }
  if (quantifier[1] === '?') return { min: 0, max: 1 }
  const min = Number(quantifier[2])
  if (quantifier[3] === '') return { min, max: min }
  return { min, max: quantifier[4] === '' ? Infinity : Number(quantifier[4]) }
}

/** So few repetitions, one inside the other, cannot be made slow. */
const fewRepetitions = 8

function isLong(part: Part): boolean {
  return part.max > fewRepetitions && part.max !== part.min
}

function nestsQuantifiers(alternatives: readonly (readonly Part[])[]): boolean {
  return alternatives.some((parts) =>
    parts.some((part) => {
      if (part.group === undefined) return false
      const repeats = part.max > 1 && part.group.some((inner) => inner.some(holdsRepetition))
      return (
        (repeats && !startsApart(part.group)) ||
        (part.max > 1 && part.group.length > 1 && overlap(part.group)) ||
        nestsQuantifiers(part.group)
      )
    })
  )
}

function holdsRepetition(part: Part): boolean {
  return (
    isLong(part) ||
    (part.group?.some((inner) => inner.some(holdsRepetition)) ?? false) ||
    (part.max > 1 && part.group !== undefined)
  )
}

/** `(\.[a-z]+)*`: each round begins with a character that no open repetition in it can take, so there is one way to split a text. */
function startsApart(group: readonly (readonly Part[])[]): boolean {
  const [only] = group
  if (group.length !== 1 || only === undefined) return false
  const first = literalOf(only[0])
  return first !== undefined && only.slice(1).every((part) => part.group === undefined && (!isLong(part) || !takes(part, first)))
}

/** Repeated alternatives may not be able to begin alike: `(a|ab|a)*`. Only single literals or classes of one character are judged apart. */
function overlap(group: readonly (readonly Part[])[]): boolean {
  const firsts = group.map((parts) => literalOf(parts[0]))
  return firsts.some((first) => first === undefined) || new Set(firsts).size !== firsts.length
}

/** How many open repetitions may share one stretch of text: the exponent of the worst time. */
function degreeOf(parts: readonly Part[]): number {
  const open: Part[] = []
  let degree = 0
  for (const part of parts) {
    const literal = literalOf(part)
    if (literal !== undefined) {
      // A character that the open repetitions cannot take pins where they end.
      for (let index = open.length - 1; index >= 0; index -= 1) if (!takes(open[index] as Part, literal)) open.splice(index, 1)
      continue
    }
    const inner = part.group === undefined ? 0 : Math.max(...part.group.map(degreeOf))
    if (isLong(part) || inner > 0) {
      open.push(part)
      degree = Math.max(degree, open.length + Math.max(0, inner - 1))
    }
  }
  return degree
}

/** The one character that the part is, if it must come. */
function literalOf(part: Part | undefined): string | undefined {
  if (part === undefined || part.group !== undefined || part.min < 1) return undefined
  if (part.source.length === 1 && !'^$.'.includes(part.source)) return part.source
  return /^\\[^a-zA-Z0-9]$/.test(part.source) ? part.source.slice(1) : undefined
}

function takes(part: Part, character: string): boolean {
  if (part.group !== undefined) return true
  return new RegExp(`^(?:${part.source})$`, 'su').test(character)
}
