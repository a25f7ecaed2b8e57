/**
 * Which bodies do these lines of the spool become? One window and account each, neighbouring runs
 * joined, within what their user allows.
 */
import { limits } from '../limits.ts'
import type { Fragment, WireRecord, WireRun } from '../wire.ts'
import { nativeBodies } from './native-bodies.ts'
import { isObject } from '../json.ts'
import { add, type Group, type Plan, type PlanContext } from './plan.ts'
import { segmentBodies } from './segment-bodies.ts'
import { withinConsent } from './within-consent.ts'

export function planReports(
  lines: readonly string[],
  alreadyLost: Readonly<Record<string, number>>,
  context: PlanContext
): Plan {
  const lost = new Map(Object.entries(alreadyLost))
  const groups = new Map<string, { -readonly [Key in keyof Group]: Group[Key] }>()
  const oldest = context.effects.now() - limits.spoolAgeMsMax
  for (const line of lines) {
    const fragment = readFragment(line)
    if (fragment === undefined) {
      add(lost, 'torn', 1)
      continue
    }
    for (const [cause, count] of Object.entries(fragment.lost ?? {})) add(lost, cause, count)
    if (fragment.written < oldest) {
      add(lost, 'age', fragment.run.records.length)
      continue
    }
    const run = withinConsent(fragment.run, context)
    if (run.records.length === 0) continue
    const { stream } = fragment
    // A source of Segment's has no accounts: what an edition requires is not told to it.
    if (stream !== undefined && context.wire.is !== 'native') {
      add(lost, 'undeclared', run.records.length)
      continue
    }
    const installation = context.installationOf(fragment)
    const isNameless = fragment.nameless === true
    const { machine } = fragment
    const key = JSON.stringify([
      installation,
      fragment.window,
      fragment.account,
      stream,
      isNameless,
      machine
    ])
    const group = groups.get(key)
    if (group === undefined) {
      const { window, account, written } = fragment
      groups.set(key, {
        installation,
        window,
        account,
        stream,
        isNameless,
        machine,
        written,
        runs: [run]
      })
    } else {
      group.written = Math.min(group.written, fragment.written)
      group.runs = joined(group.runs, run)
    }
  }
  const bodies =
    context.wire.is === 'native'
      ? nativeBodies([...groups.values()], lost, context)
      : segmentBodies([...groups.values()], lost, context)
  return { bodies, lost: Object.fromEntries(lost) }
}

/** Its last run and this one are one, if all that is said of them is the same. */
function joined(runs: readonly WireRun[], run: WireRun): readonly WireRun[] {
  const last = runs.at(-1)
  if (last === undefined || saidOf(last) !== saidOf(run)) return [...runs, run]
  return [...runs.slice(0, -1), { ...last, records: [...last.records, ...run.records] }]
}

function saidOf(run: WireRun): string {
  return JSON.stringify({ ...run, records: [] })
}

/** Undefined for a line that a crash or a full disk tore. */
function readFragment(line: string): Fragment | undefined {
  let read: unknown
  try {
    read = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isObject(read) || typeof read['written'] !== 'number' || !isObject(read['run']))
    return undefined
  const { lost, run } = read as { lost?: unknown; run: Readonly<Record<string, unknown>> }
  if (!Array.isArray(run['records']) || !run['records'].every(isRecord)) return undefined
  if (
    lost !== undefined &&
    !(isObject(lost) && Object.values(lost).every((count) => Number.isSafeInteger(count)))
  )
    return undefined
  return read as unknown as Fragment
}

function isRecord(value: unknown): value is WireRecord {
  return (
    isObject(value) &&
    typeof value['name'] === 'string' &&
    typeof value['at'] === 'string' &&
    Number.isSafeInteger(value['seq']) &&
    isObject(value['fields'])
  )
}
