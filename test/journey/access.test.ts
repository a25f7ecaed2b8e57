/**
 * Giving others access, as an operator does it: tokens, links and browsers, over restarts, and what
 * is left of them on the disk.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeServer, runCandor, startServer, type RunningServer } from './world/candor-server.ts'

let server: RunningServer
/** Whatever must be found nowhere but where it was shown. */
const secrets: string[] = []
beforeAll(async () => {
  server = await startServer({ flags: ['--log', 'debug'] })
})
afterAll(() => removeServer(server))

async function status(
  path: string,
  headers: Readonly<Record<string, string>> = {}
): Promise<number> {
  return (await fetch(`${server.adminUrl}${path}`, { headers })).status
}

async function makeToken(words: readonly string[]): Promise<string> {
  const { code, out, error } = await runCandor(server, ['token', 'create', ...words])
  expect([code, error.startsWith('candor:')]).toEqual([0, false])
  secrets.push(out.trim())
  return out.trim()
}

describe('access', () => {
  it('of a token is what its scopes say, on this machine and from afar, and survives a restart', async () => {
    const token = await makeToken(['grafana', '--expires', '12w'])
    const headers = { authorization: `Bearer ${token}` }
    expect(await status('/api/v1/questions/events?product=dlt', headers)).toBe(200)
    expect(await status('/api/v1/doctor', headers)).toBe(403)
    const environment = { CANDOR_URL: server.adminUrl, CANDOR_TOKEN: token }
    expect((await runCandor(server, ['ask', 'events', '--product', 'dlt'], environment)).code).toBe(
      0
    )
    const refused = await runCandor(
      server,
      ['installation', 'show', 'x', '--product', 'dlt'],
      environment
    )
    expect(refused.error.split('\n')[0]).toBe('candor: SCOPE_MISSING')
    await server.kill('SIGKILL')
    server = await startServer({ folder: server.folder, flags: ['--log', 'debug'] })
    expect(await status('/api/v1/questions/events?product=dlt', headers)).toBe(200)
    expect((await runCandor(server, ['token', 'revoke', 'grafana'])).out).toBe(
      'grafana is revoked\n'
    )
    expect(await status('/api/v1/questions/events?product=dlt', headers)).toBe(401)
  })

  it('of an open live view ends with its token', async () => {
    const token = await makeToken(['watcher'])
    const stream = await fetch(`${server.adminUrl}/api/v1/tail`, {
      headers: { authorization: `Bearer ${token}` }
    })
    expect(stream.status).toBe(200)
    await runCandor(server, ['token', 'revoke', 'watcher'])
    await fetch(`${server.url}/v1/track`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('dlt:')}` },
      body: JSON.stringify({
        anonymousId: 'a',
        event: 'pipeline_load',
        properties: { success: true }
      })
    })
    expect(await stream.text()).toBe('')
  })

  it('of a browser begins with a link, is told apart from programs’, and is in the audit', async () => {
    const { out } = await runCandor(server, ['dashboard'])
    const [page, link = ''] = out.trim().split('#')
    secrets.push(link)
    expect(page).toBe(`${server.adminUrl}/sign-in`)
    const html = await fetch(String(page), { headers: { accept: 'text/html' } })
    expect([html.status, html.headers.get('content-type')]).toEqual([
      200,
      'text/html; charset=utf-8'
    ])
    const body = JSON.stringify({ link })
    const signedIn = await fetch(`${server.adminUrl}/api/v1/session`, { method: 'POST', body })
    const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
    const { csrf } = (await signedIn.json()) as { csrf: string }
    secrets.push(cookie.split('=')[1] ?? '', csrf)
    expect(await status('/api/v1/health', { cookie })).toBe(200)
    expect(
      (await fetch(`${server.adminUrl}/api/v1/session`, { method: 'POST', body })).status
    ).toBe(401)
    const request = JSON.stringify({
      product: 'dlt',
      action: 'delete',
      id: 'an-id-of-this-test-alone',
      reason: 'deletion'
    })
    const erase = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (
        await fetch(`${server.adminUrl}/api/v1/installation`, {
          method: 'POST',
          headers: { cookie, ...headers },
          body: request
        })
      ).status
    expect([await erase({}), await erase({ 'candor-csrf': csrf })]).toEqual([403, 200])
    const audit = await fetch(`${server.adminUrl}/api/v1/audit`, { headers: { cookie } })
    const { acts } = (await audit.json()) as {
      acts: readonly { readonly act: string; readonly who: string }[]
    }
    expect(acts.map(({ act }) => act)).toEqual([
      'installation-delete',
      'sign-in',
      'sign-in-link',
      'token-revoke',
      'token-create',
      'token-revoke',
      'token-create'
    ])
  })

  it('leaves no secret in the log, in the audit, or in any file of the server but its own', async () => {
    await server.kill('SIGTERM')
    expect(secrets.length).toBe(5)
    const written = [
      server.printed(),
      ...filesIn(server.data).map((path) => readFileSync(path, 'latin1'))
    ]
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(40)
      expect(written.some((text) => text.includes(secret))).toBe(false)
    }
    expect(written.some((text) => text.includes('an-id-of-this-test-alone'))).toBe(false)
    for (const name of ['tokens.json', 'audit.ndjson'])
      expect(statSync(join(server.data, name)).mode & 0o777).toBe(0o600)
  })
})

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
