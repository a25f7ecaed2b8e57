/**
 * A fleet of installations that a contract lets one expect: the same for the same seed, so that two
 * versions of a contract are compared alike.
 */
import {
  environmentParts,
  type Contract,
  type EnvironmentPart,
  type RecordDeclaration
} from '../form/contract.ts'
import type { ColumnValue } from '../form/validated.ts'
import { chanceOf, type Chance } from './chance.ts'
import { codesOf, sizesOf, type Column } from './coarser.ts'
import { drawOf, drawVersion, wordOf } from './draw.ts'
import { leavesOf } from './leaves.ts'
import { countShared, type Dimension, type Measure } from './measure.ts'

export interface FleetOptions {
  readonly installations: number
  readonly seed: number
}

/**
 * Columns are kept as numbers for the next groups that use them; a fleet's whole record is rarely
 * wider.
 */
const codesKeptMax = 400

/**
 * Every field is sent with every record, and drawn by itself: in the world some go together, which
 * singles out fewer. An event is
 * sent by a share of the installations between 2 % and all; snapshots and counters by all.
 */
export function fleetMeasure(contract: Contract, { installations, seed }: FleetOptions): Measure {
  const environment = new Map<string, Column>()
  const environmentColumn = (name: string): Column => {
    const known =
      environment.get(name) ??
      filled(
        installations,
        drawEnvironment(name, chanceOf(seed, 'share', name)),
        chanceOf(seed, name)
      )
    environment.set(name, known)
    return known
  }
  return (name, groups) => {
    const record = contract.records.get(name)
    if (record === undefined) return Promise.resolve(groups.map(() => countShared([])))
    const senders = sendersOf(record, { installations, seed })
    const columns = new Map<string, Column>()
    const codes = new Map<string, Int32Array>()
    const codesFor = (dimension: Dimension): Int32Array => {
      const key = JSON.stringify(dimension)
      const known = codes.get(key)
      if (known !== undefined) return known
      const column =
        dimension.of === 'environment'
          ? environmentColumn(dimension.name)
          : fieldColumn(record, dimension.name, columns, { installations, seed })
      // What makes rare values one looks at those who sent the record, and nobody else.
      const found = codesOf(
        column.map((value, row) => (senders.has(row) ? value : undefined)),
        dimension.coarser
      )
      if (codes.size < codesKeptMax) codes.set(key, found)
      return found
    }
    const rows = Int32Array.from(senders)
    return Promise.resolve(groups.map((group) => countShared(sizesOf(group.map(codesFor), rows))))
  }
}

function sendersOf(
  { name, kind }: RecordDeclaration,
  { installations, seed }: FleetOptions
): ReadonlySet<number> {
  const chance = chanceOf(seed, 'senders', name)
  // Between 2 % and all, as often below 14 % as above: most events are rare.
  const share = kind === 'event' ? 0.02 ** chance() : 1
  const senders = new Set<number>()
  for (let row = 0; row < installations; row += 1) if (chance() < share) senders.add(row)
  return senders
}

function fieldColumn(
  record: RecordDeclaration,
  name: string,
  columns: Map<string, Column>,
  options: FleetOptions
): Column {
  const known = columns.get(name)
  if (known !== undefined) return known
  const leaf = leavesOf(record).find(({ column }) => column === name)
  const { installations, seed } = options
  if (leaf === undefined)
    return filled(
      installations,
      () => undefined,
      () => 0
    )
  const chance = chanceOf(seed, 'share', name)
  const drawn = filled(installations, drawOf(leaf.type, chance), chanceOf(seed, name))
  // Against a condition that holds itself.
  columns.set(name, drawn)
  let kept = drawn
  for (const [other, words] of leaf.field.onlyWhen ?? []) {
    const condition = leavesOf(record).some(({ column }) => column === other)
      ? fieldColumn(record, other, columns, options)
      : undefined
    const each = chanceOf(seed, 'condition', other)
    // Of what is dropped nobody knows the values: the condition holds for every other installation.
    kept = kept.map((value, row) =>
      (
        condition === undefined
          ? each() < 0.5
          : words.includes(String(condition[row]).toLowerCase())
      )
        ? value
        : undefined
    )
  }
  columns.set(name, kept)
  return kept
}

function filled(
  count: number,
  draw: (chance: Chance) => ColumnValue | undefined,
  chance: Chance
): Column {
  return Array.from({ length: count }, () => draw(chance))
}

/**
 * A guess at servers and command lines of today, as weights: what matters is that a few are common
 * and some are rare.
 */
const environmentWords: Readonly<
  Record<Exclude<EnvironmentPart, 'cpu'>, readonly (readonly [string, number])[]>
> = {
  class: [
    ['service', 50],
    ['interactive', 35],
    ['batch', 14],
    ['unknown', 1]
  ],
  automation: [
    ['none', 75],
    ['ci', 18],
    ['agent', 3],
    ['test', 2],
    ['unknown', 2]
  ],
  container: [
    ['true', 55],
    ['false', 40],
    ['unknown', 5]
  ],
  os: [
    ['linux', 75],
    ['darwin', 17],
    ['windows', 7.5],
    ['freebsd', 0.4],
    ['other', 0.1]
  ],
  os_version: numbered(25),
  arch: [
    ['x64', 79],
    ['arm64', 20],
    ['other', 1]
  ],
  runtime: numbered(15)
}
const processors = [4, 8, 2, 16, 1, 32, 64, 128]

function numbered(count: number): readonly (readonly [string, number])[] {
  return Array.from(
    { length: count },
    (_, index) => [`${count - index}.0`, 1 / (index + 1)] as const
  )
}

function drawEnvironment(name: string, fixed: Chance): (chance: Chance) => ColumnValue | undefined {
  if (name === 'version') return drawVersion()
  if (name === 'cpu') {
    const draw = wordOf(processors.map(String), fixed)
    return (chance) => Number(draw(chance))
  }
  const part = environmentParts.find((each) => each === name && each !== 'cpu') as
    | Exclude<EnvironmentPart, 'cpu'>
    | undefined
  const words = part === undefined ? [] : environmentWords[part]
  const sum = words.reduce((all, [, weight]) => all + weight, 0)
  return (chance) => {
    let left = chance() * sum
    for (const [word, weight] of words) if ((left -= weight) < 0) return word
    return words[0]?.[0]
  }
}
