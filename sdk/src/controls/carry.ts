/**
 * How do reports leave a site that has no network? As lines of text, carried out and imported
 * elsewhere.
 */
import { sends } from '../consent/decision.ts'
import { isObject, parseJson } from '../json.ts'
import { bodyName, waitingBodies } from '../bodies/outbox.ts'
import { limits } from '../limits.ts'
import type { Delivery } from '../telemetry.ts'
import type { ControlParts } from './control-parts.ts'

/** One line each: the body as a text, so that its bytes stay what they are. */
interface CarriedBody {
  readonly candor: 1
  readonly product: string
  readonly written: number
  readonly report: string
  readonly body: string
}

/**
 * The bodies that wait stay here too, until they are too old. A collector knows a report again, so
 * that a body which gets out by both
 * ways is stored once.
 */
export function exportWaiting({ form, state, delivery, flush }: ControlParts): Promise<string> {
  flush()
  delivery.freeze()
  const lines = waitingBodies(state)
    .filter(({ wire }) => wire === 'native')
    .map(({ written, report, text }) =>
      JSON.stringify({
        candor: 1,
        product: form.product,
        written,
        report,
        body: text
      } satisfies CarriedBody)
    )
  return Promise.resolve(lines.map((line) => `${line}\n`).join(''))
}

/** Sends what another site exported, under this machine's consent and endpoint. */
export async function importWaiting(
  { form, state, consent, delivery }: ControlParts,
  lines: string
): Promise<Delivery> {
  const decision = consent.refresh()
  if (!sends(decision)) return { is: 'silent', state: decision.state }
  const carried = lines.split('\n').filter((line) => line.trim() !== '')
  const bodies = carried.map((line) => readLine(line, form.product))
  const wrong = bodies.indexOf(undefined)
  if (wrong >= 0)
    return {
      is: 'kept',
      because: 'refused',
      says: `line ${wrong + 1} is no report of ${form.product}`
    }
  for (const body of bodies)
    if (body !== undefined)
      state.createOnce(`outbox/${bodyName({ ...body, wire: 'native' })}`, body.body)
  return delivery.deliver({ asked: true })
}

function readLine(line: string, product: string): CarriedBody | undefined {
  const read = parseJson(line)
  if (!isObject(read) || read['candor'] !== 1 || read['product'] !== product) return undefined
  const { written, report, body } = read
  if (!Number.isSafeInteger(written) || typeof report !== 'string' || typeof body !== 'string')
    return undefined
  if (
    !/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(report) ||
    Buffer.byteLength(body) > limits.reportBytesMax
  )
    return undefined
  const inside = parseJson(body)
  if (
    !isObject(inside) ||
    inside['product'] !== product ||
    inside['report'] !== report ||
    !Array.isArray(inside['runs'])
  )
    return undefined
  const areRuns = inside['runs'].every(
    (run) =>
      isObject(run) &&
      Array.isArray(run['records']) &&
      run['records'].every((record) => isObject(record) && isObject(record['fields']))
  )
  return areRuns ? (read as unknown as CarriedBody) : undefined
}
