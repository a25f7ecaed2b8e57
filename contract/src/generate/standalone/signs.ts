/**
 * How does a client look for all signs of a place at once? One expression over the variables that
 * are set and not to a word that says no, a line each, in order, with values in small letters.
 */
import { agentWords, harmless, isTrace, settingWords, unattended } from '#values/human-reader'
import { partsOf, signParts, type DetectionRule } from '#values/places'

/** What holds where any of these rows does. */
export function signsOf(...tables: readonly (readonly DetectionRule[])[]): string {
  return `/^(${alternatives(tables.flat()).join('|')})/m`
}

/**
 * What speaks for a program that reads: rows of agents, words in a variable's name, and what nobody
 * sets for taste.
 */
export function readerSignsOf(rows: readonly DetectionRule[]): string {
  const isSetting = `([^=]*_)?${withPlurals(settingWords)}=`
  const trace =
    `(?!${oneOf([...harmless])}=|${isSetting})([^=]*[^A-Z=])?` +
    `${withPlurals([...agentWords])}([^A-Z=][^=]*)?=`
  const told = ['piping', 'prompting'].flatMap((kind) => linesOf(kind))
  return `/^(${[trace, ...told, ...alternatives(rows)].join('|')})/im`
}

/** Of agents, what the words of `readerSignsOf` do not tell of. */
export function agentsWithoutWords(rows: readonly DetectionRule[]): readonly DetectionRule[] {
  const isTold = (sign: string): boolean =>
    signParts(sign).some((part) => isTrace(nameIn(part), '1'))
  return rows.flatMap((row): readonly DetectionRule[] => {
    const [name = '', ...signs] = partsOf(row)
    const untold = signs.filter((sign) => !isTold(sign))
    return untold.length === 0 ? [] : [`${name}: ${untold.join(', ')}`]
  })
}

/** One kind of what programs tell the commands that they run. */
export const unattendedSigns = (kind: string): string => `/^(${linesOf(kind).join('|')})/m`

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
  const others = signs.filter(
    (sign) => /[ =^]/.test(sign) && !signParts(sign).some((part) => plain.includes(nameIn(part)))
  )
  return [
    ...(plain.length === 0 ? [] : [`${oneOf(plain)}=`]),
    ...others.map((sign) =>
      signParts(sign)
        .map(lineOf)
        // As the lines are.
        .toSorted((one, other) => (one < other ? -1 : 1))
        .join('[^]*^')
    )
  ]
}

const nameIn = (part: string): string => part.replace(/[=^].*/, '')

function lineOf(part: string): string {
  const end = part.search(/[=^]/)
  if (end < 0) return `${escaped(part)}=`
  const wanted = escaped(part.slice(end + 1).toLowerCase())
  return `${escaped(part.slice(0, end))}=${wanted}${part.charAt(end) === '=' ? '$' : ''}`
}

/**
 * Names as one expression, each beginning and end of whole words that several share written once:
 * first what saves the most.
 */
function factored(names: readonly string[]): readonly string[] {
  const groups = new Map<string, { readonly at: number; readonly names: readonly string[] }>()
  for (const name of names)
    for (const { index } of name.matchAll(/(?<!^)_(?!$)/g))
      for (const [key, at] of [
        [`${name.slice(0, index)}_*`, index + 1],
        [`*${name.slice(index)}`, index - name.length]
      ] as const)
        groups.set(key, { at, names: [...(groups.get(key)?.names ?? []), name] })
  const saves = ({ at, names: { length } }: { at: number; names: readonly string[] }): number =>
    (length - 1) * Math.abs(at) - '()'.length
  const [best] = [...groups.values()].toSorted((one, other) => saves(other) - saves(one))
  if (best === undefined || saves(best) <= 0) return names.map(escaped)
  const { at, names: same } = best
  const [first = ''] = same
  const together =
    at < 0
      ? oneOf(same.map((name) => name.slice(0, at))) + escaped(first.slice(at))
      : escaped(first.slice(0, at)) + oneOf(same.map((name) => name.slice(at)))
  return [together, ...factored(names.filter((name) => !same.includes(name)))]
}

/** Words of which some are there with an S as well. */
const withPlurals = (words: readonly string[]): string =>
  `(${words
    .filter((word) => !(word.endsWith('S') && words.includes(word.slice(0, -1))))
    .map((word) => (words.includes(`${word}S`) ? `${word}S?` : word))
    .join('|')})`

const oneOf = (names: readonly string[]): string => `(${factored(names).join('|')})`

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}
