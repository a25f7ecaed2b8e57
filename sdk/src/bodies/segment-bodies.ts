/**
 * What do records look like to Segment, or to whatever speaks its format? As `track` calls, their
 * fields where the product's clients put them.
 */
import { randomUuid } from '../identity/uuid.ts'
import { limits } from '../limits.ts'
import type { RecordForm } from '../form.ts'
import type { WireRecord, WireRun, WireValue } from '../wire.ts'
import type { FrozenBody } from './claim.ts'
import { bodyName } from './outbox.ts'
import { add, bytesOf, type Group, type PlanContext } from './plan.ts'

/**
 * Segment's own limit for one message; it allows 500 KB a batch, so a report's limit is within it.
 */
const messageBytesMax = 32 * 1024

interface Message {
  readonly type: 'track'
  readonly messageId: string
  readonly anonymousId: string
  readonly userId?: string
  readonly event: string
  readonly properties: object
  readonly timestamp: string
  readonly context: object
}

/**
 * What Segment has no word for, `lost` and the deletion hash, does not travel; `lost` stays
 * counted.
 */
export function segmentBodies(
  groups: readonly Group[],
  lost: Map<string, number>,
  context: PlanContext
): readonly FrozenBody[] {
  const bodies: FrozenBody[] = []
  const isSingle = context.wire.is === 'segment' && context.wire.single
  for (const group of groups) {
    const name = (): string =>
      bodyName({ written: group.written, report: randomUuid(context.effects), wire: 'segment' })
    let batch: Message[] = []
    let bytes = 0
    const close = (): void => {
      if (batch.length > 0) bodies.push({ name: name(), text: JSON.stringify({ batch }) })
      batch = []
      bytes = 0
    }
    for (const run of group.runs) {
      for (const record of run.records) {
        const message = messageOf(record, run, group, context)
        const size = bytesOf(message) + 1
        if (size > messageBytesMax) {
          add(lost, 'size', 1)
          continue
        }
        if (isSingle) {
          bodies.push({ name: name(), text: JSON.stringify(message) })
          continue
        }
        if (batch.length === limits.reportRecordsMax || bytes + size > limits.reportBytesMax - 16)
          close()
        batch.push(message)
        bytes += size
      }
    }
    close()
  }
  return bodies
}

function messageOf(record: WireRecord, run: WireRun, group: Group, { form }: PlanContext): Message {
  const places = placed(record, form.records[record.name])
  const { os, os_version: osVersion, ...environment } = run.environment
  const system = {
    ...(os === undefined ? {} : { name: os }),
    ...(osVersion === undefined ? {} : { version: osVersion })
  }
  return {
    type: 'track',
    // The same however often it is sent, and no other's: a session is random, and its numbers are
    // its own.
    messageId: `${run.session}-${record.seq}`,
    anonymousId: group.installation ?? run.session,
    ...(group.account === undefined ? {} : { userId: group.account }),
    event: record.name,
    properties: places.properties,
    timestamp: record.at,
    context: {
      ...places.context,
      library: { name: form.product, version: run.version },
      // Segment's word for the program that an event is about; what its format has no word for
      // stands inside.
      app: {
        name: form.title,
        version: run.version,
        ...(Object.keys(environment).length === 0 ? {} : { environment })
      },
      ...(Object.keys(system).length === 0 ? {} : { os: system })
    }
  }
}

type Tree = { [key: string]: WireValue | Tree }

function placed(
  record: WireRecord,
  form: RecordForm | undefined
): { readonly properties: Tree; readonly context: Tree } {
  const root = { properties: {} as Tree, context: {} as Tree }
  for (const [name, value] of Object.entries(record.fields)) {
    const at = form?.fields[name]?.at ?? `properties.${name}`
    const [top = '', ...path] = at.split('.')
    // What a product's own client puts beside properties and context has no place in a track call.
    if ((top !== 'properties' && top !== 'context') || path.length === 0)
      set(root.properties, [name], value)
    else set(root[top], path, value)
  }
  return root
}

function set(tree: Tree, path: readonly string[], value: WireValue): void {
  const [key = '', ...rest] = path
  if (rest.length === 0) {
    Object.defineProperty(tree, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true
    })
    return
  }
  const below = Object.hasOwn(tree, key) ? tree[key] : undefined
  if (typeof below === 'object' && below !== null && !Array.isArray(below))
    set(below as Tree, rest, value)
  else {
    const made: Tree = {}
    Object.defineProperty(tree, key, {
      value: made,
      enumerable: true,
      writable: true,
      configurable: true
    })
    set(made, rest, value)
  }
}
