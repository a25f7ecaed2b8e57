/**
 * Which keys erase what was sent? Kept for as long as a collector keeps records, and not longer.
 */
import { DAY_MS } from '#values/days'
import type { ContractForm } from '../form.ts'
import { limits } from '../limits.ts'
import type { StateAccess, StateFolder } from '../state/state-folder.ts'
import { isObject, parseJson } from '../json.ts'

/** Beside what is spooled; the refusal looks at it before it sweeps. */
const file = 'receipts.json'

interface Receipt {
  readonly key: string
  /** Milliseconds since 1970. */
  readonly until: number
}

type ReceiptAccess = StateAccess<'now'> & { readonly form: Pick<ContractForm, 'retention'> }

/** False when it can't be kept: then no report may carry its hash, which nobody could ever use. */
export function keepReceipt({ state, effects, form }: ReceiptAccess, key: string): boolean {
  const now = effects.now()
  const until = now + limits.spoolAgeMsMax + form.retention.recordsDays * DAY_MS
  const others = readReceipts(state).filter((receipt) => receipt.key !== key && receipt.until > now)
  return state.write(file, JSON.stringify([...others, { key, until }].slice(-limits.receiptsMax)))
}

export function receiptKeys(state: StateFolder): readonly string[] {
  return keysIn(state.read(file))
}

/** Of the file's text. */
export function keysIn(text: string | undefined): readonly string[] {
  return receiptsIn(text).map(({ key }) => key)
}

/** Their owner has used them. */
export function dropReceipts(state: StateFolder, keys: readonly string[]): void {
  const left = readReceipts(state).filter(({ key }) => !keys.includes(key))
  if (left.length === 0) state.remove(file)
  else state.write(file, JSON.stringify(left))
}

function readReceipts(state: StateFolder): readonly Receipt[] {
  return receiptsIn(state.read(file))
}

function receiptsIn(text: string | undefined): readonly Receipt[] {
  const read = parseJson(text)
  if (!Array.isArray(read)) return []
  return read.filter(
    (each): each is Receipt =>
      isObject(each) && typeof each['key'] === 'string' && typeof each['until'] === 'number'
  )
}
