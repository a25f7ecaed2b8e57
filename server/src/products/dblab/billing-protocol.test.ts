/** What engines of paid editions hear where accounts are kept, and what is kept of them. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileContract } from '@candor/contract'
import { describe, expect, it } from 'vitest'
import type { Decoded } from '../../protocols/protocol.ts'
import type { Account } from '../accounts.ts'
import { contractIn, requestWith, validated } from '../recorded-requests.test-support.ts'
import { billing, usageAnswer } from './billing-protocol.ts'

const acme: Account = {
  product: 'dblab-usage',
  name: 'ACME Inc.',
  alias: 'acme',
  id: 12,
  plan: 'team',
  tokens: [],
  billingActive: true
}
const { contract } = contractIn(dirname(fileURLToPath(import.meta.url)))
const stream = contract.editions.get('standard')?.streams.get('usage')?.contract
if (stream === undefined) throw new Error('there is no such stream')
const compiled = compileContract(stream)

function heard(
  call: 'telemetry_usage' | 'dblab_instance_register',
  body: unknown,
  account: Account | undefined = acme
): Decoded & { is: 'records' } {
  const keys: string[] = []
  const protocol = billing(call, 'dblab-usage', {
    find: (_product, raw) => (keys.push(raw), account)
  })
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const decoded = protocol.decode(requestWith(`/rpc/${call}`, text, { 'org-key': 'the key' }))
  if (decoded.is !== 'records') throw new Error(decoded.is)
  expect(keys).toEqual(['the key'])
  return decoded
}

const usage = {
  selfassigned_instance_id: 'c6fgs68hmvj3sm2pbphg',
  event_data: { cpu: 8, total_memory: 16777216000, data_size: 123456789 }
}
const register = {
  selfassigned_instance_id: 'c6fgs68hmvj3sm2pbphg',
  project_name: 'Tiger of Jane Doe'
}

function answered(call: 'telemetry_usage' | 'dblab_instance_register', decoded: Decoded): unknown {
  if (decoded.is !== 'records') throw new Error(decoded.is)
  const answer = billing(call, 'dblab-usage', { find: () => undefined }).accepted(decoded, [])
  expect(answer.status).toBe(200)
  return JSON.parse(String(answer.body))
}

describe('an engine that bills', () => {
  it('hears of its account what the operator’s file says', () => {
    expect(answered('telemetry_usage', heard('telemetry_usage', usage))).toEqual({
      result: 'ok',
      billing_active: true,
      recognized_org: {
        id: 12,
        name: 'ACME Inc.',
        alias: 'acme',
        priveleged_until: '2099-01-01T00:00:00Z'
      }
    })
    expect(answered('dblab_instance_register', heard('dblab_instance_register', register))).toEqual(
      {
        id: 12,
        project_id: 12,
        selfassigned_instance_id: usage.selfassigned_instance_id,
        plan: 'team'
      }
    )
  })
  it.each([undefined, { ...acme, billingActive: false }])(
    'hears that billing is not active otherwise, and never without an organisation',
    (account) => {
      // An engine from 3.4.0 to 4.1.3 would crash without `recognized_org`.
      expect(usageAnswer(account)).toMatchObject({
        billing_active: false,
        recognized_org: { priveleged_until: '1970-01-01T00:00:00Z' }
      })
    }
  )
  it('is kept by id and account, with sizes of three digits and without its project’s name', () => {
    const [record] = heard('telemetry_usage', usage).records
    expect(record?.source).toEqual({
      product: 'dblab-usage',
      installation: 'c6fgs68hmvj3sm2pbphg',
      account: 'the key'
    })
    expect(record && validated(compiled, record)).toMatchObject({
      is: 'kept',
      fields: { cpu: 8, total_memory: 16_800_000_000, data_size: 123_000_000 },
      violations: []
    })
    const [registered] = heard('dblab_instance_register', register).records
    expect(registered && validated(compiled, registered)).toMatchObject({
      is: 'kept',
      fields: {},
      violations: []
    })
  })
  it('tells of parts that nobody knows as drift, under one name', () => {
    const [record] = heard('telemetry_usage', { ...usage, hostname: 'db1' }).records
    expect(record && validated(compiled, record).violations).toEqual([
      expect.objectContaining({ code: 'FIELD_NOT_IN_CONTRACT', field: 'envelope' })
    ])
  })
  it('is answered too when nothing can be kept: three failures would end its clones', () => {
    const protocol = billing('telemetry_usage', 'dblab-usage', { find: () => acme })
    for (const decoded of [heard('telemetry_usage', usage), undefined]) {
      const answer = protocol.overloaded('storage', decoded)
      expect([answer.status, answer.headers['Candor-Dropped']]).toEqual([200, 'overload'])
      expect(JSON.parse(String(answer.body))).toMatchObject({ billing_active: true })
    }
  })
  it.each(['', '[]', '{'])('is refused in words that it reads when it sends %j', (body) => {
    const protocol = billing('telemetry_usage', 'dblab-usage', { find: () => acme })
    const decoded = protocol.decode(requestWith('/rpc/telemetry_usage', body, { 'org-key': 'k' }))
    if (decoded.is !== 'refused') throw new Error(decoded.is)
    expect(decoded.answer.status).toBe(400)
  })
})
