/** Tries `candor token` and `candor dashboard` against an API on a real socket. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { operatorToken, startTestApi, type TestApi } from '../../api/api.test-support.ts'
import { systemEffects, systemNetwork, type Network } from '../../effects.ts'
import { runProgram, testTerminal } from '../program.test-support.ts'

let api: TestApi
beforeEach(async () => {
  api = await startTestApi()
})
afterEach(() => api.close())

interface Run {
  readonly out: string
  readonly error: string
}

async function candor(
  words: string,
  options: { readonly token?: string; readonly network?: Partial<Network> } = {}
): Promise<Run> {
  const told = { out: '', error: '' }
  // A browser reads at once, and no test waits for it.
  const effects = {
    ...systemEffects,
    clock: { ...systemEffects.clock, sleep: () => Promise.resolve() }
  }
  const terminal = testTerminal({
    effects,
    network: { ...systemNetwork, ...options.network },
    environment: { CANDOR_URL: api.url, CANDOR_TOKEN: options.token ?? operatorToken },
    folder: api.folder,
    out: (text) => void (told.out += text),
    error: (text) => void (told.error += text)
  })
  await runProgram(terminal, words.split(' '))
  return told
}

describe('candor token', () => {
  it('makes a token that works, and shows nothing else where it may be piped', async () => {
    const { out, error } = await candor('token create grafana --scope read,operate --expires 1y')
    expect(out).toMatch(/^candor_\w{12}_[\w-]{43}\n$/)
    expect(error).toMatch(
      /^grafana: read, operate on all products, until \d{4}-\d\d-\d\d\. It is not shown again\.\n$/
    )
    const { headers } = { headers: { authorization: `Bearer ${out.trim()}` } }
    expect((await api.bare('/api/v1/doctor', { headers })).status).toBe(200)
  })

  it('lists what there is, and never a token', async () => {
    const { out } = await candor('token create jane')
    const listed = await candor('token list')
    expect(listed.out).toMatch(/jane .*read/)
    expect(listed.out).not.toContain(out.trim().slice(-43))
    expect((await candor('token list --format csv')).out).toMatch(
      /^name,id,scopes,products,created,expires,last_used\r\njane,\w{12},read,all products,/
    )
  })

  it('revokes by name or id, at once', async () => {
    const { out } = await candor('token create jane')
    expect((await candor('token revoke jane')).out).toBe('jane is revoked\n')
    await expect(candor('token list', { token: out.trim() })).rejects.toMatchObject({
      code: 'TOKEN_WRONG'
    })
    await expect(candor('token revoke jane')).rejects.toMatchObject({ code: 'TOKEN_UNKNOWN' })
    const id = (await candor('token create joe')).out.split('_')[1] as string
    expect((await candor(`token revoke ${id}`)).out).toBe('joe is revoked\n')
  })

  it('says what is wrong with what was asked, also when the asker may not', async () => {
    await expect(candor('token create Jane')).rejects.toMatchObject({ code: 'PARAMETER_INVALID' })
    await expect(candor('token create jane --expires ever')).rejects.toMatchObject({
      code: 'PARAMETER_INVALID'
    })
    const { out } = await candor('token create reader')
    await expect(candor('token create more', { token: out.trim() })).rejects.toMatchObject({
      code: 'SCOPE_MISSING'
    })
    await expect(candor('dashboard', { token: out.trim() })).rejects.toMatchObject({
      code: 'SCOPE_MISSING'
    })
  })
})

describe('candor dashboard', () => {
  it('prints a link that signs in once', async () => {
    const { out } = await candor('dashboard')
    const [page, link] = out.trim().split('#')
    expect(page).toBe(`${api.url}/sign-in`)
    const signIn = (): ReturnType<TestApi['bare']> =>
      api.bare('/api/v1/session', { method: 'POST', body: { link } })
    expect([(await signIn()).status, (await signIn()).status]).toEqual([200, 401])
  })

  it('opens the browser without showing the link to everybody who looks at processes', async () => {
    let opened = ''
    let page = ''
    const openBrowser = async (url: string): Promise<boolean> => {
      opened = url
      page = readFileSync(fileURLToPath(url), 'utf8')
      return true
    }
    const { out } = await candor('dashboard --open', { network: { openBrowser } })
    const secret = out.trim().split('#')[1] as string
    expect(opened).toMatch(/^file:/)
    expect([opened.includes(secret), page.includes(`url=${out.trim()}"`)]).toEqual([false, true])
    expect(existsSync(fileURLToPath(opened))).toBe(false)
  })

  it('says so where there is no browser', async () => {
    const { out, error } = await candor('dashboard --open', {
      network: { openBrowser: () => Promise.resolve(false) }
    })
    expect([out.includes('/sign-in#'), error]).toEqual([
      true,
      'No browser could be opened here; open the link yourself.\n'
    ])
  })
})
