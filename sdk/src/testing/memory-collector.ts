/**
 * Did my program report what it should? A collector in the test's own process that keeps what
 * arrives, and answers as it is told.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { isObject, parseJson, type JsonObject } from '../json.ts'
import type { WireReport, WireRun, WireValue } from '../wire.ts'

/**
 * good: kept. dropped: answered with 200, each record refused by name. reset: the connection is cut
 * without an answer. hang: never
 * answered. unavailable: 503 with Retry-After. retired: the 410 that makes clients fall silent.
 */
export type CollectorAnswer =
  | 'good'
  | 'dropped'
  | 'reset'
  | 'hang'
  | 'unavailable'
  | 'retired'
  | {
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

export interface CollectedRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Exactly what arrived. */
  readonly body: string
}

/** A record with what its run and report say of it. A Segment call has its properties here. */
export interface CollectedRecord {
  readonly name: string
  readonly fields: { readonly [name: string]: WireValue }
  readonly at: string
  readonly seq: number | undefined
  readonly session: string | undefined
  readonly installation: string | undefined
  readonly account: string | undefined
  readonly version: string | undefined
  readonly level: string | undefined
  readonly environment: WireRun['environment']
}

export interface MemoryCollector {
  /**
   * Give it to `createTelemetry({ endpoint })`, or to a program as `<PRODUCT>_TELEMETRY_ENDPOINT`.
   */
  readonly url: string
  /** All that arrived, in order, answered or not. */
  readonly requests: readonly CollectedRequest[]
  /** Texts of the bodies that were posted. */
  bodies(): readonly string[]
  /**
   * Records that were accepted, each once, however often its report was sent; perhaps only those of
   * one name.
   */
  records(name?: string): readonly CollectedRecord[]
  /** Deletion keys that were revealed. */
  deletions(): readonly string[]
  /** From now on; or only for the next so many requests, and then as before. */
  answer(how: CollectorAnswer, times?: number): void
  /** The first record of this name whose fields contain these. Throws, and says what did arrive. */
  expectRecord(name: string, fields?: { readonly [name: string]: WireValue }): CollectedRecord
  /** Throws if anything arrived, or any record of this name. */
  expectNothing(name?: string): void
  /**
   * Resolves once so many records have arrived; rejects after the deadline, and says what did
   * arrive.
   */
  waitForRecords(
    count: number,
    options?: { readonly name?: string; readonly deadlineMs?: number }
  ): Promise<readonly CollectedRecord[]>
  /** Forgets what arrived. */
  clear(): void
  close(): Promise<void>
}

/** More than any report has. */
const bodyBytesMax = 1024 * 1024

/**
 * On a port of its own, on this machine only. It does not keep the test's process alive.
 *
 * @example
 * const collector = await openMemoryCollector()
 * const telemetry = createTelemetry({ contract, version: '1.0.0', endpoint: collector.url, flag:
 * 'on' })
 * telemetry.record('command_init', { success: true })
 * await telemetry.flush()
 * collector.expectRecord('command_init', { success: true })
 * await collector.close()
 */
export async function openMemoryCollector(): Promise<MemoryCollector> {
  const arrived = new Arrived()
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
      if (body.length > bodyBytesMax) request.destroy()
    })
    request.on('error', () => {})
    request.on('end', () => arrived.take(collectedOf(request, body), response))
  })
  const port = await listen(server)
  const { requests } = arrived
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    bodies: () => requests.filter(({ method }) => method === 'POST').map(({ body }) => body),
    records: (name) => arrived.records(name),
    deletions: () => arrived.keys,
    answer: (how, times) => arrived.answer(how, times),
    expectRecord(name, fields = {}) {
      const found = arrived
        .records(name)
        .find((record) =>
          Object.entries(fields).every(([field, value]) =>
            isDeepStrictEqual(record.fields[field], value)
          )
        )
      if (found === undefined)
        throw new Error(`No ${name} with ${JSON.stringify(fields)} has arrived. ${arrived.told()}`)
      return found
    },
    expectNothing(name) {
      const isAny = name === undefined ? requests.length > 0 : arrived.records(name).length > 0
      const what = name === undefined ? 'Nothing' : `No ${name}`
      if (isAny) throw new Error(`${what} should have arrived. ${arrived.told()}`)
    },
    waitForRecords: (count, { name, deadlineMs = 5_000 } = {}) =>
      arrived.wait(count, { name, deadlineMs }),
    clear: () => arrived.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

/** What arrived, and how the next request is answered. */
class Arrived {
  readonly requests: CollectedRequest[] = []
  readonly accepted = new Map<string, readonly CollectedRecord[]>()
  /** Of deletions. */
  readonly keys: string[] = []
  readonly #arrivals = new Set<() => void>()
  #standing: CollectorAnswer = 'good'
  #next: { readonly how: CollectorAnswer; left: number } | undefined

  answer(how: CollectorAnswer, times: number | undefined): void {
    this.#next = times === undefined ? undefined : { how, left: times }
    if (times === undefined) this.#standing = how
  }

  take(collected: CollectedRequest, response: ServerResponse): void {
    this.requests.push(collected)
    this.#respond(collected, response)
    for (const call of this.#arrivals) call()
  }

  records(name?: string): readonly CollectedRecord[] {
    return [...this.accepted.values()]
      .flat()
      .filter((record) => name === undefined || record.name === name)
  }

  /** For whoever expected something else. */
  told(): string {
    const records = this.records()
    return records.length === 0
      ? `Nothing was accepted; ${this.requests.length} requests arrived.`
      : `Arrived:\n${records
          .map(({ name, fields }) => `  ${name} ${JSON.stringify(fields)}`)
          .join('\n')}`
  }

  wait(
    count: number,
    { name, deadlineMs }: { readonly name: string | undefined; readonly deadlineMs: number }
  ): Promise<readonly CollectedRecord[]> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.records(name)
        if (found.length < count) return
        finish()
        resolve(found)
      }
      const deadline = setTimeout(() => {
        finish()
        const came = `${this.records(name).length} of ${count} records came`
        reject(new Error(`${came} within ${deadlineMs} ms. ${this.told()}`))
      }, deadlineMs)
      const finish = (): void => {
        clearTimeout(deadline)
        this.#arrivals.delete(look)
      }
      this.#arrivals.add(look)
      look()
    })
  }

  clear(): void {
    this.requests.length = 0
    this.keys.length = 0
    this.accepted.clear()
  }

  #howNow(): CollectorAnswer {
    const next = this.#next
    if (next === undefined || next.left <= 0) return this.#standing
    next.left -= 1
    return next.how
  }

  #respond({ path, body }: CollectedRequest, response: ServerResponse): void {
    const how = this.#howNow()
    const document = parseJson(body)
    if (typeof how === 'object') return end(response, how.status, how.body ?? '', how.headers)
    switch (how) {
      case 'hang':
        return
      case 'reset':
        return void response.destroy()
      case 'unavailable':
        return end(response, 503, '{"code":"OVERLOADED"}', { 'Retry-After': '60' })
      case 'retired': {
        const product = isObject(document) ? document['product'] : undefined
        return end(response, 410, JSON.stringify({ candor: 1, product, retired: true }))
      }
    }
    if (path.endsWith('/v1/deletions')) {
      if (isObject(document) && Array.isArray(document['keys']))
        this.keys.push(...document['keys'].map(String))
      return end(response, 202, '{"accepted":true,"erasedWithinHours":72}')
    }
    if (!isObject(document)) return end(response, 400, '{"code":"BODY_NOT_JSON"}')
    const isNative = document['candor'] === 1
    const found = isNative ? ofReport(document as unknown as WireReport) : ofSegment(document)
    // Known again, as a collector does: a report by its id, a call by its messageId.
    if (how === 'good' && isNative) this.accepted.set(String(document['report']), found)
    if (how === 'good' && !isNative)
      for (const [index, id] of messageIds(document).entries())
        this.accepted.set(id ?? `${body} ${index}`, found.slice(index, index + 1))
    if (!isNative) return end(response, 200, '{"success":true}')
    const runs = (document as unknown as WireReport).runs
    const dropped =
      how === 'good'
        ? []
        : runs.flatMap(({ records }, run) =>
            records.map(({ seq }) => ({ run, seq, code: 'EVENT_NOT_IN_CONTRACT' }))
          )
    end(
      response,
      200,
      JSON.stringify({
        accepted: how === 'good' ? found.length : 0,
        dropped,
        next: { afterSeconds: 86_400 }
      }),
      how === 'good' ? {} : { 'Candor-Dropped': 'contract' }
    )
  }
}

function collectedOf(request: IncomingMessage, body: string): CollectedRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = String(value)
  return { method: request.method ?? '', path: request.url ?? '', headers, body }
}

function ofReport({ runs, installation, account }: WireReport): readonly CollectedRecord[] {
  return runs.flatMap(({ session, version, consent, environment, records }) =>
    records.map(({ name, fields, at, seq }) => ({
      name,
      fields,
      at,
      seq,
      session,
      installation,
      account,
      version,
      level: consent?.level,
      environment
    }))
  )
}

function ofSegment(document: JsonObject): readonly CollectedRecord[] {
  return messagesOf(document).map((message) => {
    const text = (name: string): string | undefined => {
      const value = message[name]
      return typeof value === 'string' ? value : undefined
    }
    const library = isObject(message['context']) ? message['context']['library'] : undefined
    return {
      name: text('event') ?? '',
      fields: (isObject(message['properties'])
        ? message['properties']
        : {}) as CollectedRecord['fields'],
      at: text('timestamp') ?? '',
      seq: undefined,
      session: undefined,
      installation: text('anonymousId'),
      account: text('userId'),
      version:
        isObject(library) && typeof library['version'] === 'string'
          ? library['version']
          : undefined,
      level: undefined,
      environment: {}
    }
  })
}

function messagesOf(document: JsonObject): readonly JsonObject[] {
  return Array.isArray(document['batch']) ? document['batch'].filter(isObject) : [document]
}

function messageIds(document: JsonObject): readonly (string | undefined)[] {
  return messagesOf(document).map(({ messageId }) =>
    typeof messageId === 'string' ? messageId : undefined
  )
}

function end(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {}
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body)
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      server.unref()
      resolve((server.address() as AddressInfo).port)
    })
  })
}
