/** Whether a request meets the route that its client meant, however it joined base and path. */
import { describe, expect, it } from 'vitest'
import type { HttpRoute } from './route.ts'
import { createRouter } from './router.ts'

const route = (method: 'GET' | 'POST', path: string, anySlashes = false): HttpRoute => ({
  method,
  path,
  anySlashes,
  bodyBytesMax: 1,
  handle: () => ({ status: 200, headers: {}, body: '' }),
  refused: () => ({ status: 405, headers: {}, body: '' })
})
const routes = [
  route('POST', '/v1/batch', true),
  route('POST', '*/dlt', true),
  route('POST', '/in/acme', true),
  route('GET', '/api/v1/ask'),
  route('GET', '/*')
]
const router = createRouter(routes)
const met = (method: string, url: string): string => {
  const target = router(method, url)
  return target.is === 'route' ? target.route.path : String(target.answer.status)
}

describe('slashes', () => {
  it.each([
    ['/v1/batch/', '/v1/batch'],
    ['//v1/batch', '/v1/batch'],
    ['/v1//batch//', '/v1/batch'],
    ['/in/acme/?key=a//b', '/in/acme'],
    ['/t//dlt/', '*/dlt'],
    ['http://collector.example//v1/batch', '/v1/batch']
  ])('are as many as the client likes where reports come in: %s', (url, path) =>
    expect(met('POST', url)).toBe(path)
  )

  it('make another path everywhere else', () => {
    const exact = createRouter(routes.filter(({ path }) => path !== '/*'))
    expect(exact('GET', '/api/v1/ask/').is).toBe('constant')
    expect(exact('GET', '//api/v1/ask').is).toBe('constant')
    expect(met('GET', '/api/v1/ask')).toBe('/api/v1/ask')
  })
})
