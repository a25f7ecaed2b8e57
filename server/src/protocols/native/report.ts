/**
 * What a native report says, read strictly: any part that has not its shape refuses the whole,
 * since only a broken program sends it.
 */
import type { Instant, WireRecord, WireSource } from '../../record.ts'
import { readInstant, skewOf } from '../client-time.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { NativeProblem } from './problems.ts'
import {
  inside,
  isMisshapen,
  misshapenText,
  objectAt,
  textOf,
  type Misshapen,
  type TextShape
} from './shape.ts'

export const reportLimits = {
  // A report travels in one congestion window or few; the largest seed body is under 5 KiB.
  bodyBytesMax: 64 * 1024,
  runsMax: 50,
  recordsMax: 500
} as const

interface Report {
  /** Lower case: the same report whatever its client's spelling. */
  readonly id: string
  readonly records: readonly WireRecord[]
  /** For each record, the index of its run. */
  readonly runs: readonly number[]
}

export type ReadReport =
  | { readonly is: 'report'; readonly report: Report }
  | { readonly is: 'refused'; readonly code: NativeProblem; readonly fault?: Misshapen }

const digest: Pick<TextShape, 'shape' | 'must'> = {
  shape: /^sha256:[0-9a-f]{64}$/,
  must: 'be `sha256:` and 64 lower-case hexadecimal digits'
}
const text = (lengthMax: number): Pick<TextShape, 'shape' | 'must'> => ({
  shape: { test: (value) => value !== '' && value.length <= lengthMax },
  must: `be a text of 1 to ${lengthMax} characters`
})

const reportTexts: readonly TextShape[] = [
  {
    key: 'report',
    shape: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i,
    must: 'be a UUID of version 4',
    required: true
  },
  { key: 'installation', ...text(128) },
  { key: 'lineage', ...text(128) },
  {
    key: 'window',
    shape: /^[0-9A-Za-z-]{1,32}$/,
    must: 'be a name of 1 to 32 letters, digits and hyphens'
  },
  { key: 'account', ...text(256) },
  { key: 'deletion', ...digest }
]
const sdkTexts: readonly TextShape[] = [
  { key: 'name', ...text(64), required: true },
  { key: 'version', ...text(64), required: true }
]
const runTexts: readonly TextShape[] = [
  { key: 'session', ...text(128) },
  { key: 'version', ...text(64) },
  { key: 'contract', ...digest }
]
const consentTexts: readonly TextShape[] = [
  { key: 'level', ...text(64) },
  { key: 'accepted', ...digest }
]
const recordTexts: readonly TextShape[] = [{ key: 'name', ...text(128), required: true }]

// Said once, for the whole report: a run with its own could put two windows into one report, and so
// link them.
const onlyOfReport = ['installation', 'lineage', 'window', 'account', 'deletion'] as const

interface Times {
  readonly sentAt: Instant | undefined
  readonly receivedAt: Instant
}

/** `body` is already known to be of version 1 and of this product. */
export function readReport(body: JsonObject, product: string, times: Times): ReadReport {
  const envelope = readEnvelope(body, product)
  if (isMisshapen(envelope)) return { is: 'refused', code: 'REQUEST_MALFORMED', fault: envelope }
  const rawRuns = body['runs']
  if (!Array.isArray(rawRuns))
    return { is: 'refused', code: 'REQUEST_MALFORMED', fault: { path: 'runs', must: 'be a list' } }
  if (rawRuns.length > reportLimits.runsMax) return { is: 'refused', code: 'TOO_MANY_RUNS' }
  const records: WireRecord[] = []
  const runs: number[] = []
  for (let index = 0; index < rawRuns.length; index += 1) {
    const run = readRun(rawRuns[index], index, envelope.source)
    if (isMisshapen(run))
      return { is: 'refused', code: 'REQUEST_MALFORMED', fault: inside(`runs[${index}]`, run) }
    if (records.length + run.records.length > reportLimits.recordsMax)
      return { is: 'refused', code: 'TOO_MANY_RECORDS' }
    for (let place = 0; place < run.records.length; place += 1) {
      const record = readRecord(run.records[place], run.source, times)
      if (isMisshapen(record))
        return {
          is: 'refused',
          code: 'REQUEST_MALFORMED',
          fault: inside(`runs[${index}].records[${place}]`, record)
        }
      records.push(record)
      runs.push(index)
    }
  }
  return { is: 'report', report: { id: envelope.id, records, runs } }
}

function readEnvelope(
  body: JsonObject,
  product: string
): { readonly id: string; readonly source: WireSource } | Misshapen {
  const fault = misshapenText(body, reportTexts)
  if (fault !== undefined) return fault
  const sdk = objectAt(body, 'sdk')
  if (sdk.fault !== undefined) return sdk.fault
  const sdkFault = sdk.value === undefined ? undefined : misshapenText(sdk.value, sdkTexts)
  if (sdkFault !== undefined) return inside('sdk', sdkFault)
  const lost = readLost(body)
  if (typeof lost === 'object') return lost
  return {
    id: (textOf(body, 'report') ?? '').toLowerCase(),
    source: {
      product,
      installation: textOf(body, 'installation'),
      lineage: textOf(body, 'lineage'),
      window: textOf(body, 'window'),
      account: textOf(body, 'account'),
      deletion: textOf(body, 'deletion'),
      sdk:
        sdk.value === undefined
          ? undefined
          : { name: textOf(sdk.value, 'name') ?? '', version: textOf(sdk.value, 'version') ?? '' },
      lost
    }
  }
}

/** By cause (`spool`, …), which only the client can know; we keep their sum. */
function readLost(body: JsonObject): number | undefined | Misshapen {
  const { value, fault } = objectAt(body, 'lost')
  if (fault !== undefined || value === undefined) return fault
  let sum = 0
  for (const count of Object.values(value)) {
    if (!isCount(count)) return { path: 'lost', must: 'have whole numbers from 0 on' }
    sum += count
  }
  return Math.min(sum, Number.MAX_SAFE_INTEGER)
}

function readRun(
  raw: unknown,
  index: number,
  ofReport: WireSource
): { readonly source: WireSource; readonly records: readonly unknown[] } | Misshapen {
  if (!isObject(raw)) return { path: '', must: 'be an object' }
  const fault = misshapenText(raw, runTexts)
  if (fault !== undefined) return fault
  for (const key of onlyOfReport)
    if (Object.hasOwn(raw, key)) return { path: key, must: 'be said of the report, not of a run' }
  const consent = objectAt(raw, 'consent')
  if (consent.fault !== undefined) return consent.fault
  const consentFault =
    consent.value === undefined ? undefined : misshapenText(consent.value, consentTexts)
  if (consentFault !== undefined) return inside('consent', consentFault)
  const environment = objectAt(raw, 'environment')
  if (environment.fault !== undefined) return environment.fault
  const records = raw['records']
  if (!Array.isArray(records)) return { path: 'records', must: 'be a list' }
  // Written out, not spread: spreading took longer than parsing the report.
  const source: WireSource = {
    product: ofReport.product,
    installation: ofReport.installation,
    lineage: ofReport.lineage,
    window: ofReport.window,
    account: ofReport.account,
    deletion: ofReport.deletion,
    sdk: ofReport.sdk,
    // Counted once a report, so only with its first run.
    lost: index === 0 ? ofReport.lost : undefined,
    session: textOf(raw, 'session'),
    version: textOf(raw, 'version'),
    contract: textOf(raw, 'contract'),
    level: consent.value === undefined ? undefined : textOf(consent.value, 'level'),
    acceptedTerms: consent.value === undefined ? undefined : textOf(consent.value, 'accepted'),
    environment: environment.value
  }
  return { source, records }
}

function readRecord(raw: unknown, source: WireSource, times: Times): WireRecord | Misshapen {
  if (!isObject(raw)) return { path: '', must: 'be an object' }
  const fault = misshapenText(raw, recordTexts)
  if (fault !== undefined) return fault
  const seq = raw['seq']
  if (!isCount(seq)) return { path: 'seq', must: 'be a whole number from 0 on' }
  const fields = objectAt(raw, 'fields')
  if (fields.fault !== undefined) return fields.fault
  const others = objectAt(raw, 'others')
  if (others.fault !== undefined) return others.fault
  const written = raw['at'] ?? undefined
  const at = readInstant(written)
  if (written !== undefined && at === undefined)
    return { path: 'at', must: 'be a time as in RFC 3339' }
  const skew = at === undefined ? 0 : skewOf({ at, ...times })
  return {
    source,
    wire: 'native',
    name: textOf(raw, 'name') ?? '',
    occurredAt: at === undefined ? undefined : at + skew,
    skewApplied: skew !== 0,
    fields: fields.value ?? {},
    others: others.value,
    seq
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
