/**
 * A contract's mistake: what it leaves out is lost, so it is told within a minute, and a mended
 * contract is tried on what comes in before it is deployed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acmeFolder } from './world/acme.ts'
import {
  eventually,
  query,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { nativeReport } from './world/clients.ts'

const secondsPromised = 60

describe("a contract's mistake", () => {
  let server: RunningServer
  const report = async (fields: object): Promise<void> => {
    const answer = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(
        nativeReport({
          at: Date.now(),
          product: 'acme',
          name: 'command_run',
          fields: { command: 'build', success: true, elapsed: 2, ...fields }
        })
      )
    })
    expect(answer.status).toBe(200)
  }

  beforeAll(async () => {
    const acme = await acmeFolder()
    server = await startServer({ folder: acme.folder, configuration: 'products: [acme]\n' })
    await untilStoreIs(server, 'ready')
  })
  afterAll(() => removeServer(server))

  it('is told by doctor and the health page within a minute, without a value', async () => {
    const fine = '✓ drift: nothing that no contract has began since yesterday'
    const ok = await eventually(
      () => runCandor(server, ['doctor']),
      (doctor) => doctor.out.includes(fine)
    )
    expect(ok.out).toContain(fine)
    await report({ threads: 4_711 })
    const drift =
      /! drift of acme: acme \S+ says 1 thing that no contract has, .*#[0-9a-f]{8} in command_run/
    const { out } = await eventually(
      () => runCandor(server, ['doctor']),
      (doctor) => drift.test(doctor.out),
      secondsPromised
    )
    expect(out).toMatch(drift)
    expect(out).not.toMatch(/threads|4711/)
    const health = await fetch(`${server.adminUrl}/api/v1/health`, {
      headers: { authorization: `Bearer ${server.token}` }
    })
    const { doctor } = (await health.json()) as { doctor: readonly { readonly name: string }[] }
    expect(doctor.map(({ name }) => name)).toContain('drift of acme')
  })

  it('is mended in a newer contract, which is tried on what comes in, and nothing of it is kept', async () => {
    const contract = readFileSync(join(server.folder, 'acme', 'contract.yaml'), 'utf8')
    const success = /\n( +)success:.*\n/.exec(contract)
    if (success === null) throw new Error('the scaffold has no success')
    const threads = `${success[1]}threads: { type: integer, min: 1, max: 64, says: how many }\n`
    writeFileSync(
      join(server.folder, 'newer.yaml'),
      contract.replace(success[0], `\n${threads}`).replace('round: 3 digits', 'round: 1 digit')
    )
    const parameters = ['contract', 'try', 'newer.yaml', '--seconds', '5', '--format', 'json']
    const trying = runCandor(server, parameters)
    let isOver = false
    const done = trying.then(() => (isOver = true))
    while (!isOver) {
      await report({ threads: 8, elapsed: 1.234 })
      await report({ threads: 99 })
      await sleep(300)
    }
    await done
    const { code, out, error } = await trying
    expect(error).toBe('')
    expect(code).toBe(0)
    const counts = JSON.parse(out) as {
      readonly judged: number
      readonly fields: readonly Record<string, number | string>[]
      readonly refused: readonly Record<string, number | string>[]
    }
    expect(counts.judged).toBeGreaterThan(4)
    const field = (name: string): Record<string, number | string> | undefined =>
      counts.fields.find((each) => each['field'] === name)
    expect(field('threads')).toMatchObject({ today: 0, lost: 0 })
    expect(Number(field('threads')?.['gained'])).toBeGreaterThan(1)
    expect(Number(field('elapsed')?.['reduced'])).toBeGreaterThan(1)
    expect(field('success')).toMatchObject({ kept: 0, lost: counts.judged })
    expect(counts.refused).toContainEqual(
      expect.objectContaining({ name: 'threads', reason: 'FIELD_OUT_OF_BOUNDS', today: 0 })
    )
    const { rows } = await query(server, 'SELECT * FROM acme LIMIT 1')
    expect(Object.keys(rows[0] ?? {})).not.toContain('threads')
    const table = await runCandor(server, ['contract', 'try', 'newer.yaml', '--seconds', '1'])
    expect(table.out).toMatch(/record\tfield\ttoday\tkept|0 records in 1 s/)
  })

  it('is no secret of a body that can not be read: its length and place are listed, not what it held', async () => {
    const answer = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"candor":1,"product":"acme",hostname:"db1.internal"}'
    })
    expect(answer.status).toBe(400)
    const { out } = await eventually(
      () => runCandor(server, ['quarantine', 'list', '--format', 'json']),
      (listed) => listed.out.includes('BODY_NOT_JSON')
    )
    expect(out).toMatch(/"reason": "key expected"/)
    expect(out).toMatch(/"place": 29/)
    expect(out).not.toMatch(/hostname|internal/)
    const doctor = await runCandor(server, ['doctor'])
    expect(doctor.out).toContain('✓ quarantine: empty')
    const replay = await runCandor(server, ['quarantine', 'replay', 'acme'])
    expect(replay).toMatchObject({ code: 0, out: '0 judged again\n' })
  })
})
