/**
 * OTLP's messages as far as anything here reads them, and both their encodings as one shape: that
 * of OTLP/JSON. The numbers of fields are those of opentelemetry-proto 1.7 (logs, metrics, common,
 * resource).
 */
import { createRequire } from 'node:module'
import type * as Protobuf from 'protobufjs'
import { isObject, parseJson, textOf, type JsonObject } from '../json.ts'

export type Signal = 'logs' | 'metrics'
export type Encoding = 'json' | 'protobuf'

type Field = readonly [type: string, id: number, rule?: 'repeated']

const messages: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  AnyValue: {
    stringValue: ['string', 1],
    boolValue: ['bool', 2],
    intValue: ['int64', 3],
    doubleValue: ['double', 4],
    arrayValue: ['ArrayValue', 5],
    kvlistValue: ['KeyValueList', 6]
  },
  ArrayValue: { values: ['AnyValue', 1, 'repeated'] },
  KeyValueList: { values: ['KeyValue', 1, 'repeated'] },
  KeyValue: { key: ['string', 1], value: ['AnyValue', 2] },
  Resource: { attributes: ['KeyValue', 1, 'repeated'] },
  LogsRequest: { resourceLogs: ['ResourceLogs', 1, 'repeated'] },
  ResourceLogs: { resource: ['Resource', 1], scopeLogs: ['ScopeLogs', 2, 'repeated'] },
  ScopeLogs: { logRecords: ['LogRecord', 2, 'repeated'] },
  LogRecord: {
    timeUnixNano: ['fixed64', 1],
    observedTimeUnixNano: ['fixed64', 11],
    body: ['AnyValue', 5],
    attributes: ['KeyValue', 6, 'repeated'],
    eventName: ['string', 12]
  },
  MetricsRequest: { resourceMetrics: ['ResourceMetrics', 1, 'repeated'] },
  ResourceMetrics: { resource: ['Resource', 1], scopeMetrics: ['ScopeMetrics', 2, 'repeated'] },
  ScopeMetrics: { metrics: ['Metric', 2, 'repeated'] },
  Metric: {
    name: ['string', 1],
    gauge: ['Numbers', 5],
    sum: ['Numbers', 7],
    histogram: ['Histogram', 9],
    exponentialHistogram: ['ExponentialHistogram', 10],
    summary: ['Summary', 11]
  },
  Numbers: { dataPoints: ['NumberPoint', 1, 'repeated'] },
  NumberPoint: {
    timeUnixNano: ['fixed64', 3],
    asDouble: ['double', 4],
    asInt: ['sfixed64', 6],
    attributes: ['KeyValue', 7, 'repeated']
  },
  Histogram: { dataPoints: ['HistogramPoint', 1, 'repeated'] },
  HistogramPoint: {
    timeUnixNano: ['fixed64', 3],
    count: ['fixed64', 4],
    sum: ['double', 5],
    attributes: ['KeyValue', 9, 'repeated'],
    min: ['double', 11],
    max: ['double', 12]
  },
  ExponentialHistogram: { dataPoints: ['ExponentialPoint', 1, 'repeated'] },
  ExponentialPoint: {
    attributes: ['KeyValue', 1, 'repeated'],
    timeUnixNano: ['fixed64', 3],
    count: ['fixed64', 4],
    sum: ['double', 5],
    min: ['double', 12],
    max: ['double', 13]
  },
  Summary: { dataPoints: ['SummaryPoint', 1, 'repeated'] },
  SummaryPoint: {
    timeUnixNano: ['fixed64', 3],
    count: ['fixed64', 4],
    sum: ['double', 5],
    attributes: ['KeyValue', 7, 'repeated']
  },
  Response: { partialSuccess: ['PartialSuccess', 1] },
  PartialSuccess: { rejected: ['int64', 1], errorMessage: ['string', 2] }
}

const answers: ReadonlySet<string> = new Set(['Response', 'PartialSuccess'])

interface Types {
  readonly logs: Protobuf.Type
  readonly metrics: Protobuf.Type
  readonly response: Protobuf.Type
}

let loaded: Types | undefined

/**
 * 50,000, and one more for each sixteen bytes: an attribute is two messages and has a name. A
 * kilobyte of gzip can hold half a million empty ones, which cost seconds of everybody's time.
 */
function messagesMax(bytes: number): number {
  return 50_000 + Math.floor(bytes / 16)
}

/** How many more the body that is being read may have: reading is one turn, of one body. */
let messagesLeft = 0

function counted(message: typeof Protobuf.Message): new () => Protobuf.Message {
  return class extends message {
    constructor() {
      super()
      messagesLeft -= 1
      if (messagesLeft < 0) throw new RangeError('more messages than any exporter sends')
    }
  }
}

/** Loaded by whoever is sent a first one: it takes as long to load as half the server. */
function types(): Types {
  if (loaded !== undefined) return loaded
  const protobuf = createRequire(import.meta.url)('protobufjs/light.js') as typeof Protobuf
  const fieldsOf = (fields: Readonly<Record<string, Field>>): Record<string, Protobuf.IField> =>
    Object.fromEntries(
      Object.entries(fields).map(([field, [type, id, rule]]) => [
        field,
        rule === undefined ? { type, id } : { type, id, rule }
      ])
    )
  // A zero that was sent is a zero, and not a field that is absent.
  const presenceOf = (fields: Readonly<Record<string, Field>>): Record<string, Protobuf.IOneOf> =>
    Object.fromEntries(
      Object.entries(fields).flatMap(([field, [, , rule]]) =>
        rule === undefined ? [[`_${field}`, { oneof: [field] }]] : []
      )
    )
  const root = protobuf.Root.fromJSON({
    nested: Object.fromEntries(
      Object.entries(messages).map(([name, fields]) => [
        name,
        { fields: fieldsOf(fields), oneofs: presenceOf(fields) }
      ])
    )
  })
  for (const name of Object.keys(messages))
    if (!answers.has(name)) root.lookupType(name).ctor = counted(protobuf.Message)
  loaded = {
    logs: root.lookupType('LogsRequest'),
    metrics: root.lookupType('MetricsRequest'),
    response: root.lookupType('Response')
  }
  return loaded
}

/** In the shape of OTLP/JSON. Undefined when the bytes are no such message. */
export function readMessage(
  body: Buffer,
  { signal, encoding }: { readonly signal: Signal; readonly encoding: Encoding }
): JsonObject | undefined {
  if (encoding === 'json') {
    const value = parseJson(textOf(body))
    return isObject(value) ? value : undefined
  }
  const type = types()[signal]
  messagesLeft = messagesMax(body.length)
  try {
    return type.toObject(type.decode(body), { longs: String }) as JsonObject
  } catch {
    // Truncated, of another format, of too many messages, or nested deeper than the stack is.
    return undefined
  }
}

/** The answer's body. Undefined `refused`: all was kept. */
export function writeResponse(
  encoding: Encoding,
  signal: Signal,
  refused?: { readonly count: number; readonly message: string }
): string | Buffer {
  if (encoding === 'json') {
    const rejected = signal === 'logs' ? 'rejectedLogRecords' : 'rejectedDataPoints'
    return JSON.stringify({
      partialSuccess:
        refused === undefined
          ? {}
          : { [rejected]: String(refused.count), errorMessage: refused.message }
    })
  }
  if (refused === undefined) return Buffer.alloc(0)
  const partialSuccess = { rejected: refused.count, errorMessage: refused.message }
  const { response } = types()
  return Buffer.from(response.encode(response.create({ partialSuccess })).finish())
}
