/**
 * Members of two vendors on one server, through a real OpenID provider: as people in a browser, and
 * as somebody who tries to come in by another way.
 */
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  eventually,
  removeServer,
  runCandor,
  startServer,
  untilStoreIs,
  type RunningServer
} from './world/candor-server.ts'
import { launch } from './world/dashboard-browser.ts'
import { freePort } from './world/free-port.ts'
import { startProvider, type Provider } from './world/vendors/provider.ts'
import { shopContract } from './world/vendors/shop-contract.ts'

const people = {
  alice: { email: 'alice@alpha.example' },
  vic: { email: 'Vic@alpha.example' },
  zoe: { email: 'zoe@zebra.example' },
  olga: { email: 'olga@host.example', groups: ['others', 'collector-team'] },
  nora: { email: 'nora@alpha.example' },
  // Says that it is alice, and could not prove it.
  eve: { email: 'alice@alpha.example', email_verified: false }
}
const secret = 'a-secret-of-the-provider-alone'

let provider: Provider
let browser: Browser
let server: RunningServer
let folder = ''
let port = 0
const members = {
  alice: '- { email: alice@alpha.example, role: maintainer, products: [alpha-shop] }',
  vic: '- { email: vic@alpha.example, role: viewer, products: [alpha-shop] }',
  zoe: '- { email: zoe@zebra.example, role: maintainer, products: [zebra-shop] }',
  olga: '- { group: collector-team, role: operator }'
}

function configuration(rules: readonly string[] = Object.values(members)): string {
  return `products: [./alpha-shop, ./zebra-shop]
oidc:
  issuer: ${provider.issuer}
  client_id: candor
  client_secret_file: ./oidc.secret
  dashboard: http://127.0.0.1:${port}
  name: the test’s accounts
  members:
${rules.map((rule) => `    ${rule}`).join('\n')}
`
}

async function start(text = configuration()): Promise<void> {
  server = await startServer({
    folder,
    configuration: text,
    flags: ['--admin-port', String(port), '--log', 'debug']
  })
}

beforeAll(async () => {
  port = await freePort()
  folder = mkdtempSync(join(tmpdir(), 'candor-members-'))
  provider = await startProvider({
    secret,
    redirects: [`http://127.0.0.1:${port}/api/v1/session/oidc/callback`],
    people
  })
  writeFileSync(join(folder, 'oidc.secret'), `${secret}\n`, { mode: 0o600 })
  for (const word of ['alpha', 'zebra']) {
    mkdirSync(join(folder, `${word}-shop`))
    writeFileSync(join(folder, `${word}-shop`, 'contract.yaml'), shopContract(`${word}-shop`, word))
  }
  await start()
  await untilStoreIs(server, 'ready')
  browser = await launch()
}, 120_000)
afterAll(async () => {
  await browser.close()
  await removeServer(server)
  provider.stop()
})

interface Told {
  readonly status: number
  readonly location: string
  readonly cookies: readonly string[]
  readonly text: string
}

async function get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const answer = await fetch(`${server.adminUrl}${path}`, { headers, redirect: 'manual' })
  return {
    status: answer.status,
    location: answer.headers.get('location') ?? '',
    cookies: answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? ''),
    text: await answer.text()
  }
}

/** As far as the provider goes: where it sends the browser back to, and the browser's own cookie. */
async function comeBack(
  person: string,
  to = '/health'
): Promise<{ readonly path: string; readonly cookie: string }> {
  const begun = await get(`/api/v1/session/oidc?to=${encodeURIComponent(to)}`)
  expect(begun.status).toBe(303)
  const back = await provider.signIn(begun.location, person)
  return { path: back.replace(server.adminUrl, ''), cookie: begun.cookies[0] ?? '' }
}

/** The cookie of a session. */
async function signedIn(person: string): Promise<string> {
  const { path, cookie } = await comeBack(person)
  const told = await get(path, { cookie })
  expect([told.status, told.location]).toEqual([303, '/health'])
  return told.cookies[0] ?? ''
}

async function change(
  method: string,
  path: string,
  { cookie, body }: { readonly cookie: string; readonly body?: object }
): Promise<number> {
  const session = await get('/api/v1/session', { cookie })
  const { csrf } = JSON.parse(session.text) as { csrf: string | null }
  const answer = await fetch(`${server.adminUrl}${path}`, {
    method,
    headers: { cookie, 'candor-csrf': csrf ?? '' },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  return answer.status
}

const note = { product: 'alpha-shop', day: '2026-11-20', says: 'a note' }

/** Through both forms of the provider, as a person. */
async function signInWith(person: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'en-US' })
  const page = await context.newPage()
  await page.goto(`${server.adminUrl}/products`)
  await page.getByRole('link', { name: 'Sign in with the test’s accounts' }).click()
  await page.locator('input[name=login]').fill(person)
  await page.locator('input[name=password]').fill('any')
  await page.locator('button[type=submit]').click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${server.adminUrl}/**`)
  return page
}

/** In the list of products, which is folded up. */
function listed(page: Page, product: string): Promise<void> {
  return page.locator(`option[value="${product}"]`).first().waitFor({ state: 'attached' })
}

describe('members of two vendors', () => {
  it('sign in by their provider and see their own product; a viewer changes nothing', async () => {
    const alice = await signInWith('alice')
    await listed(alice, 'alpha-shop')
    expect(await alice.content()).not.toMatch(/zebra/i)
    const vic = await signInWith('vic')
    await listed(vic, 'alpha-shop')
    const zoe = await signInWith('zoe')
    await listed(zoe, 'zebra-shop')
    expect(await zoe.content()).not.toMatch(/alpha/i)
    await vic.goto(`${server.adminUrl}/sessions`)
    await vic.getByText('You may read on alpha-shop.').waitFor()
    await vic.getByText('(this browser)').waitFor()
    expect(await vic.locator('tbody tr').count()).toBe(1)
    const cookies = await vic.context().cookies()
    const own = cookies.find(({ name }) => /^candor-[0-9a-f]{8}$/.test(name))
    expect(own).toMatchObject({ httpOnly: true, sameSite: 'Strict' })
    const cookie = `${own?.name}=${own?.value}`
    expect(await change('POST', '/api/v1/annotations', { cookie, body: note })).toBe(403)

    // An operator ends it, from the list, and the next request is nobody's.
    const olga = await signInWith('olga')
    await olga.goto(`${server.adminUrl}/sessions`)
    await olga.getByText('alice@alpha.example').waitFor()
    await olga.getByRole('button', { name: 'End the session of alice@alpha.example' }).click()
    await olga.getByText('alice@alpha.example').waitFor({ state: 'detached' })
    await alice.goto(`${server.adminUrl}/overview?product=alpha-shop`)
    await alice.waitForURL('**/sign-in?**')

    // Over a crash of the server, those who were not ended are still signed in.
    await server.kill('SIGKILL')
    await start()
    await vic.goto(`${server.adminUrl}/sessions`)
    await vic.getByText('You may read on alpha-shop.').waitFor()
    await alice.reload()
    await alice.waitForURL('**/sign-in?**')
  }, 120_000)

  it('lose a role at the next request, and get it back with the rule', async () => {
    const cookie = await signedIn('alice')
    expect(await change('POST', '/api/v1/annotations', { cookie, body: note })).toBe(200)
    const foreign = { ...note, product: 'zebra-shop' }
    expect(await change('POST', '/api/v1/annotations', { cookie, body: foreign })).toBe(404)
    await server.kill('SIGTERM')
    await start(configuration([members.alice.replace('maintainer', 'viewer'), members.olga]))
    expect(await change('POST', '/api/v1/annotations', { cookie, body: note })).toBe(403)
    await server.kill('SIGTERM')
    await start(configuration([members.olga]))
    expect((await get('/api/v1/products', { cookie })).status).toBe(401)
    await server.kill('SIGTERM')
    await start()
  }, 120_000)

  it('sign out everywhere at once, of themselves or by an operator', async () => {
    const [one, other, third] = [
      await signedIn('zoe'),
      await signedIn('zoe'),
      await signedIn('vic')
    ]
    expect(await change('DELETE', '/api/v1/sessions', { cookie: one })).toBe(200)
    expect((await get('/api/v1/products', { cookie: other })).status).toBe(401)
    expect((await get('/api/v1/products', { cookie: third })).status).toBe(200)
    const { out } = await runCandor(server, ['session', 'list', '--format', 'csv'])
    expect(out).toMatch(/vic@alpha.example,[0-9a-f]{12},member,/)
    const ended = await runCandor(server, ['session', 'revoke', '--member', 'vic@alpha.example'])
    expect(ended.out).toMatch(/^\d sessions? (is|are) ended\n$/)
    expect((await get('/api/v1/products', { cookie: third })).status).toBe(401)
  })

  it('are named in the audit, which shows a vendor what is about its product alone', async () => {
    const alice = await signedIn('alice')
    const body = { product: 'alpha-shop' }
    expect(await change('POST', '/api/v1/write-keys', { cookie: alice, body })).toBe(200)
    const seen = await get('/api/v1/audit', { cookie: alice })
    expect(seen.text).toMatch(/"who":"alice@alpha.example","act":"write-key-create"/)
    expect(seen.text).not.toMatch(/zebra|sign-in/)
    const all = await get('/api/v1/audit', { cookie: await signedIn('olga') })
    expect(all.text).toMatch(/"who":"zoe@zebra.example","act":"sign-in"/)
  })
})

describe('whoever comes in by another way', () => {
  it('finds no session: another’s answer, another state, a used code, no cookie, no role', async () => {
    const zoe = await comeBack('zoe')
    const alice = await comeBack('alice')
    const isRefused = async (path: string, cookie?: string): Promise<void> => {
      const told = await get(path, cookie === undefined ? {} : { cookie })
      expect([told.status, told.location, told.cookies]).toEqual([
        303,
        '/sign-in?failed=refused',
        []
      ])
    }
    await isRefused(zoe.path)
    await isRefused(zoe.path, alice.cookie)
    await isRefused(zoe.path.replace(/state=[^&]+/, 'state=another'), zoe.cookie)
    const state = /state=[^&]+/.exec(alice.path)?.[0] ?? ''
    // A code of somebody else's under one's own state: verifier and nonce are not theirs.
    await isRefused(zoe.path.replace(/state=[^&]+/, state), alice.cookie)
    await isRefused(alice.path.replace(/code=[^&]+/, 'code=made-up'), alice.cookie)
    await isRefused(alice.path.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example'), alice.cookie)
    await isRefused('/api/v1/session/oidc/callback?error=access_denied', alice.cookie)
    await isRefused('/api/v1/session/oidc/callback', alice.cookie)
    const used = await comeBack('zoe')
    expect((await get(used.path, { cookie: used.cookie })).location).toBe('/health')
    await isRefused(used.path, used.cookie)
    for (const person of ['nora', 'eve']) {
      const { path, cookie } = await comeBack(person)
      await isRefused(path, cookie)
    }
  })

  it('is led to no other site, and no page of another site begins or changes anything', async () => {
    for (const to of [
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      'javascript:alert(1)',
      '/sign-in?to=//evil.example',
      '/api/v1/session/oidc/callback'
    ]) {
      const { path, cookie } = await comeBack('zoe', to)
      expect((await get(path, { cookie })).location, to).toBe('/products')
    }
    const cross = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    expect((await get('/api/v1/session/oidc', cross)).status).toBe(403)
    const cookie = await signedIn('olga')
    for (const [method, path] of [
      ['DELETE', '/api/v1/sessions'],
      ['POST', '/api/v1/sign-in-links'],
      ['DELETE', '/api/v1/session']
    ] as const) {
      const send = (headers: Readonly<Record<string, string>>): Promise<Response> =>
        fetch(`${server.adminUrl}${path}`, { method, headers: { cookie, ...headers } })
      expect((await send({})).status, path).toBe(403)
      expect((await send({ 'candor-csrf': 'x'.repeat(43) })).status, path).toBe(403)
      expect((await send(cross)).status, path).toBe(403)
    }
  })

  it('finds no secret in a file, and no name of a member in the log', async () => {
    const cookie = await signedIn('alice')
    const path = join(server.data, 'sessions.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const text = readFileSync(path, 'utf8')
    expect(text).toContain('alice@alpha.example')
    expect(text).not.toContain(cookie.split('=')[1] ?? '-')
    expect(server.printed()).not.toMatch(/alice|a-secret-of-the-provider/)
  })

  it('is no matter to others while the provider is dead, also at the start', async () => {
    const cookie = await signedIn('alice')
    provider.stop()
    await server.kill('SIGTERM')
    await start()
    const begun = await get('/api/v1/session/oidc')
    expect([begun.status, begun.location]).toEqual([303, '/sign-in?failed=away'])
    expect((await get('/api/v1/products', { cookie })).status).toBe(200)
    const asked = await eventually(
      () => runCandor(server, ['doctor']),
      ({ code }) => code === 0
    )
    expect(asked.out).toContain('write path')
  })
})
