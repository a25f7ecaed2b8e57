/** From the program's call to a line on the disk, without the program noticing. */
import { hasBounds, hasEnds, hasGrains, hasLevels, hasSamples, recordForms } from './form.ts'
import { append, files, json, namesIn, quietly, remove } from './kept.ts'

/** Copied when it was handed over, since nothing of the program runs or changes later. */
export interface Pending {
  readonly name: string
  readonly at: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** What is no plain value becomes JSON and back. */
export const copied = (fields: object): Pending['fields'] =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'object' ? quietly(() => JSON.parse(json(value)), '') : value
    ])
  )

const own = <Value>(all: { readonly [name: string]: Value }, name: string): Value | undefined =>
  Object.hasOwn(all, name) ? all[name] : undefined

/** A record as it travels; undefined: none of it may. `lose` hears of what is a mistake. */
export function readRecord(
  { name, at, fields }: Pending,
  level: number,
  lose: () => void
): object | undefined {
  const record = own(recordForms, name)
  if (record === undefined) return lose() as undefined
  if (hasLevels && record.level > level) return undefined
  if (hasEnds && Date.now() >= (record.until ?? Infinity)) return undefined
  if (hasSamples && Math.random() >= (record.sample ?? 1)) return undefined
  const sent: Record<string, unknown> = {}
  for (const [field, raw] of Object.entries(fields)) {
    if (raw === undefined || raw === null) continue
    const value = quietly(() => own(record.fields, field)?.(raw))
    if (value === undefined) lose()
    else if (!hasBounds || isWithin(record.bounds?.[field], level)) sent[field] = value
  }
  const time = hasGrains ? at - (at % (record.grain ?? 1)) : at
  return { name, at: new Date(time).toISOString(), fields: sent }
}

const isWithin = ([lowest, end]: readonly [number, number] = [0, Infinity], level: number) =>
  lowest <= level && Date.now() < end

/** Tells machines of one home apart, and means nothing elsewhere. */
export const machineTag = (): string =>
  quietly(() => files.readFileSync('/etc/machine-id'), Buffer.of())
    .reduce((tag, byte) => (tag * 31 + byte) % 2_147_483_647, 7)
    .toString(36)

/** When it was begun, on which machine, by which process (0: it is full), and one of its own. */
export const spoolName = (pid: number): string =>
  `spool-${Date.now()}-${machineTag()}-${pid}-${Math.random().toString(36).slice(2)}-`

/** A file's name ends with the window of what is in it: no report holds two. */
export const windowIn = (name: string): string =>
  /(?:\d{4}-(?:W\d\d|\d\d-\d\d))?$/.exec(name)?.[0] ?? ''

/** Files of those who have ended, on this machine, and this process's own. */
export const freeSpools = (folder: string, mine: string): readonly string[] =>
  namesIn(folder).filter((name) => {
    const [, tag, pid] = /^spool-\d+-(\w+)-(\d+)-/.exec(name) ?? []
    return name.startsWith(mine) || (tag === machineTag() && !isAlive(Number(pid)))
  })

/** Half of a report, so that one line more still fits. */
export const fileBytesMax = 28_000
const filesMax = 20

/**
 * A file of this process's own, so that nobody waits for a lock: what somebody left who has ended
 * is taken over. A line that was torn spoils only itself.
 */
export function addToSpool(folder: string, mine: string, line: string): boolean {
  const sizeOf = (name: string): number =>
    quietly(() => files.statSync(`${folder}/${name}`).size, 0)
  const rename = (from: string, to: string): void =>
    quietly(() => files.renameSync(`${folder}/${from}`, `${folder}/${to}`))
  if (sizeOf(mine) > fileBytesMax) {
    rename(mine, spoolName(0) + windowIn(mine))
    // What is oldest goes first.
    const all = namesIn(folder).filter((name) => name.startsWith('spool-'))
    if (all.length > filesMax) remove(`${folder}/${all[0]}`)
  }
  const left = freeSpools(folder, mine).find(
    (name) => sizeOf(name) < fileBytesMax && windowIn(name) === windowIn(mine)
  )
  if (left !== undefined && sizeOf(mine) === 0) rename(left, mine)
  return append(`${folder}/${mine}`, `\n${line}\n`)
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return String(error).includes('EPERM')
  }
}
