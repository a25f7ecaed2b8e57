/** Writes a text that a contract's pattern accepts: short, readable, and the same each time. */
import { readAlternatives, type Part } from '../../grammar/pattern-tree.ts'

/**
 * Repeated characters spell this word where they may, so that a reader sees an example and no code.
 */
const letters = 'example'
const digits = '16203457'
const others = [
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. /:+*,"()[]#@'
] as const

/** Undefined where no such text was found: the pattern's own words are shown instead. */
export function patternExample(pattern: string, lengthMax: number): string | undefined {
  const tree = readAlternatives(pattern)
  if (tree === undefined) return undefined
  const accepts = new RegExp(pattern, 'u')
  for (const optional of [1, 0, 2]) {
    const text = [...tree]
      .map((parts) => written(parts, optional))
      .find((each) => each.length <= lengthMax && accepts.test(each))
    if (text !== undefined) return text
  }
  return undefined
}

/** `optional`: how often what may be absent and may be repeated comes. */
function written(parts: readonly Part[], optional: number): string {
  let text = ''
  for (const part of parts) {
    if (part.source === '^' || part.source === '$') continue
    if (part.group === undefined) {
      const begun = /[a-z]*$/.exec(text)?.[0].length ?? 0
      const isClass = part.source.startsWith('[') || part.source.startsWith('\\')
      const isWord =
        isClass && part.max >= letters.length && characterOf(part.source, 0) === letters[0]
      const isNumber = isClass && part.max > 1 && characterOf(part.source, 0) === digits[0]
      const count = isWord
        ? letters.length - begun
        : isNumber
          ? Math.min(2, part.max)
          : repetitions(part, optional)
      for (let index = 0; index < Math.max(part.min, count); index += 1)
        text += isClass
          ? characterOf(part.source, isWord ? begun + index : index)
          : literalOf(part.source)
    } else {
      const alternative = part.group[0] ?? []
      text += written(alternative, optional).repeat(repetitions(part, optional))
    }
  }
  return text
}

function repetitions({ min, max }: Part, optional: number): number {
  if (min > 0) return min
  return max === 1 ? Math.max(0, optional - 1) : Math.min(max, optional)
}

function literalOf(source: string): string {
  return source === '.' ? letters.charAt(0) : source
}

/** The nicest character that a class, an escape or a character stands for. */
function characterOf(source: string, index: number): string {
  const accepts = new RegExp(`^(?:${source})$`, 'su')
  const wanted = [
    letters.charAt(index % letters.length),
    digits.charAt(index % digits.length),
    ...others
  ]
  return wanted.find((character) => accepts.test(character)) ?? source.slice(-1)
}
