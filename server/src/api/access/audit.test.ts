import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { openAudit } from './audit.ts'

describe('the audit', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-audit-'))
    path = join(folder, 'audit.ndjson')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const entry = {
    who: 'support',
    act: 'installation-show',
    product: 'dlt',
    installation: ['00ff'],
    reason: 'access',
    found: true
  } as const
  const bytesMax = 2 ** 24
  const at = '2026-11-20T12:00:00.000Z'
  const clock = { ...systemEffects.clock, now: () => Date.parse(at) }
  const effects = { ...systemEffects, clock }

  it('adds a line for each act, which only the server’s user may read', async () => {
    const audit = openAudit({ path, bytesMax, effects })
    await audit.write(entry)
    await audit.write({
      who: 'operator',
      act: 'token-create',
      token: 'support',
      scopes: ['delete']
    })
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    const acts = [
      { at, ...entry },
      { at, who: 'operator', act: 'token-create', token: 'support', scopes: ['delete'] }
    ]
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(acts)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await audit.read(10)).toEqual(acts.toReversed())
    expect(await audit.read(1)).toEqual(acts.slice(1))
  })

  it('has nothing to tell before the first act', async () => {
    expect(await openAudit({ path, bytesMax, effects }).read(10)).toEqual([])
  })

  it('reads what the first release wrote, and passes over a line that a crash cut off', async () => {
    appendFileSync(
      path,
      `${JSON.stringify({ at, action: 'delete', product: 'dlt', reason: 'deletion', found: false })}\n{"at":"20`
    )
    expect(await openAudit({ path, bytesMax, effects }).read(10)).toEqual([
      {
        at,
        who: 'operator',
        act: 'installation-delete',
        product: 'dlt',
        reason: 'deletion',
        found: false
      }
    ])
  })

  it('reads the end of a long one only, from a whole line on', async () => {
    for (let number = 0; number < 300; number += 1)
      appendFileSync(
        path,
        `${JSON.stringify({ at, who: 'operator', act: 'sign-in', number, padding: 'x'.repeat(5_000) })}\n`
      )
    const acts = await openAudit({ path, bytesMax, effects }).read(1_000)
    expect(acts.length).toBeGreaterThan(100)
    expect(acts.length).toBeLessThan(300)
    expect(acts[0]).toMatchObject({ number: 299 })
    expect(acts.at(-1)).toMatchObject({ at, act: 'sign-in' })
  })

  it('stays below its bound, says so, and a million questions push out no act of an operator', async () => {
    const audit = openAudit({ path, bytesMax: 20_000, effects })
    await audit.write({ who: 'operator', act: 'token-create', token: 'support', scopes: ['read'] })
    await Promise.all(
      Array.from({ length: 1_000 }, () => audit.write({ who: 'grafana', act: 'query' }))
    )
    expect(statSync(path).size).toBeLessThan(20_000)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const acts = await audit.read(1_000)
    expect(acts[0]).toMatchObject({ act: 'query' })
    expect(acts.some(({ act }) => act === 'audit-shorten')).toBe(true)
    const kept = acts.filter(({ act }) => act === 'query').length
    const gone = acts.reduce((total, act) => total + Number(act['gone'] ?? 0), 0)
    expect(kept + gone).toBeGreaterThanOrEqual(1_000)
    expect(acts.at(-1)).toMatchObject({ act: 'token-create', token: 'support' })
  })

  it('rejects when it can not be written, so that nothing is shown unseen', async () => {
    await expect(
      openAudit({ path: join(folder, 'none', 'audit.ndjson'), bytesMax, effects }).write(entry)
    ).rejects.toThrow('ENOENT')
  })
})
