import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { openFieldUse, type FieldUse } from './field-use.ts'

const dayMs = 86_400_000

describe('which fields anybody asked for', () => {
  let folder: string
  let now: number
  let use: FieldUse
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'candor-use-'))
    now = Date.parse('2026-06-01T12:00:00Z')
    use = await open()
  })
  afterEach(async () => {
    await use.close()
    rmSync(folder, { recursive: true })
  })
  const open = (): Promise<FieldUse> =>
    openFieldUse({
      path: join(folder, 'field-use.json'),
      effects: {
        files: systemEffects.files,
        clock: { ...systemEffects.clock, now: () => now }
      }
    })
  const after = (days: number): void => void (now += days * dayMs)

  it('names none before it has watched for 90 days: nobody knows what was asked before', () => {
    after(89)
    expect(use.unused('acme', ['size'])).toEqual([])
    after(1)
    expect(use.unused('acme', ['size'])).toEqual([{ field: 'size', lastAsked: undefined }])
  })

  it('names what was last asked for longer ago, with the day, and nothing that was since', () => {
    use.used('acme', ['size', 'mode'])
    after(60)
    use.used('acme', ['mode'])
    use.used('other', ['size'])
    after(40)
    expect(use.unused('acme', ['size', 'mode'])).toEqual([
      { field: 'size', lastAsked: '2026-06-01' }
    ])
  })

  it('is remembered over a restart, as days and nothing else', async () => {
    use.used('acme', ['size'])
    await use.close()
    const kept = readFileSync(join(folder, 'field-use.json'), 'utf8')
    expect(JSON.parse(kept)).toEqual({
      since: '2026-06-01',
      products: { acme: { size: '2026-06-01' } }
    })
    after(100)
    use = await open()
    expect(use.unused('acme', ['size'])).toEqual([{ field: 'size', lastAsked: '2026-06-01' }])
  })

  it('begins anew where somebody spoiled the file', async () => {
    await use.close()
    writeFileSync(join(folder, 'field-use.json'), '{')
    after(200)
    use = await open()
    expect(use.unused('acme', ['size'])).toEqual([])
  })
})
