import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { openAudit } from './audit.ts'

describe('the audit', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-audit-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const entry = { action: 'show', product: 'dlt', installation: ['00ff'], reason: 'access', found: true } as const

  it('adds a line for each look, which only the server’s user may read', async () => {
    const path = join(folder, 'audit.ndjson')
    const clock = { ...systemEffects.clock, now: () => Date.parse('2026-11-20T12:00:00Z') }
    const audit = openAudit({ path, effects: { ...systemEffects, clock } })
    await audit(entry)
    await audit({ ...entry, action: 'delete', found: false })
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { at: '2026-11-20T12:00:00.000Z', ...entry },
      { at: '2026-11-20T12:00:00.000Z', ...entry, action: 'delete', found: false }
    ])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it('rejects when it can not be written, so that nothing is shown unseen', async () => {
    await expect(openAudit({ path: join(folder, 'none', 'audit.ndjson'), effects: systemEffects })(entry)).rejects.toThrow(
      'ENOENT'
    )
  })
})
