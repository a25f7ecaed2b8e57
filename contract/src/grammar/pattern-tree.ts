/** What stands in a regular expression, as far as its cost can be judged from it. */
import { RegExpParser, type AST } from '@eslint-community/regexpp'

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
const parser = new RegExpParser()

/** Undefined for constructs whose cost is not judged, and for what is no regular expression. */
export function readAlternatives(source: string): readonly (readonly Part[])[] | undefined {
  try {
    const { alternatives } = parser.parsePattern(source, 0, source.length, { unicode: true })
    return alternativesOf(alternatives, 0)
  } catch (error) {
    if (error instanceof Unjudged || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Look-around, back-references, modifiers, and groups within groups within groups. */
class Unjudged extends Error {}

function alternativesOf(
  alternatives: readonly AST.Alternative[],
  depth: number
): readonly (readonly Part[])[] {
  if (depth > groupDepthMax) throw new Unjudged()
  return alternatives.map(({ elements }) => elements.map((element) => partOf(element, depth)))
}

function partOf(element: AST.Element, depth: number): Part {
  switch (element.type) {
    case 'Quantifier': {
      const { min, max } = element
      return { ...partOf(element.element, depth), min, max }
    }
    case 'Group':
      if (element.modifiers !== null) throw new Unjudged()
      return { ...once(element), group: alternativesOf(element.alternatives, depth + 1) }
    case 'CapturingGroup':
      return { ...once(element), group: alternativesOf(element.alternatives, depth + 1) }
    case 'Assertion':
      if (element.kind === 'lookahead' || element.kind === 'lookbehind') throw new Unjudged()
      return once(element)
    case 'Backreference':
      throw new Unjudged()
    default:
      return once(element)
  }
}

function once({ raw }: { readonly raw: string }): Part {
  return { source: raw, min: 1, max: 1 }
}
