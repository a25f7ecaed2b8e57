/** Who may ask what: every route, every way to ask it wrongly, over real sockets. */
import { chmod, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import {
  cookieOf,
  operatorToken,
  startTestApi,
  type Call,
  type TestApi,
  type TestApiOptions,
  type Told
} from '../api.test-support.ts'

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

let api: TestApi
afterEach(async () => {
  const { faults } = api
  await api.close()
  expect(faults).toEqual([])
})

async function start(options: TestApiOptions = {}): Promise<TestApi> {
  api = await startTestApi(options)
  return api
}

const brief = ({ status, code }: Told): unknown => [status, code]
const bearer = (token: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${token}`
})
const installation = { product: 'dlt', action: 'show', id: 'x', reason: 'access' }

describe('a token', () => {
  it('is needed on every route but those that say so, and tells how to get one', async () => {
    const { bare, endpoints } = await start()
    const open: string[] = []
    for (const { method, path } of endpoints) {
      const told = await bare(path.replaceAll(/\{\w+\}/g, 'dlt'), { method })
      if (told.status === 401) {
        expect(brief(told), path).toEqual([401, 'TOKEN_MISSING'])
        expect(told.headers['www-authenticate']).toBe('Bearer')
      } else open.push(`${method} ${path}`)
    }
    const session = ['GET /api/v1/session', 'POST /api/v1/session', 'DELETE /api/v1/session']
    expect(open.toSorted()).toEqual(
      [
        ...session,
        'GET /api/v1/session/oidc',
        'GET /api/v1/session/oidc/callback',
        'GET /api/v1/shared',
        'GET /api/v1/openapi.json'
      ].toSorted()
    )
  })

  it('opens what its scopes say, and nothing else', async () => {
    const { bare, endpoints, tokenFor } = await start()
    for (const owned of ['read', 'maintain', 'operate', 'delete'] as const) {
      const token = await tokenFor([owned])
      for (const { method, path, scope } of endpoints) {
        if (scope === 'anyone' || path.endsWith('/tail')) continue
        const told = await bare(path.replaceAll(/\{\w+\}/g, 'dlt'), {
          method,
          headers: bearer(token)
        })
        const opens = owned === 'operate' ? ['operate', 'maintain'] : [owned]
        expect(told.code === 'SCOPE_MISSING', `${owned} ${method} ${path}`).toBe(
          !opens.includes(scope)
        )
        expect(told.status).toBeLessThan(500)
      }
    }
  })

  it('that is wrong, cut, longer, of another scheme or of somebody else opens nothing', async () => {
    const { bare, tokenFor } = await start()
    const token = await tokenFor(['read'])
    const wrong = [
      token.slice(0, -1),
      `${token}x`,
      token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      'x',
      operatorToken.slice(1)
    ]
    const other = `candor_${'0'.repeat(12)}_${'A'.repeat(43)}`
    for (const guess of [...wrong, other, token.replace(/_\w{12}_/, '_000000000000_')])
      expect(brief(await bare('/api/v1/questions', { headers: bearer(guess) })), guess).toEqual([
        401,
        'TOKEN_WRONG'
      ])
    for (const authorization of [
      `Basic ${token}`,
      token,
      'Bearer',
      `Bearer  ${token}`,
      '',
      'Bearer \u00ff'
    ])
      expect(
        brief(await bare('/api/v1/questions', { headers: { authorization } })),
        authorization
      ).toEqual([401, 'TOKEN_WRONG'])
    expect((await bare('/api/v1/questions', { headers: bearer(token) })).status).toBe(200)
  })

  it('ends on its day, and says so to whoever really has it', async () => {
    const { bare, tokenFor, moveClock } = await start()
    const token = await tokenFor(['read'], 1)
    moveClock(DAY_MS - MINUTE_MS)
    expect((await bare('/api/v1/questions', { headers: bearer(token) })).status).toBe(200)
    moveClock(2 * MINUTE_MS)
    expect(brief(await bare('/api/v1/questions', { headers: bearer(token) }))).toEqual([
      401,
      'TOKEN_EXPIRED'
    ])
    expect(brief(await bare('/api/v1/questions', { headers: bearer(`${token}x`) }))).toEqual([
      401,
      'TOKEN_WRONG'
    ])
  })

  it('is shown once, kept as a digest that only the server’s user may read, and lives over a restart', async () => {
    const { ask, folder, bare, moveClock } = await start()
    const made = await ask('/api/v1/tokens', {
      method: 'POST',
      body: { name: 'grafana', scopes: ['read'], expires: '12w' }
    })
    const token = String(made.body['token'])
    expect(token).toMatch(/^candor_[0-9a-f]{12}_[\w-]{43}$/)
    const file = await readFile(join(folder, 'tokens.json'), 'utf8')
    expect(file).not.toContain(token.slice(-43))
    expect((await stat(join(folder, 'tokens.json'))).mode & 0o777).toBe(0o600)
    expect((await ask('/api/v1/tokens')).text).not.toContain(token.slice(-43))
    expect((await ask('/api/v1/audit')).text).not.toContain(token.slice(-43))
    expect((await bare('/api/v1/questions', { headers: bearer(token) })).status).toBe(200)
    const before = await ask('/api/v1/tokens')
    const lastUsedOn = new Date().toISOString().slice(0, 10)
    expect(before.body['tokens']).toMatchObject([
      { name: 'grafana', scopes: ['read'], createdBy: 'operator', lastUsedOn }
    ])
    moveClock(0)
    const again = await startTestApi({ folder })
    expect((await again.bare('/api/v1/questions', { headers: bearer(token) })).status).toBe(200)
    await again.close()
  })

  it('that was revoked opens nothing from that moment on, and neither do sessions and links that came from it', async () => {
    const { ask, bare, tokenFor } = await start()
    const token = await tokenFor(['read', 'operate'])
    const link = await bare('/api/v1/sign-in-links', {
      method: 'POST',
      headers: bearer(token),
      body: {}
    })
    const session = await bare('/api/v1/session', { method: 'POST', body: { token } })
    const cookie = cookieOf(session.headers)
    expect((await bare('/api/v1/questions', { headers: { cookie } })).status).toBe(200)
    expect(
      (await ask('/api/v1/tokens/test-read-operate-90', { method: 'DELETE' })).body
    ).toMatchObject({
      revoked: { name: 'test-read-operate-90' }
    })
    expect(brief(await bare('/api/v1/questions', { headers: bearer(token) }))).toEqual([
      401,
      'TOKEN_WRONG'
    ])
    expect(brief(await bare('/api/v1/questions', { headers: { cookie } }))).toEqual([
      401,
      'TOKEN_MISSING'
    ])
    const late = await bare('/api/v1/session', {
      method: 'POST',
      body: { link: String(link.body['path']).split('#')[1] }
    })
    expect(brief(late)).toEqual([401, 'SIGN_IN_FAILED'])
    expect(brief(await ask('/api/v1/tokens/test-read-operate-90', { method: 'DELETE' }))).toEqual([
      404,
      'TOKEN_UNKNOWN'
    ])
  })

  it('can give only what it has itself', async () => {
    const { bare, tokenFor } = await start()
    const headers = bearer(await tokenFor(['operate']))
    const create = (scopes: unknown): Promise<Told> =>
      bare('/api/v1/tokens', { method: 'POST', headers, body: { name: 'more', scopes } })
    const beyond = await create(['operate', 'delete'])
    expect(brief(beyond)).toEqual([403, 'SCOPE_MISSING'])
    expect(beyond.body['message']).toBe("A token can't give what its maker has not: delete.")
    expect((await create(['operate'])).status).toBe(200)
    const link = await bare('/api/v1/sign-in-links', { method: 'POST', headers, body: {} })
    const session = await bare('/api/v1/session', {
      method: 'POST',
      body: { link: String(link.body['path']).split('#')[1] }
    })
    expect(session.body).toMatchObject({ signedIn: true, scopes: ['maintain', 'operate'] })
  })

  it('ends with the one that made it, over any number of hands and a restart', async () => {
    const { ask, bare, tokenFor, folder } = await start()
    const make = async (by: string, name: string): Promise<string> =>
      String(
        (
          await bare('/api/v1/tokens', {
            method: 'POST',
            headers: bearer(by),
            body: { name, scopes: ['read', 'operate'] }
          })
        ).body['token']
      )
    const parent = await tokenFor(['read', 'operate'])
    const child = await make(parent, 'child')
    const grandchild = await make(child, 'grandchild')
    expect((await bare('/api/v1/questions', { headers: bearer(grandchild) })).status).toBe(200)
    await ask('/api/v1/tokens/test-read-operate-90', { method: 'DELETE' })
    const again = await start({ folder })
    for (const server of [{ bare }, again])
      for (const token of [child, grandchild])
        expect(brief(await server.bare('/api/v1/questions', { headers: bearer(token) }))).toEqual([
          401,
          'TOKEN_WRONG'
        ])
  })

  it('can take only what it could give', async () => {
    const { bare, tokenFor } = await start()
    const operating = bearer(await tokenFor(['operate']))
    await tokenFor(['delete'])
    await tokenFor(['operate'], 30)
    const revoke = (name: string): Promise<Told> =>
      bare(`/api/v1/tokens/${name}`, { method: 'DELETE', headers: operating })
    expect(brief(await revoke('test-delete-90'))).toEqual([403, 'SCOPE_MISSING'])
    expect((await revoke('test-operate-30')).status).toBe(200)
  })

  it('can not push out a link or a session of the operator', async () => {
    const { bare, access, tokenFor, browser } = await start()
    const { cookie } = await browser()
    const link = access.operatorLink().split('#')[1]
    const token = await tokenFor(['read', 'operate'])
    for (let count = 0; count < 60; count += 1) {
      await bare('/api/v1/sign-in-links', { method: 'POST', headers: bearer(token), body: {} })
      await access.signIn({ token }, {})
    }
    const session = await bare('/api/v1/session', { method: 'POST', body: { link } })
    expect(session.body).toMatchObject({ signedIn: true, name: 'operator' })
    expect((await bare('/api/v1/session', { headers: { cookie } })).body).toMatchObject({
      signedIn: true
    })
  })

  it('that looks at one installation by SQL is in the audit, and other SQL is not', async () => {
    const { ask, bare, tokenFor } = await start()
    const headers = bearer(await tokenFor(['read']))
    const asked = [
      'SELECT count() AS n FROM records',
      "SELECT n FROM records WHERE Installation = 'x'",
      `SELECT count() AS n FROM records WHERE hex(x) = '${'a1'.repeat(16)}'`,
      'SELECT count(*) AS n FROM records',
      'SELECT toString(tuple(*)) AS n FROM records',
      "SELECT toString(tuple(COLUMNS('^inst'))) AS n FROM records"
    ]
    for (const sql of asked) {
      const told = await bare('/api/v1/query', { method: 'POST', headers, body: { sql } })
      expect(told.status).toBe(200)
    }
    const { acts } = (await ask('/api/v1/audit')).body as { acts: { act: string; who: string }[] }
    expect(acts.filter(({ act }) => act === 'query').map(({ who }) => who)).toEqual(
      Array.from({ length: 4 }, () => 'test-read-90')
    )
  })

  it('has its own share of live views, and the operator theirs', async () => {
    const { url, tokenFor } = await start()
    const open = async (token: string): Promise<number> => {
      const { status } = await fetch(`${url}/api/v1/tail`, {
        headers: { authorization: `Bearer ${token}` },
        signal: ending.signal
      })
      return status
    }
    const ending = new AbortController()
    const reader = await tokenFor(['read'])
    const statuses: number[] = []
    for (let count = 0; count < 5; count += 1) statuses.push(await open(reader))
    expect(statuses).toEqual([200, 200, 200, 429, 429])
    expect(await open(await tokenFor(['read', 'operate']))).toBe(200)
    for (let count = 0; count < 5; count += 1) expect(await open(operatorToken)).toBe(200)
    ending.abort()
  })

  it.each([
    ['that others can write', 0o622, 0o700],
    ['in a folder that everybody can write', 0o600, 0o777]
  ])('file %s stops the start', async (_what, fileMode, folderMode) => {
    const folder = await mkdtemp(join(tmpdir(), 'candor-api-'))
    await writeFile(join(folder, 'tokens.json'), '{"tokens":[]}')
    await chmod(join(folder, 'tokens.json'), fileMode)
    await chmod(folder, folderMode)
    await expect(startTestApi({ folder })).rejects.toMatchObject({
      code: 'TOKENS_UNREADABLE',
      message: expect.stringContaining('chmod')
    })
    await chmod(folder, 0o700)
  })

  it('is made only under a name, with scopes and for a time that make sense', async () => {
    const { ask } = await start()
    const create = async (body: unknown): Promise<unknown> =>
      brief(await ask('/api/v1/tokens', { method: 'POST', body }))
    const good = { name: 'a', scopes: ['read'] }
    for (const name of ['', 'A', 'a b', 'operator', '../x', 'x'.repeat(41), 7, null, undefined])
      expect(await create({ ...good, name }), String(name)).toEqual([400, 'PARAMETER_INVALID'])
    for (const scopes of [[], ['all'], 'read', [7], null, undefined])
      expect(await create({ ...good, scopes }), String(scopes)).toEqual([400, 'PARAMETER_INVALID'])
    for (const expires of ['never', '0d', '6y', 90, '-1d', ''])
      expect(await create({ ...good, expires }), String(expires)).toEqual([
        400,
        'PARAMETER_INVALID'
      ])
    expect(await create(good)).toEqual([200, undefined])
    expect(await create(good)).toEqual([409, 'TOKEN_EXISTS'])
  })

  it('that can not be written down in the audit is not given', async () => {
    const audit = {
      write: () => Promise.reject(new Error('no room')),
      read: () => Promise.resolve([])
    }
    const { ask, faults } = await start({ changes: { audit } })
    expect(
      (await ask('/api/v1/tokens', { method: 'POST', body: { name: 'a', scopes: ['read'] } }))
        .status
    ).toBe(500)
    expect((await ask('/api/v1/tokens')).body).toEqual({ tokens: [] })
    expect(faults.splice(0)).toEqual([new Error('no room')])
  })

  it('file that is not what Candor wrote stops the start, instead of forgetting what was revoked', async () => {
    await start()
    for (const text of ['', '{}', '{"tokens":[{"id":"x"}]}', 'x']) {
      const folder = await mkdtemp(join(tmpdir(), 'candor-api-'))
      await writeFile(join(folder, 'tokens.json'), text)
      await expect(startTestApi({ folder })).rejects.toMatchObject({ code: 'TOKENS_UNREADABLE' })
    }
  })
})

describe('signing in', () => {
  it('by a link works once, gives a cookie that no script reads, and is in the audit', async () => {
    const { ask, bare, access } = await start()
    const link = access.operatorLink().split('#')[1]
    const first = await bare('/api/v1/session', { method: 'POST', body: { link } })
    expect(first.body).toMatchObject({
      signedIn: true,
      name: 'operator',
      scopes: ['read', 'maintain', 'operate', 'delete']
    })
    expect(String(first.headers['set-cookie'])).toMatch(
      /^candor-[0-9a-f]{8}=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/
    )
    expect(brief(await bare('/api/v1/session', { method: 'POST', body: { link } }))).toEqual([
      401,
      'SIGN_IN_FAILED'
    ])
    const cookie = cookieOf(first.headers)
    expect((await bare('/api/v1/session', { headers: { cookie } })).body).toEqual(first.body)
    expect((await ask('/api/v1/audit')).body['acts']).toMatchObject([
      { who: 'operator', act: 'sign-in' }
    ])
  })

  it('by a link works for ten minutes', async () => {
    const { bare, access, moveClock } = await start()
    const link = access.operatorLink().split('#')[1]
    moveClock(10 * MINUTE_MS)
    expect(brief(await bare('/api/v1/session', { method: 'POST', body: { link } }))).toEqual([
      401,
      'SIGN_IN_FAILED'
    ])
  })

  it('by a token gives the rights of that token', async () => {
    const { bare, tokenFor } = await start()
    const told = await bare('/api/v1/session', {
      method: 'POST',
      body: { token: await tokenFor(['read']) }
    })
    expect(told.body).toMatchObject({ signedIn: true, name: 'test-read-90', scopes: ['read'] })
  })

  it('with anything else fails in the same words', async () => {
    const { bare, tokenFor, moveClock } = await start()
    const expired = await tokenFor(['read'], 1)
    moveClock(2 * DAY_MS)
    const proofs = [
      { link: 'x' },
      { link: 'A'.repeat(43) },
      { token: 'x' },
      { token: expired },
      { link: '' }
    ]
    const told = await Promise.all(
      proofs.map((body) => bare('/api/v1/session', { method: 'POST', body }))
    )
    expect(new Set(told.map(({ text }) => text)).size).toBe(1)
    expect(told.map(brief)).toEqual(proofs.map(() => [401, 'SIGN_IN_FAILED']))
    for (const body of [{}, { link: 'a', token: 'b' }, { link: 7 }, { linc: 'a' }, '[]'])
      expect(brief(await bare('/api/v1/session', { method: 'POST', body }))).toEqual([
        400,
        'PARAMETER_INVALID'
      ])
  })

  it('ends after an hour without a request and after twelve hours in all', async () => {
    const { bare, browser, moveClock } = await start()
    const isIn = async (cookie: string): Promise<boolean> =>
      (await bare('/api/v1/session', { headers: { cookie } })).body['signedIn'] === true
    const { cookie } = await browser()
    for (let hour = 0; hour < 12; hour += 1) {
      expect(await isIn(cookie)).toBe(true)
      moveClock(59 * MINUTE_MS)
    }
    expect(await isIn(cookie)).toBe(true)
    moveClock(13 * MINUTE_MS)
    expect(await isIn(cookie)).toBe(false)
    const { cookie: idle } = await browser()
    moveClock(61 * MINUTE_MS)
    expect(await isIn(idle)).toBe(false)
  })

  it('lives over a restart by its last use, however little time lies between two of them', async () => {
    const { bare, browser, moveClock, folder, access } = await start()
    const { cookie } = await browser()
    for (let count = 0; count < 20; count += 1) {
      moveClock(4 * MINUTE_MS)
      await bare('/api/v1/session', { headers: { cookie } })
    }
    await access.close()
    const again = await startTestApi({ folder })
    again.moveClock(90 * MINUTE_MS)
    const told = await again.bare('/api/v1/session', { headers: { cookie } })
    expect(told.body).toMatchObject({ signedIn: true })
    await again.close()
  })

  it('again ends the session before, under another secret', async () => {
    const { bare, browser, access } = await start()
    const { cookie } = await browser()
    const link = access.operatorLink().split('#')[1]
    const again = await bare('/api/v1/session', {
      method: 'POST',
      headers: { cookie },
      body: { link }
    })
    expect(cookieOf(again.headers)).not.toBe(cookie)
    expect((await bare('/api/v1/session', { headers: { cookie } })).body).toMatchObject({
      signedIn: false
    })
  })

  it('out ends the session here and in the browser', async () => {
    const { bare, browser } = await start()
    const { cookie, csrf } = await browser()
    expect(brief(await bare('/api/v1/session', { method: 'DELETE', headers: { cookie } }))).toEqual(
      [403, 'CSRF_WRONG']
    )
    const out = await bare('/api/v1/session', {
      method: 'DELETE',
      headers: { cookie, 'candor-csrf': csrf }
    })
    expect(out.body).toMatchObject({ signedIn: false })
    expect(String(out.headers['set-cookie'])).toContain('Max-Age=0')
    expect((await bare('/api/v1/session', { headers: { cookie } })).body).toMatchObject({
      signedIn: false
    })
  })

  it('keeps its cookie to TLS where there is TLS, also that of a proxy', async () => {
    const { bare, access } = await start({ isEncrypted: true })
    const link = (): Call => ({
      method: 'POST',
      body: { link: access.operatorLink().split('#')[1] }
    })
    expect(String((await bare('/api/v1/session', link())).headers['set-cookie'])).toMatch(
      /; Secure$/
    )
    await api.close()
    const { bare: proxied, access: behind } = await start({ hosts: ['telemetry.example.com'] })
    const headers = {
      host: 'telemetry.example.com',
      origin: 'https://telemetry.example.com',
      'sec-fetch-site': 'same-origin'
    }
    const body = { link: behind.operatorLink().split('#')[1] }
    expect(
      String(
        (await proxied('/api/v1/session', { method: 'POST', headers, body })).headers['set-cookie']
      )
    ).toMatch(/; Secure$/)
  })

  it('is not locked for others by somebody who guesses, but the guesses are', async () => {
    const { bare, access } = await start()
    const statuses: number[] = []
    for (let guess = 0; guess < 60; guess += 1)
      statuses.push(
        (await bare('/api/v1/session', { method: 'POST', body: { link: 'A'.repeat(43) } })).status
      )
    expect(new Set(statuses)).toEqual(new Set([401, 429]))
    const last = await bare('/api/v1/questions', { headers: bearer('wrong') })
    expect([...(brief(last) as unknown[]), Number(last.headers['retry-after']) >= 1]).toEqual([
      429,
      'RATE_LIMITED',
      true
    ])
    const link = access.operatorLink().split('#')[1]
    expect((await bare('/api/v1/session', { method: 'POST', body: { link } })).status).toBe(200)
    expect((await bare('/api/v1/questions', { headers: bearer(operatorToken) })).status).toBe(200)
  })
})

describe('a browser’s session', () => {
  it('needs the CSRF header for what changes something, and for nothing else', async () => {
    const { bare, browser } = await start()
    const { cookie, csrf } = await browser()
    expect((await bare('/api/v1/questions', { headers: { cookie } })).status).toBe(200)
    const look = (headers: Readonly<Record<string, string>>): Promise<Told> =>
      bare('/api/v1/installation', {
        method: 'POST',
        headers: { cookie, ...headers },
        body: installation
      })
    for (const wrong of [
      {},
      { 'candor-csrf': '' },
      { 'candor-csrf': `${csrf}x` },
      { 'candor-csrf': 'x'.repeat(43) }
    ])
      expect(brief(await look(wrong))).toEqual([403, 'CSRF_WRONG'])
    expect((await look({ 'candor-csrf': csrf })).status).toBe(200)
  })

  it('can not be used by a page of another site, or of another port of this machine', async () => {
    const { bare, browser, url } = await start()
    const { cookie, csrf } = await browser()
    const ask = async (
      headers: Readonly<Record<string, string>>,
      call: Call = {}
    ): Promise<unknown> =>
      brief(
        await bare('/api/v1/questions', {
          ...call,
          headers: { cookie, 'candor-csrf': csrf, ...headers }
        })
      )
    const refused = [403, 'ORIGIN_REFUSED']
    expect(await ask({ origin: 'https://evil.example' })).toEqual(refused)
    expect(await ask({ origin: 'null' })).toEqual(refused)
    expect(await ask({ origin: 'http://127.0.0.1:1' })).toEqual(refused)
    expect(await ask({ origin: `${url}@evil.example` })).toEqual(refused)
    for (const site of ['cross-site', 'same-site'])
      expect(await ask({ 'sec-fetch-site': site })).toEqual(refused)
    for (const site of ['same-origin', 'none'])
      expect(await ask({ origin: url, 'sec-fetch-site': site })).toEqual([200, undefined])
  })

  it('can not be used, nor the page be read, under a name that was made to point here', async () => {
    const { bare, browser, url } = await start()
    const { cookie } = await browser()
    const { port } = new URL(url)
    for (const host of [
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil.example.'
    ]) {
      expect(brief(await bare('/api/v1/questions', { headers: { cookie, host } })), host).toEqual([
        421,
        'HOST_REFUSED'
      ])
      expect(brief(await bare('/api/v1/session', { headers: { host } })), host).toEqual([
        421,
        'HOST_REFUSED'
      ])
      expect(brief(await bare('/', { headers: { host, accept: 'text/html' } })), host).toEqual([
        421,
        'HOST_REFUSED'
      ])
    }
    for (const host of [
      `localhost:${port}`,
      `LOCALHOST:${port}`,
      `[::1]:${port}`,
      '127.0.0.1',
      '10.0.0.7'
    ])
      expect((await bare('/api/v1/questions', { headers: { cookie, host } })).status, host).toBe(
        200
      )
    // A program with a token is no page, whatever name it came by.
    expect(
      (
        await bare('/api/v1/questions', {
          headers: { ...bearer(operatorToken), host: 'candor.internal' }
        })
      ).status
    ).toBe(200)
  })

  it.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])(
    'was not handed on by a proxy that makes the host a loopback name (%s)',
    async (header) => {
      const { bare, url } = await start()
      const headers = { host: new URL(url).host, [header]: '203.0.113.9' }
      for (const path of ['/', '/api/v1/session'])
        expect(brief(await bare(path, { headers }))).toEqual([421, 'HOST_REFUSED'])
      const named = await start({ hosts: ['telemetry.example.com'] })
      expect((await named.bare('/api/v1/session', { headers })).status).toBe(200)
    }
  )

  it('may come by a proxy’s name when the operator says so', async () => {
    const { bare } = await start({ hosts: ['telemetry.example.com'] })
    expect(
      (await bare('/', { headers: { host: 'telemetry.example.com', accept: 'text/html' } })).status
    ).toBe(200)
    expect(
      (await bare('/', { headers: { host: 'other.example.com', accept: 'text/html' } })).status
    ).toBe(421)
  })

  it('is one of a bounded number: the one that was not used for longest goes', async () => {
    const { bare, browser, access } = await start()
    const { cookie: first } = await browser()
    const { cookie: used } = await browser()
    for (let count = 0; count < 49; count += 1) {
      if (count % 10 === 0) await bare('/api/v1/session', { headers: { cookie: used } })
      await access.signIn({ token: operatorToken }, {})
    }
    expect((await bare('/api/v1/session', { headers: { cookie: first } })).body).toMatchObject({
      signedIn: false
    })
    expect((await bare('/api/v1/session', { headers: { cookie: used } })).body).toMatchObject({
      signedIn: true
    })
  })
})

describe('too many requests', () => {
  it('of one token are put off with the time to wait, and nobody else’s', async () => {
    const { bare, tokenFor, moveClock, ask } = await start()
    const headers = bearer(await tokenFor(['read']))
    // On a slow machine the bucket refills while it is emptied, so it is asked until it is empty.
    const refused: Told[] = []
    for (let asked = 0; refused.length === 0 && asked < 100; asked += 1) {
      const many = await Promise.all(
        Array.from({ length: 200 }, () => bare('/api/v1/questions', { headers }))
      )
      refused.push(...many.filter(({ status }) => status === 429))
    }
    expect(Number(refused[0]?.headers['retry-after'])).toBeGreaterThanOrEqual(1)
    const operator = await Promise.all(Array.from({ length: 600 }, () => ask('/api/v1/questions')))
    expect(new Set(operator.map(({ status }) => status))).toEqual(new Set([200]))
    moveClock(10_000)
    expect((await bare('/api/v1/questions', { headers })).status).toBe(200)
  })
})

describe('whatever is asked', () => {
  it('is answered below 500, with a code, and without a word of the secrets that came with it', async () => {
    const { bare, endpoints, browser, tokenFor } = await start()
    const secrets = { token: await tokenFor(['read', 'operate', 'delete']), ...(await browser()) }
    const path = fc.oneof(
      fc.constantFrom(
        ...endpoints.map((endpoint) => endpoint.path).filter((each) => !each.endsWith('/tail'))
      ),
      fc.webPath().map((each) => `/api/v1${each}`)
    )
    const header = fc.constantFrom<Readonly<Record<string, string>>>(
      {},
      bearer(secrets.token),
      bearer(`${secrets.token}x`),
      { cookie: secrets.cookie },
      { cookie: secrets.cookie, 'candor-csrf': secrets.csrf },
      { cookie: `;;=;${secrets.cookie}=x;__proto__=1` },
      { ...bearer(secrets.token), cookie: secrets.cookie, host: 'evil.example' }
    )
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('dlt', 'constructor', '__proto__', '-1', '1e9', '7d', secrets.token)
    )
    const query = fc.array(
      fc.tuple(fc.constantFrom('product', 'since', 'by', 'limit', '__proto__'), value),
      { maxLength: 3 }
    )
    const key = fc.constantFrom(
      'name',
      'scopes',
      'expires',
      'link',
      'token',
      'sql',
      'rowsMax',
      'product',
      'action',
      'id',
      'reason'
    )
    const body = fc.option(
      fc.oneof(
        fc.string(),
        fc.dictionary(key, fc.oneof(value, fc.jsonValue())).map((each) => JSON.stringify(each))
      )
    )
    const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT', 'OPTIONS')
    await fc.assert(
      fc.asyncProperty(
        method,
        path,
        query,
        header,
        body,
        async (method, path, query, headers, body) => {
          const text = new URLSearchParams(query).toString()
          const told = await bare(`${path.replaceAll(/\{\w+\}/g, 'dlt')}?${text}`, {
            method,
            headers,
            ...(method === 'POST' && body !== null ? { body } : {})
          })
          expect(told.status).toBeLessThan(500)
          if (told.status >= 400) {
            expect(told.code).toMatch(/^[A-Z_]+$/)
            for (const secret of [
              secrets.token,
              secrets.cookie.split('=')[1] as string,
              secrets.csrf
            ])
              expect(told.text).not.toContain(secret)
          }
        }
      ),
      { numRuns: 400 }
    )
  })
})
