/**
 * Reads events from whatever file holds them: JSON lines or an array, shaped as Segment's, as
 * native reports, or plain objects.
 */
import { readPath } from '../form/wire-path.ts'

export interface ReadEvent {
  /** Undefined where the event has none. */
  readonly name: string | undefined
  /** The object that a contract's paths are relative to. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Who sent it, where it says so: only to count in how many places a value was seen. */
  readonly sender: string | undefined
}

export interface ReadEvents {
  readonly events: readonly ReadEvent[]
  /** Lines that are no JSON, and values that are no event. */
  readonly unreadable: number
  /** The numbers of the first such lines, from 1 on. */
  readonly brokenLines: readonly number[]
  /** Events beyond what is looked at. */
  readonly beyond: number
}

/** Whoever mends a file mends these first. */
const brokenLinesMax = 5
/** More tell nothing new about types. */
const eventsMax = 200_000

type JsonObject = Readonly<Record<string, unknown>>

/** `nameFrom` is a path in each event, for plain ones. Never throws. */
export function readEvents(
  text: string,
  { nameFrom }: { readonly nameFrom?: string | undefined } = {}
): ReadEvents {
  const events: ReadEvent[] = []
  let [unreadable, beyond] = [0, 0]
  const brokenLines: number[] = []
  const add = (value: unknown): void => {
    const found = eventsOf(value, nameFrom)
    if (found === undefined) unreadable += 1
    for (const event of found ?? []) {
      if (events.length < eventsMax) events.push(event)
      else beyond += 1
    }
  }
  // A byte order mark belongs to the file, and not to its first line.
  const content = text.replace(/^\uFEFF/, '')
  const whole = parsed(content)
  if (whole.is === 'json')
    for (const value of Array.isArray(whole.value)
      ? (whole.value as readonly unknown[])
      : [whole.value])
      add(value)
  else
    for (const [index, line] of content.split(/\r?\n/).entries()) {
      if (line.trim() === '') continue
      const value = parsed(line)
      const before = unreadable
      if (value.is === 'json') add(value.value)
      else unreadable += 1
      if (unreadable > before && brokenLines.length < brokenLinesMax) brokenLines.push(index + 1)
    }
  return { events, unreadable, brokenLines, beyond }
}

function parsed(
  text: string
): { readonly is: 'json'; readonly value: unknown } | { readonly is: 'none' } {
  try {
    return { is: 'json', value: JSON.parse(text) as unknown }
  } catch {
    return { is: 'none' }
  }
}

/** Undefined for what is no event. */
function eventsOf(value: unknown, nameFrom: string | undefined): readonly ReadEvent[] | undefined {
  if (!isObject(value)) return undefined
  if (value['candor'] === 1 && Array.isArray(value['runs'])) return nativeEvents(value)
  if (Array.isArray(value['batch']))
    return (value['batch'] as readonly unknown[]).flatMap(
      (event) => eventsOf(event, nameFrom) ?? []
    )
  const sender = senderOf(value)
  if (nameFrom !== undefined) {
    const found = at(value, readPath(nameFrom) ?? [])
    const [key = ''] = readPath(nameFrom) ?? []
    const rest = isObject(value['properties']) ? value['properties'] : without(value, key)
    return [{ name: typeof found === 'string' ? found : undefined, fields: rest, sender }]
  }
  const segment = segmentEvent(value, sender)
  if (segment !== undefined) return [segment]
  const { name, fields } = value
  if (typeof name === 'string' && isObject(fields)) return [{ name, fields, sender }]
  const key = nameKeys.find((each) => typeof value[each] === 'string')
  return [
    {
      name: key === undefined ? undefined : (value[key] as string),
      fields: key === undefined ? value : without(value, key),
      sender
    }
  ]
}

/** Not `name`, which may be a person's. */
const nameKeys = ['event', 'event_name', 'eventName', 'event_type', 'eventType', 'action', 'type']
const senderKeys = [
  'installation',
  'anonymousId',
  'anonymous_id',
  'userId',
  'user_id',
  'distinct_id',
  'client_id',
  'instance_id'
]

function senderOf(value: JsonObject): string | undefined {
  const key = senderKeys.find(
    (each) => typeof value[each] === 'string' || typeof value[each] === 'number'
  )
  return key === undefined ? undefined : String(value[key])
}

function segmentEvent(value: JsonObject, sender: string | undefined): ReadEvent | undefined {
  const { type, event, properties, traits } = value
  if (typeof event === 'string' && isObject(properties))
    return { name: event, fields: properties, sender }
  if ((type === 'identify' || type === 'group') && isObject(traits))
    return { name: type, fields: traits, sender }
  return (type === 'page' || type === 'screen') && isObject(properties)
    ? { name: type, fields: properties, sender }
    : undefined
}

function nativeEvents(report: JsonObject): readonly ReadEvent[] {
  return (report['runs'] as readonly unknown[]).flatMap((run) => {
    const records =
      isObject(run) && Array.isArray(run['records']) ? (run['records'] as readonly unknown[]) : []
    return records.flatMap((record): readonly ReadEvent[] => {
      if (!isObject(record) || typeof record['name'] !== 'string') return []
      return [
        {
          name: record['name'],
          fields: isObject(record['fields']) ? record['fields'] : {},
          sender: senderOf(report)
        }
      ]
    })
  })
}

function without(value: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== key))
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const key of path)
    found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return found
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
