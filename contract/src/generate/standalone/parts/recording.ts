/** From the program's call to a line on the disk, without the program noticing. */
import type { Standing } from './consent.ts'
import { form } from './form.ts'
import { append, disk, namesIn, quietly, remove } from './kept.ts'

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
      typeof value === 'object' ? quietly('', () => JSON.parse(JSON.stringify(value))) : value
    ])
  )

/** A record as it travels; undefined: none of it may. `lose` hears of what is a mistake. */
export function readRecord(
  { name, at, fields }: Pending,
  standing: Pick<Standing, 'level'>,
  lose: () => void
): object | undefined {
  const record = Object.hasOwn(form.records, name) ? form.records[name] : undefined
  if (record === undefined) return lose() as undefined
  const { level, until = Infinity, sample = 1, grain = 1, bounds } = record
  if (level > standing.level || Date.now() >= until || Math.random() >= sample) return undefined
  const sent: Record<string, unknown> = {}
  for (const [field, raw] of Object.entries(fields)) {
    if (raw === undefined || raw === null) continue
    const read = Object.hasOwn(record.fields, field) ? record.fields[field] : undefined
    const value = quietly(undefined, () => read?.(raw))
    const [own, end] = bounds?.[field] ?? [level, until]
    if (value === undefined) lose()
    else if (own <= standing.level && Date.now() < end) sent[field] = value
  }
  return { name, at: new Date(Math.floor(at / grain) * grain).toISOString(), fields: sent }
}

/** Tells machines of one home apart, and means nothing elsewhere. */
export function machineTag(): string {
  let tag = 7
  for (const byte of quietly(Buffer.of(), () => disk().readFileSync('/etc/machine-id')))
    tag = (tag * 31 + byte) % 2_147_483_647
  return tag.toString(36)
}

/** A file's name ends with the window of what is in it: no report holds two. */
export const windowIn = (name: string): string =>
  /(?:\d{4}-(?:W\d\d|\d\d-\d\d))?$/.exec(name)?.[0] ?? ''

/** Files of those who have ended, on this machine, and this process's own. */
export const freeSpools = (folder: string, own: string): readonly string[] =>
  namesIn(folder).filter((name) => {
    const [, tag, pid] = /^spool-(\w+)-(\d+)-/.exec(name) ?? []
    return name.startsWith(own) || (tag === machineTag() && !isAlive(Number(pid)))
  })

/** Half of a report, so that one line more still fits. */
export const fileBytesMax = 28_000
const filesMax = 20

/**
 * A file of this process's own, so that nobody waits for a lock: what somebody left who has ended
 * is taken over. A line that was torn spoils only itself.
 */
export function addToSpool(folder: string, own: string, line: string): boolean {
  const files = disk()
  const statOf = (name: string): { readonly size: number; readonly mtimeMs: number } =>
    quietly({ size: 0, mtimeMs: 0 }, () => files.statSync(`${folder}/${name}`))
  const rename = (from: string, to: string): void =>
    quietly(undefined, () => files.renameSync(`${folder}/${from}`, `${folder}/${to}`))
  if (statOf(own).size > fileBytesMax) {
    rename(own, own.replace(/-\d+-/, `-0-${Date.now()}`))
    // What is oldest goes first.
    const all = namesIn(folder).filter((name) => name.startsWith('spool-'))
    const old = [...all].sort((one, other) => statOf(one).mtimeMs - statOf(other).mtimeMs)
    if (old.length > filesMax) remove(`${folder}/${old[0]}`)
  }
  const left = freeSpools(folder, own).find(
    (name) => statOf(name).size < fileBytesMax && windowIn(name) === windowIn(own)
  )
  if (left !== undefined && statOf(own).size === 0) rename(left, own)
  return append(`${folder}/${own}`, `\n${line}\n`)
}

function isAlive(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return String(error).includes('EPERM')
  }
}
