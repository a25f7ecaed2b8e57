/** What do records look like on our own wire? As reports, each within its limits. */
import { randomUuid } from '../identity/uuid.ts'
import { limits } from '../limits.ts'
import type { WireRecord, WireReport, WireRun } from '../wire.ts'
import type { FrozenBody } from './claim.ts'
import { bodyName } from './outbox.ts'
import { add, bytesOf, type Group, type PlanContext } from './plan.ts'

/** `lost` is emptied once a report tells it. */
export function nativeBodies(
  groups: readonly Group[],
  lost: Map<string, number>,
  context: PlanContext
): readonly FrozenBody[] {
  const bodies: FrozenBody[] = []
  for (const group of groups) {
    for (const runs of parts(group, lost, context)) {
      const report = randomUuid(context.effects)
      const deletion = context.deletionOf(report, group)
      const said = Object.fromEntries([...lost].filter(([, count]) => count > 0))
      const text = JSON.stringify({
        ...headOf(group, report, deletion, said, context),
        runs
      } satisfies WireReport)
      // Told once.
      lost.clear()
      bodies.push({ name: bodyName({ written: group.written, report, wire: 'native' }), text })
    }
  }
  return bodies
}

function headOf(
  { installation, window, account, stream }: Group,
  report: string,
  deletion: string | undefined,
  lost: Readonly<Record<string, number>>,
  { form, sdkVersion, lineage }: PlanContext
): Omit<WireReport, 'runs'> {
  return {
    candor: 1,
    product: form.edition?.streams.find(({ name }) => name === stream)?.product ?? form.product,
    report,
    sdk: { name: 'candor-ts', version: sdkVersion },
    ...(installation === undefined ? {} : { installation }),
    ...(installation === undefined || lineage === undefined || stream !== undefined
      ? {}
      : { lineage }),
    ...(window === undefined ? {} : { window }),
    ...(account === undefined ? {} : { account }),
    ...(deletion === undefined ? {} : { deletion }),
    ...(Object.keys(lost).length === 0 ? {} : { lost })
  }
}

/**
 * The runs of a group, cut so that each part is a report within its limits. A record that fits into
 * none is lost and counted.
 */
function parts(
  group: Group,
  lost: Map<string, number>,
  context: PlanContext
): readonly (readonly WireRun[])[] {
  const head = bytesOf({
    ...headOf(
      group,
      'x'.repeat(36),
      `sha256:${'0'.repeat(64)}`,
      { ...Object.fromEntries(lost), size: 1e9 },
      context
    ),
    runs: []
  })
  const found: WireRun[][] = []
  let part: WireRun[] = []
  let records = 0
  let bytes = head
  const close = (): void => {
    if (part.length > 0) found.push(part)
    part = []
    records = 0
    bytes = head
  }
  for (const run of group.runs) {
    const runBytes = bytesOf({ ...run, records: [] }) + 1
    let open: WireRecord[] | undefined
    for (const record of run.records) {
      const recordBytes = bytesOf(record) + 1
      if (head + runBytes + recordBytes > limits.reportBytesMax) {
        add(lost, 'size', 1)
        continue
      }
      const isFull = (): boolean =>
        records === limits.reportRecordsMax ||
        (open === undefined && part.length === limits.reportRunsMax) ||
        bytes + recordBytes + (open === undefined ? runBytes : 0) > limits.reportBytesMax
      if (isFull()) {
        close()
        open = undefined
      }
      if (open === undefined) {
        open = []
        part.push({ ...run, records: open })
        bytes += runBytes
      }
      open.push(record)
      records += 1
      bytes += recordBytes
    }
  }
  close()
  return found
}
