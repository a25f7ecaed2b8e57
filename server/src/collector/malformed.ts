/**
 * Which bodies could not be read, and where is their mistake? Their length, our own words and a
 * byte's number go into quarantine; what they held never does.
 */
import type { Effects } from '../effects.ts'
import type { Append, Appended } from '../inbox/inbox.ts'
import type { Instant } from '../record.ts'
import { jsonFaultOf } from '../protocols/json-fault.ts'
import { quarantineLine, quarantineTable, unknownProduct } from '../storage/tables/rows.ts'
import type { CollectorLimits } from './limits.ts'

/** A body that its protocol refused. */
interface Refused {
  /** Where the route is that of one product. */
  readonly product: string | undefined
  /** The protocol's own word for it. */
  readonly code: string
  readonly body: Buffer
  readonly receivedAt: Instant
  readonly network: string | undefined
}

export interface MalformedBodies {
  note(refused: Refused): void
}

/**
 * Anybody can send rubbish, so that only a few a minute are written down, and of one network fewer;
 * all are counted in `/metrics`.
 */
export function createMalformedBodies({
  inbox,
  effects,
  limits
}: {
  readonly inbox: { append(append: Append): Promise<Appended> }
  readonly effects: Pick<Effects, 'clock'>
  readonly limits: CollectorLimits
}): MalformedBodies {
  let minute = 0
  let noted = 0
  const ofNetwork = new Map<string, number>()

  function isTooMuch(network: string | undefined): boolean {
    const now = Math.floor(effects.clock.now() / 60_000)
    if (now !== minute) {
      minute = now
      noted = 0
      ofNetwork.clear()
    }
    const own = ofNetwork.get(network ?? '') ?? 0
    const ownMax = network === undefined ? limits.malformedMax : limits.malformedOfOneMax
    if (noted >= limits.malformedMax || own >= ownMax) return true
    noted++
    ofNetwork.set(network ?? '', own + 1)
    return false
  }

  return {
    note({ product = unknownProduct, code, body, receivedAt, network }) {
      if (isTooMuch(network)) return
      const fault = jsonFaultOf(body)
      const lines = quarantineLine({
        product,
        code,
        reason: fault?.reason ?? 'JSON of another shape',
        place: fault?.place,
        record: undefined,
        bytes: body.length,
        row: undefined,
        receivedAt
      })
      // Where the inbox takes nothing, its own state says so; this is the least of what is lost.
      inbox
        .append({
          parts: [{ mark: undefined, rows: [{ table: quarantineTable, rows: 1, lines }] }]
        })
        .catch(() => undefined)
    }
  }
}
