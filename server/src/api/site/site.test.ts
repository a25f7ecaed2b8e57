/** Is the dashboard handed out whole, safely, and only it? */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestApi, type TestApi } from '../api.test-support.ts'

let parent: string
let api: TestApi
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'candor-site-'))
  const folder = join(parent, 'site')
  await mkdir(join(folder, 'assets'), { recursive: true })
  await writeFile(join(parent, 'secret.txt'), 'a secret')
  await writeFile(join(folder, '.hidden.js'), 'a secret')
  await writeFile(
    join(folder, 'index.html'),
    '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/a-1.js"></script>'
  )
  await writeFile(join(folder, 'icon.svg'), '<svg/>')
  await writeFile(join(folder, 'assets', 'a-1.js'), 'plain')
  await writeFile(join(folder, 'assets', 'a-1.js.br'), brotliCompressSync('plain'))
  await writeFile(join(folder, 'assets', 'a-1.js.gz'), gzipSync('plain'))
  api = await startTestApi({ siteFolders: [join(parent, 'none'), folder] })
})
afterAll(async () => {
  await api.close()
  await rm(parent, { recursive: true })
})

const html = { headers: { accept: 'text/html,application/xhtml+xml' } }

describe('the dashboard', () => {
  it('is one page under every path that a browser opens, never kept, with another nonce each time', async () => {
    const nonces = new Set<string>()
    for (const path of [
      '/',
      '/overview',
      '/explore?question=versions',
      '/contract/dlt',
      '/sign-in',
      '/a/b/c'
    ]) {
      const { status, headers, text } = await api.bare(path, html)
      const nonce = /nonce="([\w-]{22})"/.exec(text)?.[1] as string
      expect([status, headers['content-type'], headers['cache-control']]).toEqual([
        200,
        'text/html; charset=utf-8',
        'no-store'
      ])
      expect(headers['content-security-policy']).toContain(`style-src 'self' 'nonce-${nonce}'`)
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(6)
  })

  it('may run its own scripts, and load and send nothing anywhere else', async () => {
    const policy = String((await api.bare('/', html)).headers['content-security-policy'])
    const directives = new Map(
      policy
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)])
    )
    expect(directives.get('default-src')).toEqual(["'none'"])
    expect(directives.get('script-src')).toEqual(["'self'"])
    expect(directives.get('connect-src')).toEqual(["'self'"])
    expect(directives.get('frame-ancestors')).toEqual(["'none'"])
    expect(directives.get('base-uri')).toEqual(["'none'"])
    expect(policy).not.toMatch(/unsafe-|https?:|\*/)
  })

  it('has assets that may be kept for ever, packed as the browser likes', async () => {
    const get = (accepted: string): ReturnType<TestApi['bare']> =>
      api.bare('/assets/a-1.js', { headers: { 'accept-encoding': accepted } })
    const coding = async (accepted: string): Promise<unknown> =>
      (await get(accepted)).headers['content-encoding']
    expect(await coding('gzip, deflate, br, zstd')).toBe('br')
    expect(await coding('gzip')).toBe('gzip')
    expect(await coding('br;q=0, gzip;q=0.5')).toBe('gzip')
    expect(await coding('brotli')).toBeUndefined()
    expect(await coding('')).toBeUndefined()
    const { headers, text } = await get('')
    expect([text, headers['content-type'], headers['cache-control'], headers['vary']]).toEqual([
      'plain',
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
      'Accept-Encoding'
    ])
    expect((await api.bare('/icon.svg')).headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'no-cache'
    })
  })

  it('is not what a program gets that misses a path', async () => {
    for (const path of [
      '/v1/trakc',
      '/overview',
      '/favicon.ico',
      '/assets/none.js',
      '/assets/',
      '/api/v1'
    ])
      expect([(await api.bare(path)).status, (await api.bare(path)).code], path).toEqual([
        404,
        'ROUTE_UNKNOWN'
      ])
    for (const path of ['/api/v2/x', '/favicon.ico', '/assets/none.js'])
      expect((await api.bare(path, html)).code, path).toBe('ROUTE_UNKNOWN')
    expect((await api.bare('/nowhere', { method: 'POST', body: '{}' })).status).toBe(404)
  })

  it('leads nowhere out of its folder, whatever the path', async () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '//',
      '%2e',
      '%2f',
      '\\',
      'assets',
      'secret.txt',
      '.hidden.js',
      'a-1.js',
      '%00',
      'site'
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
        const { status, text } = await api.bare(`/${pieces.join('')}`)
        expect(status).toBeLessThan(500)
        expect(text).not.toContain('a secret')
      }),
      { numRuns: 300 }
    )
  })

  it('that was never built says how to build it', async () => {
    const unbuilt = await startTestApi({ siteFolders: [join(parent, 'none')] })
    const { status, text } = await unbuilt.bare('/', html)
    await unbuilt.close()
    expect([status, text.includes('npm run build')]).toEqual([200, true])
  })

  it('asks for TLS from then on, but never of localhost', async () => {
    const asked = async (onLoopback: boolean): Promise<unknown> => {
      const secure = await startTestApi({ isEncrypted: true, onLoopback })
      const { headers } = await secure.bare('/', html)
      await secure.close()
      return headers['strict-transport-security']
    }
    expect(await asked(false)).toBe('max-age=31536000')
    expect(await asked(true)).toBeUndefined()
  })
})
