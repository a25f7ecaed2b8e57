/**
 * What dlt brings beside its contract: any path ending in `/dlt`, answers that never hold up a
 * pipeline, and one name for all MCP tools.
 */
import { DAY_MS } from '#values/days'
import {
  appVersionOf,
  libraryOf,
  ownContext,
  type ReadEvent
} from '../../protocols/segment/reading.ts'
import type { SegmentEvent } from '../../protocols/segment/segment-event.ts'
import { isObject } from '../../protocols/json.ts'
import type { DuplicateRule } from '../../protocols/protocol.ts'
import type { ProductBehaviour, ProductServices } from '../product.ts'
import { environmentOf } from './environment.ts'

export const product: ProductBehaviour = {
  segment: { read, duplicates, overload: 'drop' },
  inbound: (services) => quietSegment(services),
  routes: (services) => [{ method: 'POST', path: '*/dlt', protocol: quietSegment(services) }]
}

/**
 * Up to 1.16 clients obey `Retry-After` and repeat on any 5xx while the user waits for the
 * program's exit, so they get neither.
 */
function quietSegment({ segmentFor }: ProductServices): ReturnType<ProductServices['segmentFor']> {
  return segmentFor({ answer: 'no-content', duplicates, overload: 'drop' })
}

const retriesEndMs = 5 * 60_000

/**
 * dlt's own clients send no ids, but their retries are alike to the last byte; programs with
 * another library do send them.
 */
function duplicates(body: Buffer): DuplicateRule {
  if (body.includes('"messageId"')) return { by: 'record', ttlMs: DAY_MS }
  return { by: 'request', ttlMs: retriesEndMs, key: body, scope: 'dlt' }
}

function read(event: SegmentEvent): ReadEvent | undefined {
  if (isRefusal(event)) return undefined
  const context = isObject(event.context) ? event.context : undefined
  const { name, tool } = namesOf(event.event)
  const sdk = context === undefined ? undefined : libraryOf(context)
  const isOwn = sdk?.name === 'dlt'
  return {
    source: {
      installation: event.anonymousId === idOfEverybody ? undefined : event.anonymousId,
      // The version of dlt, and not that of another library which carries its events.
      version: isOwn ? sdk.version : context === undefined ? undefined : appVersionOf(context),
      sdk: isOwn ? undefined : sdk,
      environment: environmentOf(context)
    },
    name,
    fields: {
      properties: event.properties,
      context: context === undefined ? undefined : ownContext(context),
      tool
    }
  }
}

/** 1.31 reports that it was switched off; other versions send nothing at that. */
function isRefusal({ event, properties }: SegmentEvent): boolean {
  return (
    event.startsWith('command_telemetry') && isObject(properties) && properties['enabled'] === false
  )
}

/** Before 0.2.6 it stood in dlt's source, and every installation sent it. */
const idOfEverybody = '8c45f93d27f72347a3604521e2d4c33b'

const toolPrefix = 'mcp_tool_'

/**
 * `mcp_tool_list_tables` is the record `mcp_tool` with the tool `list_tables`, so that a new tool
 * needs no new record.
 */
function namesOf(event: string): { readonly name: string; readonly tool: string | undefined } {
  return event.startsWith(toolPrefix)
    ? { name: 'mcp_tool', tool: event.slice(toolPrefix.length) }
    : { name: event, tool: undefined }
}
