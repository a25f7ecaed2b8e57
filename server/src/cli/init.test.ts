import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseContract } from '@candor/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { initProduct } from './init.ts'

describe('a scaffolded product', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-init-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('has a contract without problems or warnings', async () => {
    const [contract = ''] = await initProduct({ name: 'acme-db', folder: join(folder, 'acme-db'), effects: systemEffects })
    const result = parseContract(readFileSync(contract, 'utf8'))
    expect(result).toMatchObject({ is: 'contract', warnings: [], contract: { product: 'acme-db' } })
  })

  it('is never written over an existing file', async () => {
    const request = { name: 'acme', folder: join(folder, 'acme'), effects: systemEffects }
    await initProduct(request)
    await expect(initProduct(request)).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
  })

  it('needs a name that a table can have', async () => {
    for (const name of ['Acme', '1acme', 'a_b', '../x', '', 'a'.repeat(41)])
      await expect(initProduct({ name, folder: join(folder, 'x'), effects: systemEffects })).rejects.toMatchObject({
        code: 'PARAMETER_INVALID'
      })
  })
})
