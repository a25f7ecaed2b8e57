/**
 * The calls that engines of paid editions make beside their events: kept of an organisation where
 * the operator keeps accounts, and answered by what the operator's file says of it.
 */
import { isObject, jsonAnswer, parseJson } from '../../protocols/json.ts'
import type { Answer, Decoded, Protocol, WireRequest } from '../../protocols/protocol.ts'
import type { Account, AccountAnswers } from '../accounts.ts'
import { harmless, notAnObject, notJson, refusals } from './dblab-protocol.ts'

export type BillingCall = 'dblab_instance_register' | 'telemetry_usage'

/** A report is 150 bytes; a project's name is what somebody wrote. */
const bodyBytesMax = 64 * 1024
/** An xid has 20 characters. */
const installationLengthMax = 256

interface Heard {
  readonly answer: Answer
}

/**
 * Engines 3.4.0 to 4.1.3 crash without `recognized_org`, and make no clones without
 * `billing_active`. The misspelling is theirs.
 */
export function usageAnswer(account: Account | undefined): Readonly<Record<string, unknown>> {
  return {
    result: 'ok',
    billing_active: account?.billingActive ?? false,
    recognized_org: {
      id: account?.id ?? 0,
      name: account?.name ?? '',
      alias: account?.alias ?? '',
      priveleged_until: account?.billingActive === true ? '2099-01-01T00:00:00Z' : longAgo
    }
  }
}

const longAgo = '1970-01-01T00:00:00Z'

function registerAnswer(
  account: Account | undefined,
  instance: string
): Readonly<Record<string, unknown>> {
  return {
    id: account?.id ?? 0,
    project_id: account?.id ?? 0,
    selfassigned_instance_id: instance,
    plan: account?.plan ?? ''
  }
}

/** `POST …/rpc/telemetry_usage` and `…/rpc/dblab_instance_register`, where accounts are kept. */
export function billing(call: BillingCall, stream: string, accounts: AccountAnswers): Protocol {
  return {
    name: 'dblab',
    bodyBytesMax,
    decode: (request) => decodeCall(call, stream, accounts, request),
    accepted: (decoded) => (decoded.context as Heard).answer,
    // Three failures in a row end an engine's clones: what can't be kept is answered all the same.
    overloaded: (_because, decoded) =>
      withMark(decoded === undefined ? harmless : (decoded.context as Heard).answer),
    refusals
  }
}

function decodeCall(
  call: BillingCall,
  stream: string,
  accounts: AccountAnswers,
  { body, headers }: WireRequest
): Decoded {
  const sent = parseJson(body.toString('utf8'))
  if (sent === undefined) return { is: 'refused', answer: notJson, code: 'BODY_NOT_JSON' }
  if (!isObject(sent)) return { is: 'refused', answer: notAnObject, code: 'BODY_NOT_AN_OBJECT' }
  const { selfassigned_instance_id: id, event_data: data, ...rest } = sent
  const instance =
    typeof id === 'string' && id !== '' && id.length <= installationLengthMax ? id : undefined
  const key = headers['org-key']
  const account = key === undefined ? undefined : accounts.find(stream, key)
  const answer = jsonAnswer(
    200,
    call === 'telemetry_usage' ? usageAnswer(account) : registerAnswer(account, instance ?? '')
  )
  return {
    is: 'records',
    records: [
      {
        source: { product: stream, installation: instance, account: key },
        wire: 'client',
        name: call,
        fields: call === 'telemetry_usage' ? fieldsOf(data, rest) : rest
      }
    ],
    dropped: [],
    duplicates: { by: 'none' },
    context: { answer } satisfies Heard
  }
}

/** Unknown parts of the envelope are drift, as those of an event are. */
function fieldsOf(data: unknown, rest: Readonly<Record<string, unknown>>): unknown {
  if (Object.keys(rest).length === 0) return data ?? {}
  return { ...(isObject(data) ? data : {}), envelope: rest }
}

function withMark(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'Candor-Dropped': 'overload' } }
}
