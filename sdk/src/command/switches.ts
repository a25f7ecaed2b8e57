/**
 * What do a command line's words say of telemetry? Read from the flags that the contract declares,
 * before anything else looks at them.
 */
import { sends } from '../consent/decision.ts'
import type { ContractForm } from '../form.ts'
import type { Controls, Switch } from '../telemetry.ts'
import { keptLines } from './unkept.ts'

export interface CommandLineSwitches {
  /** For this run only: hand it to `createTelemetry` as `flag`. */
  readonly flag: Switch | undefined
  /** For good: hand it to `applySwitches` before the command runs. */
  readonly forGood:
    | { readonly to: 'on' | 'off'; readonly project: boolean; readonly flag: string }
    | undefined
  /** The words without those flags: what the program's own parser sees. */
  readonly rest: readonly string[]
}

/**
 * Finds the contract's flags among a command line's words, up to a `--`. A flag whose scope is
 * `run` or `process` holds for this run;
 * one of scope `user` or `project` holds for good. Off wins over on, in whatever order they stand.
 *
 * @example
 * const { flag, forGood, rest } = readSwitches(contract, process.argv.slice(2))
 */
export function readSwitches(
  contract: ContractForm,
  words: readonly string[]
): CommandLineSwitches {
  const flags = new Map<
    string,
    { readonly to: 'on' | 'off'; readonly forGood: boolean; readonly project: boolean }
  >()
  for (const control of contract.controls) {
    if (typeof control['flag'] !== 'string') continue
    const scope = control['scope'] ?? 'run'
    flags.set(control['flag'], {
      to: control['does'] === 'on' ? 'on' : 'off',
      forGood: scope === 'user' || scope === 'project' || scope === 'machine',
      project: scope === 'project' || control['project'] === true
    })
  }
  let flag: Switch | undefined
  let forGood: CommandLineSwitches['forGood']
  const rest: string[] = []
  const end = words.indexOf('--')
  for (const [index, word] of words.entries()) {
    const found = end >= 0 && index > end ? undefined : flags.get(word)
    if (found === undefined) rest.push(word)
    else if (!found.forGood) flag = flag === 'off' ? 'off' : found.to
    else if (forGood?.to !== 'off') forGood = { to: found.to, project: found.project, flag: word }
  }
  // Whoever says no for good says no to this run as well.
  return { flag: forGood?.to === 'off' ? 'off' : flag, forGood, rest }
}

/**
 * Does what a flag for good says; the refusal is on the disk before this resolves. Returns the line
 * that the program may print.
 */
export async function applySwitches(
  controls: Controls,
  { forGood }: CommandLineSwitches
): Promise<string | undefined> {
  if (forGood === undefined) return undefined
  if (forGood.to === 'on') {
    const status = await controls.on()
    const is = sends(status)
      ? 'Telemetry is on.'
      : `Telemetry stays ${status.state}: ${status.missing ?? status.because.where}.`
    return keptLines(is, status, 'on').join('\n')
  }
  const { receipts, status } = await controls.off({ project: forGood.project })
  const lines = keptLines('Telemetry is off, here and for good.', status, 'off')
  return [...lines, ...receiptLines(receipts)].join('\n')
}

export function receiptLines(receipts: readonly string[]): readonly string[] {
  if (receipts.length === 0) return []
  return [
    'What was sent before can still be erased. These keys do it, and are shown only now:',
    ...receipts.map((key) => `  ${key}`)
  ]
}
