/**
 * Does what is sent arrive? One event is sent that is marked as a test and carries no id, and its
 * answer is shown as it came.
 */
import { reportsUrl, wireOf } from '../bodies/addresses.ts'
import { headersOf } from '../deliver/send-bodies.ts'
import { previewContext } from '../bodies/plan-context.ts'
import { planReports } from '../bodies/plan-reports.ts'
import type { PlanContext } from '../bodies/plan.ts'
import { trimLog, writeLogEntry } from '../deliver/sent-log.ts'
import type { ContractForm } from '../form.ts'
import { randomUuid } from '../identity/uuid.ts'
import { limits } from '../limits.ts'
import type { Answer } from '../telemetry.ts'
import type { Fragment, WireReport } from '../wire.ts'
import type { ControlParts } from './control-parts.ts'

export async function sendTestEvent(parts: ControlParts): Promise<Answer> {
  const { form, options, consent, effects, delivery, version } = parts
  const { state, because, missing } = consent.refresh()
  if (state !== 'on')
    return { is: 'silent', says: missing ?? `telemetry is ${state}, says ${because.where}` }
  const stops = consent.stops()
  if (stops !== undefined) return { is: 'silent', says: stops }
  const { url, writeKey, warning } = consent.endpoint()
  if (url === undefined) return { is: 'silent', says: warning ?? 'no endpoint is set' }
  const name = eventOf(form)
  if (name === undefined || consent.allows(name) === undefined)
    return { is: 'silent', says: 'the contract has no event that may be sent' }
  // Without a place for the mark it would be counted as real: then it is a report without a record.
  const isMarked = form.environment.includes('automation') || writeKey !== undefined
  const now = effects.now()
  const fragment: Fragment = {
    written: now,
    run: {
      session: randomUuid(effects),
      version,
      contract: form.digest,
      consent: { level: consent.level() ?? '', accepted: consent.acceptedTerms() ?? '' },
      environment: { automation: 'test' },
      records: [{ seq: 0, name, at: new Date(now).toISOString(), fields: {} }]
    }
  }
  const context: PlanContext = {
    ...previewContext(parts),
    installationOf: () => undefined,
    deletionOf: () => undefined
  }
  const [body] = planReports([JSON.stringify(fragment)], {}, context).bodies
  if (body === undefined)
    return { is: 'silent', says: 'the contract has no event that may be sent' }
  const wire = wireOf({ url, writeKey })
  const address = reportsUrl(url, wire)
  const sent = isMarked ? body.text : withoutRecords(body.text)
  // It leaves the machine like any other, and its user finds it in the log like any other.
  const log = (status: number): void => {
    const at = new Date(effects.now()).toISOString()
    writeLogEntry(parts.state, body, { at, url: address, status, body: sent })
    trimLog(parts.state, effects.now())
  }
  log(0)
  const answer = await delivery.transport.send({
    method: 'POST',
    url: address,
    headers: headersOf(wire, writeKey, now),
    body: sent,
    connectMs: 3_000,
    deadlineMs: 10_000,
    answerBytesMax: limits.answerBytesMax,
    ca: options.ca,
    awaited: true
  })
  // Somebody may have said no while it was under way: then nothing is kept of it either.
  if (answer.is === 'answered' && consent.refresh().state === 'on') log(answer.status)
  return answer.is === 'failed'
    ? { is: 'failed', says: answer.says }
    : { is: 'answered', status: answer.status, body: answer.body }
}

/** An event of the lowest level: whoever allows anything allows it. */
function eventOf({ records, consent }: ContractForm): string | undefined {
  const levels = consent.levels.map(({ name }) => name)
  const events = Object.entries(records).filter(([, { kind }]) => kind === 'event')
  const candidates = events.length > 0 ? events : Object.entries(records)
  return candidates.toSorted(
    ([, one], [, other]) => levels.indexOf(one.level) - levels.indexOf(other.level)
  )[0]?.[0]
}

function withoutRecords(text: string): string {
  const report = JSON.parse(text) as WireReport
  return JSON.stringify({ ...report, runs: [] } satisfies WireReport)
}
