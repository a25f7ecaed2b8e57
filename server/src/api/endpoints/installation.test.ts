import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordLine } from '../../storage/tables/rows.ts'
import { testContract, testRecord, token } from '../../storage/contract.test-support.ts'
import { openTestEngine, type TestEngine } from '../../storage/engine.test-support.ts'
import type { AuditEntry } from '../access/audit.ts'
import { startTestApi, type Told } from '../api.test-support.ts'
import { lookAtInstallation, type InstallationRequest } from './installation.ts'

let engine: TestEngine
let pendingSince: number | undefined
beforeAll(async () => {
  engine = await openTestEngine()
  await engine.migrate([testContract()])
  const lines = [
    testRecord(
      { installation: token(1), version: '1.9.0', occurredAt: Date.parse('2026-11-19T10:00:00Z') },
      { rows: 3 }
    ),
    testRecord(
      { installation: token(1), version: '1.10.0', name: 'report', kind: 'snapshot' },
      { success: true }
    ),
    // The same installation, before its key was rotated.
    testRecord({
      installation: token(101),
      keyEpoch: 1,
      version: '1.8.0',
      occurredAt: Date.parse('2026-10-01T10:00:00Z')
    }),
    testRecord({ installation: token(2) })
  ].map(recordLine)
  await engine.insert({
    table: 'incoming_dlt',
    token: 'a',
    lines: Buffer.from(lines.join('')),
    deadlineMs: 10_000
  })
})
afterAll(() => engine.close())

async function look(changes: Partial<InstallationRequest>): Promise<{
  readonly answer: Readonly<Record<string, unknown>>
  readonly audited: readonly AuditEntry[]
  readonly erased: readonly unknown[]
}> {
  const audited: AuditEntry[] = []
  const erased: unknown[] = []
  const services = {
    storage: engine as never,
    audit: { write: (entry: AuditEntry) => Promise.resolve(void audited.push(entry)) },
    tokensOf: (_product: string, id: string) =>
      (id === 'seen by its user' ? [token(1), token(101)] : [token(999)]).map(
        (one) => ({ kind: 'installation', token: one }) as const
      ),
    pendingSince: () => pendingSince,
    requestErasure: (product: string, tokens: readonly { readonly token: string }[]) =>
      Promise.resolve(void erased.push([product, tokens.map((one) => one.token)]))
  }
  const request: InstallationRequest = {
    who: 'jane',
    action: 'show',
    product: 'dlt',
    id: 'seen by its user',
    reason: 'access',
    ...changes
  }
  return { answer: (await lookAtInstallation(services, request)) as never, audited, erased }
}

describe('a look at one installation', () => {
  it('shows what is kept about it in every key epoch, without the fields that nobody sent', async () => {
    const { answer } = await look({})
    expect(answer).toMatchObject({ found: true, records: 3, lastSeen: '2026-11-20 12:00:00.000' })
    expect(answer['firstSeen']).toBe('2026-10-01 10:00:00.000')
    expect(answer['names']).toEqual([
      { name: 'load', records: 2, last_seen: '2026-11-19 10:00:00.000', version: '1.9.0' },
      { name: 'report', records: 1, last_seen: '2026-11-20 12:00:00.000', version: '1.10.0' }
    ])
    expect(answer['latest']).toMatchObject({ name: 'report', success: true })
    expect(answer['latest']).not.toHaveProperty('note')
  })

  it('says that it is being deleted, from the request until it is gone', async () => {
    pendingSince = Date.parse('2026-11-20T12:00:00Z')
    expect((await look({})).answer).toMatchObject({
      found: true,
      deletion: 'pending',
      requestedAt: '2026-11-20T12:00:00.000Z',
      within: '72 hours'
    })
    pendingSince = undefined
    expect((await look({})).answer).not.toHaveProperty('deletion')
  })

  it('exports every record of it and of no other', async () => {
    const { answer } = await look({ action: 'export' })
    expect(answer['truncated']).toBe(false)
    expect(
      (answer['rows'] as { installation: string }[]).map(({ installation }) => installation)
    ).toEqual([token(1), token(1), token(101)])
  })

  it('is written down with its reason and without the id, whether anything was found or not', async () => {
    const found = await look({ reason: 'support' })
    expect(found.audited).toEqual([
      {
        who: 'jane',
        act: 'installation-show',
        product: 'dlt',
        installation: [token(1), token(101)],
        reason: 'support',
        found: true
      }
    ])
    const unknown = await look({ id: 'nobody' })
    expect(unknown.audited).toMatchObject([{ found: false }])
    expect(unknown.answer).toMatchObject({ found: false })
    expect(JSON.stringify([found, unknown])).not.toContain('seen by its user')
  })

  it('asks for a deletion in every epoch, and answers the same whether anything was found or not', async () => {
    const found = await look({ action: 'delete' })
    const unknown = await look({ action: 'delete', id: 'nobody' })
    expect(found.erased).toEqual([['dlt', [token(1), token(101)]]])
    expect(found.answer).toEqual(unknown.answer)
  })
})

it('needs an id that a client could have sent', async () => {
  const api = await startTestApi()
  const ask = (id: unknown): Promise<Told> =>
    api.ask('/api/v1/installation', {
      method: 'POST',
      body: { product: 'dlt', action: 'show', id, reason: 'access' }
    })
  for (const id of [undefined, '', 7, {}, 'x'.repeat(513)])
    expect((await ask(id)).body['message']).toMatch(/^"id" is (missing|longer than 512)/)
  expect((await ask('x'.repeat(512))).status).toBe(200)
  await api.close()
})
