import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { openAccounts, type Accounts } from './accounts.ts'

const product = 'dblab-usage'
let folder = ''
beforeAll(async () => (folder = await files.mkdtemp(join(tmpdir(), 'candor-accounts-'))))
afterAll(() => files.rm(folder, { recursive: true }))

/** Tokens of two epochs of the secret; the newest first. */
function tokensOf(_product: string, raw: string): readonly string[] {
  const hex = Buffer.from(raw).toString('hex').padEnd(30, '0').slice(0, 30)
  return [`2a${hex}`, `1a${hex}`]
}

async function accountsIn(text?: string): Promise<{ accounts: Accounts; path: string }> {
  const path = join(folder, `${randomBytes(6).toString('hex')}.yaml`)
  if (text !== undefined) await files.writeFile(path, text, { mode: 0o600 })
  return { path, accounts: await openAccounts({ path, tokensOf, effects: systemEffects }) }
}

describe('accounts', () => {
  it('are none while there is no file, and nobody is found', async () => {
    const { accounts } = await accountsIn()
    expect(accounts.list()).toEqual([])
    expect(accounts.find(product, 'key of acme')).toBeUndefined()
  })

  it('are found by a key once they are linked, and by nobody else’s', async () => {
    const { accounts, path } = await accountsIn()
    const tokens = accounts.tokensOf(product, ' key of acme\n').slice(0, 1)
    await accounts.link({ product, name: 'ACME Inc.', tokens, plan: 'team', billingActive: true })
    expect(accounts.find(product, 'key of acme')).toMatchObject({
      name: 'ACME Inc.',
      alias: 'acme-inc-',
      plan: 'team',
      billingActive: true
    })
    expect(accounts.find('other-usage', 'key of acme')).toBeUndefined()
    expect(accounts.find(product, 'another key')).toBeUndefined()
    expect((await files.stat(path)).mode & 0o777).toBe(0o600)
    expect(await files.readFile(path, 'utf8')).not.toContain('key of acme')
  })

  it('keep what an operator wrote by hand, comments too, and heed it again when it changes', async () => {
    const { accounts, path } = await accountsIn(
      '# ours\naccounts:\n  # the first\n  - { product: dblab-usage, name: Old Co, tokens: [] }\n'
    )
    await accounts.link({ product, name: 'New Co', tokens: ['a'.repeat(32)] })
    const text = await files.readFile(path, 'utf8')
    expect(text).toContain('# ours')
    expect(text).toContain('# the first')
    expect(accounts.list().map(({ name }) => name)).toEqual(['Old Co', 'New Co'])
    await files.writeFile(
      path,
      text.replace('name: New Co', 'name: New Co\n    billing_active: false')
    )
    await accounts.refresh()
    expect(accounts.named(product, 'a'.repeat(32))?.billingActive).toBe(false)
  })

  it('change one thing at a time: what is not said stays', async () => {
    const { accounts } = await accountsIn()
    const tokens = ['b'.repeat(32)]
    await accounts.link({ product, name: 'Co', tokens, plan: 'team', billingActive: false })
    await accounts.link({ product, name: 'Co', tokens: [], plan: 'more' })
    expect(accounts.list()).toMatchObject([{ tokens, plan: 'more', billingActive: false }])
  })

  it('give a token to one of them only', async () => {
    const { accounts } = await accountsIn()
    const tokens = ['c'.repeat(32)]
    await accounts.link({ product, name: 'One', tokens })
    await accounts.link({ product, name: 'Other', tokens })
    expect(accounts.list().map(({ name, tokens: own }) => [name, own.length])).toEqual([
      ['One', 0],
      ['Other', 1]
    ])
  })

  it('are found after the secret was rotated, and have the new token from then on', async () => {
    const { accounts } = await accountsIn()
    const [now, before] = tokensOf(product, 'key')
    await accounts.link({ product, name: 'Co', tokens: [before ?? ''] })
    expect(accounts.find(product, 'key')?.name).toBe('Co')
    await accounts.refresh()
    expect(accounts.list()[0]?.tokens).toEqual([before, now])
  })

  it('stay as they were while the file is no file of accounts, and say so', async () => {
    const { accounts, path } = await accountsIn()
    await accounts.link({ product, name: 'Co', tokens: ['d'.repeat(32)] })
    await files.writeFile(path, 'accounts: [{ name: 7 }]\n')
    await accounts.refresh()
    expect(accounts.list().map(({ name }) => name)).toEqual(['Co'])
    expect(accounts.problem()).toContain('no file of accounts')
    await expect(accounts.link({ product, name: 'Co', tokens: [] })).rejects.toMatchObject({
      code: 'ACCOUNTS_INVALID'
    })
  })

  it.each(['accounts: 7\n', 'accounts: [{ product: dblab-usage, nam: x }]\n', '- x\n'])(
    'do not start on %j',
    async (text) => {
      await expect(accountsIn(text)).rejects.toMatchObject({ code: 'ACCOUNTS_INVALID' })
    }
  )

  it('do not believe a file that others may write', async () => {
    const { path } = await accountsIn('accounts: []\n')
    await files.chmod(path, 0o666)
    await expect(openAccounts({ path, tokensOf, effects: systemEffects })).rejects.toMatchObject({
      code: 'ACCOUNTS_INVALID'
    })
  })
})
