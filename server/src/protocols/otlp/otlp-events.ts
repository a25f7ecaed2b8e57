/** Which events do log records and data points tell, and who sent them? */
import type { Instant, WireSource } from '../../record.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { Signal } from './messages.ts'

export interface OtlpEvent {
  readonly source: Omit<WireSource, 'product'>
  /** Undefined: it has none, so it is no event. */
  readonly name: string | undefined
  readonly fields: JsonObject
  readonly at: Instant | undefined
}

/** In the message's order, at most `max`; `more` is how many came after those. */
export function eventsOf(
  message: JsonObject,
  { signal, max }: { readonly signal: Signal; readonly max: number }
): { readonly events: readonly OtlpEvent[]; readonly more: number } {
  const events: OtlpEvent[] = []
  let more = 0
  for (const ofResource of listOf(
    message[signal === 'logs' ? 'resourceLogs' : 'resourceMetrics']
  )) {
    const source = sourceOf(ofResource['resource'])
    for (const scope of listOf(ofResource[signal === 'logs' ? 'scopeLogs' : 'scopeMetrics']))
      for (const event of signal === 'logs' ? logsOf(scope) : pointsOf(scope))
        if (events.length < max) events.push({ source, ...event })
        else more += 1
  }
  return { events, more }
}

type Told = Omit<OtlpEvent, 'source'>

function* logsOf(scope: JsonObject): Iterable<Told> {
  for (const log of listOf(scope['logRecords'])) {
    const { [eventName]: named, ...attributes } = attributesOf(log['attributes'])
    const body = valueOf(log['body'])
    const name = textOf(log['eventName']) ?? textOf(named)
    yield {
      // A program without event names says in the body what happened.
      name: name ?? textOf(body),
      fields: isObject(body)
        ? { ...body, ...attributes }
        : name === undefined || body === undefined
          ? attributes
          : { body, ...attributes },
      at: timeOf(log['timeUnixNano']) ?? timeOf(log['observedTimeUnixNano'])
    }
  }
}

const eventName = 'event.name'
const kinds = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary']
const figures = ['count', 'sum', 'min', 'max']

function* pointsOf(scope: JsonObject): Iterable<Told> {
  for (const metric of listOf(scope['metrics'])) {
    const name = textOf(metric['name'])
    for (const kind of kinds) {
      const data = metric[kind]
      if (!isObject(data)) continue
      for (const point of listOf(data['dataPoints'])) {
        const value = numberOf(point['asDouble']) ?? numberOf(point['asInt'])
        const told = figures.flatMap((figure) => {
          const number = numberOf(point[figure])
          return number === undefined ? [] : [[figure, number] as const]
        })
        yield {
          name,
          fields: {
            ...attributesOf(point['attributes']),
            ...(value === undefined ? {} : { value }),
            ...Object.fromEntries(told)
          },
          at: timeOf(point['timeUnixNano'])
        }
      }
    }
  }
}

/** By OpenTelemetry's semantic conventions; whatever else a resource says is not looked at. */
function sourceOf(resource: unknown): OtlpEvent['source'] {
  const told = attributesOf(isObject(resource) ? resource['attributes'] : undefined)
  const text = (name: string): string | undefined => textOf(told[name])
  const runtime = [text('process.runtime.name'), text('process.runtime.version')]
  const environment = {
    os: text('os.type'),
    os_version: text('os.version'),
    arch: text('host.arch'),
    runtime: runtime[0] === undefined ? undefined : runtime.filter(Boolean).join(' ')
  }
  return {
    installation: text('service.instance.id'),
    session: text('session.id'),
    version: text('service.version'),
    sdk: { name: 'opentelemetry', version: text('telemetry.sdk.version') ?? '' },
    environment: Object.fromEntries(
      Object.entries(environment).filter(([, value]) => value !== undefined)
    )
  }
}

// What SDKs add to every record of a logger: files, lines, threads. No program meant to report it.
const added = /^(?:code|thread|log|exception|otel)\./

/** By their whole names: `http.route` is a key with a dot in it, and no path. */
function attributesOf(list: unknown): Record<string, unknown> {
  return Object.fromEntries(
    listOf(list).flatMap(({ key, value }) =>
      typeof key === 'string' && !added.test(key) ? [[key, valueOf(value)] as const] : []
    )
  )
}

// Deeper than any program nests what it counts.
const depthMax = 8

function valueOf(value: unknown, depth = 0): unknown {
  if (!isObject(value) || depth > depthMax) return undefined
  if (value['arrayValue'] !== undefined)
    return listOf(isObject(value['arrayValue']) ? value['arrayValue']['values'] : []).map((each) =>
      valueOf(each, depth + 1)
    )
  const nested = value['kvlistValue']
  if (isObject(nested))
    return Object.fromEntries(
      listOf(nested['values']).flatMap(({ key, value }) =>
        typeof key === 'string' ? [[key, valueOf(value, depth + 1)] as const] : []
      )
    )
  return (
    value['stringValue'] ??
    value['boolValue'] ??
    numberOf(value['intValue']) ??
    numberOf(value['doubleValue'])
  )
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** 64-bit numbers are texts in JSON. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Nanoseconds since 1970; 0 is no time. */
function timeOf(nanoseconds: unknown): Instant | undefined {
  const number = numberOf(nanoseconds)
  if (number === undefined || number <= 0) return undefined
  const instant = Math.floor(number / 1e6)
  return instant < 8.64e15 ? instant : undefined
}
