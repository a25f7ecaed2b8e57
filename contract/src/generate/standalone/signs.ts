/**
 * How does a client look for all signs of a place at once? One expression over the variables that
 * are set and not to a word that says no, a line each, in order, with values in small letters.
 */
import { agentWords, harmless, isTrace, settingWords, unattended } from '#values/human-reader'
import { partsOf, signParts, type DetectionRule } from '#values/places'

/** What holds where any of these rows does. */
export function signsOf(...tables: readonly (readonly DetectionRule[])[]): string {
  return `/^(?:${alternatives(tables.flat()).join('|')})/m`
}

/**
 * What speaks for a program that reads: rows of agents, words in a variable's name, and what nobody
 * sets for taste.
 */
export function readerSignsOf(rows: readonly DetectionRule[]): string {
  const names = factored([...harmless]).join('|')
  const isSetting = `(?:[^=]*_)?(?:${plurals(settingWords)})=`
  const trace =
    `(?!(?:${names})=|${isSetting})(?:[^=]*[^A-Z=])?` +
    `(?:${plurals([...agentWords])})(?:[^A-Z=][^=]*)?=`
  const told = ['piping', 'prompting'].flatMap((kind) => linesOf(kind))
  return `/^(?:${[trace, ...told, ...alternatives(rows)].join('|')})/im`
}

/** Of agents, what the words of `readerSignsOf` do not tell of. */
export function agentsWithoutWords(rows: readonly DetectionRule[]): readonly DetectionRule[] {
  const isTold = (sign: string): boolean =>
    signParts(sign).some((part) => isTrace(part.replace(/[=^].*/, ''), '1'))
  return rows.flatMap((row): readonly DetectionRule[] => {
    const [name = '', ...signs] = partsOf(row)
    const untold = signs.filter((sign) => !isTold(sign))
    return untold.length === 0 ? [] : [`${name}: ${untold.join(', ')}`]
  })
}

/** One kind of what programs tell the commands that they run. */
export const unattendedSigns = (kind: string): string => `/^(?:${linesOf(kind).join('|')})/m`

function linesOf(kind: string): readonly string[] {
  return unattended.flatMap(([of, name, { source }]) =>
    // A value that says no is asked for by name: no such line is there.
    of === kind && source !== '^0$'
      ? [`${name}=${source.startsWith('^') ? source.slice(1) : `.*${source}`}`]
      : []
  )
}

function alternatives(rows: readonly DetectionRule[]): readonly string[] {
  const signs = [...new Set(rows.flatMap((row) => partsOf(row).slice(1)))]
  const plain = signs.filter((sign) => !/[ =^]/.test(sign))
  // What is a sign by itself needs no other beside it.
  const others = signs.filter((sign) => !signParts(sign).some((part) => plain.includes(part)))
  return [
    ...(plain.length === 0 ? [] : [`(?:${factored(plain).join('|')})=`]),
    ...others.map((sign) =>
      signParts(sign)
        .map(lineOf)
        // As the lines are.
        .toSorted((one, other) => (one < other ? -1 : 1))
        .join('[^]*^')
    )
  ]
}

function lineOf(part: string): string {
  const end = part.search(/[=^]/)
  if (end < 0) return `${escaped(part)}=`
  const wanted = escaped(part.slice(end + 1).toLowerCase())
  return `${escaped(part.slice(0, end))}=${wanted}${part.charAt(end) === '=' ? '$' : ''}`
}

/** Words of which some are there with an S as well. */
function plurals(words: readonly string[]): string {
  return words
    .filter((word) => !(word.endsWith('S') && words.includes(word.slice(0, -1))))
    .map((word) => (words.includes(`${word}S`) ? `${word}S?` : word))
    .join('|')
}

/** Names that begin with the same words, with these written once. */
function factored(names: readonly string[]): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const first = /^[^_]+_(?=.)/.exec(name)?.[0] ?? name
    groups.set(first, [...(groups.get(first) ?? []), name])
  }
  return [...groups].flatMap(([first, group]) => {
    if (group.length === 1 || !first.endsWith('_')) return group.map(escaped)
    const rest = factored(group.map((name) => name.slice(first.length)))
    const together = rest.length === 1 ? first + rest.join('') : `${first}(?:${rest.join('|')})`
    return together.length < group.join('|').length ? [together] : group.map(escaped)
  })
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}
