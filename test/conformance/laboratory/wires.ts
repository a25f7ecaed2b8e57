/**
 * What a body says, on the wires that the kit understands: which records, and by which ids a
 * collector knows them again.
 */
import { createHash } from 'node:crypto'

export type Wire = 'native' | 'segment' | 'posthog' | 'raw'

export interface Told {
  readonly wire: Wire
  readonly records: readonly {
    /** What a collector deduplicates by: a report's id, a message's id. */
    readonly envelope: string
    /** What the record is, whichever envelope carries it. */
    readonly id: string
    readonly name: string | undefined
    /** Of a raw record only: all that it says. */
    readonly text?: string
  }[]
}

/** `body` is decompressed. What has not a wire's shape is raw: one record, known by its bytes. */
export function readBody(path: string, body: Buffer): Told {
  const document = jsonOf(body)
  const told = /^\/v1\/reports\b/.test(path)
    ? native(document)
    : /\/v1\/(track|batch|identify|page|screen|group|alias|t|b)\b/.test(path)
      ? segment(document)
      : /^\/(batch|i\/v\d+\/\w+|capture|e)\b/.test(path)
        ? posthog(document)
        : undefined
  return (
    told ?? {
      wire: 'raw',
      records: [
        { envelope: digest(body), id: digest(body), name: undefined, text: body.toString() }
      ]
    }
  )
}

export interface Kept {
  /** Ids of the distinct records that a collector would have kept, in their order of arrival. */
  readonly records: readonly {
    readonly id: string
    readonly name: string | undefined
    readonly text: string | undefined
  }[]
  /**
   * Records that a collector would have kept twice: the same one in two envelopes, or a body
   * without any id that came again.
   */
  readonly twice: readonly string[]
  /** Envelopes that came again, byte for byte, and so were recognised. */
  readonly resent: number
  /**
   * Envelopes that came again with other content under the same id: a collector keeps the first,
   * and the rest is lost.
   */
  readonly altered: readonly string[]
}

/** What a collector that deduplicates by the wire's own id would hold after these requests. */
export function keptOf(
  requests: readonly { readonly path: string; readonly body: Buffer }[]
): Kept {
  const envelopes = new Map<string, string>()
  const records = new Map<string, { name: string | undefined; text: string | undefined }>()
  const twice = new Set<string>()
  const altered = new Set<string>()
  let resent = 0
  for (const { path, body } of requests) {
    const told = readBody(path, body)
    const fresh = new Set<string>()
    for (const { envelope, id, name, text: said } of told.records) {
      const content = told.wire === 'native' ? digest(body) : id
      const known = envelopes.get(envelope)
      if (known !== undefined && !fresh.has(envelope)) {
        if (told.wire === 'raw') twice.add(id)
        else if (known === content) resent += 1
        else altered.add(envelope)
        continue
      }
      envelopes.set(envelope, content)
      fresh.add(envelope)
      if (records.has(id)) twice.add(id)
      records.set(id, { name, text: said })
    }
  }
  return {
    records: [...records].map(([id, said]) => ({ id, ...said })),
    twice: [...twice],
    resent,
    altered: [...altered]
  }
}

function native(document: unknown): Told | undefined {
  if (
    !isObject(document) ||
    typeof document['report'] !== 'string' ||
    !Array.isArray(document['runs'])
  )
    return undefined
  const envelope = document['report']
  return {
    wire: 'native',
    records: document['runs'].filter(isObject).flatMap(({ session, records }) =>
      listOf(records).map(({ seq, name }) => ({
        envelope,
        id: `${text(session)}/${text(seq)}`,
        name: text(name)
      }))
    )
  }
}

function segment(document: unknown): Told | undefined {
  if (!isObject(document)) return undefined
  const messages = Array.isArray(document['batch']) ? listOf(document['batch']) : [document]
  return {
    wire: 'segment',
    records: messages.map((message) => {
      const id = text(message['messageId']) ?? digest(Buffer.from(JSON.stringify(message)))
      return { envelope: id, id, name: text(message['event']) ?? text(message['type']) }
    })
  }
}

function posthog(document: unknown): Told | undefined {
  const events = isObject(document)
    ? Array.isArray(document['batch'])
      ? listOf(document['batch'])
      : [document]
    : listOf(document)
  if (events.length === 0) return undefined
  return {
    wire: 'posthog',
    records: events.map((event) => {
      const id = text(event['uuid']) ?? digest(Buffer.from(JSON.stringify(event)))
      return { envelope: id, id, name: text(event['event']) }
    })
  }
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function digest(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex')
}
