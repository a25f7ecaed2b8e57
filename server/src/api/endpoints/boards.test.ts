import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestApi, type TestApi } from '../api.test-support.ts'

let api: TestApi
/** Started again in the same folder. */
let again: TestApi | undefined
beforeEach(async () => {
  api = await startTestApi()
})
afterEach(async () => {
  expect(api.faults).toEqual([])
  await again?.close()
  again = undefined
  await api.close()
})

const board = {
  name: 'monday',
  title: 'Monday morning',
  product: 'dlt',
  cards: [{ question: 'events', parameters: { unit: 'day' } }, { question: 'no-such' }]
}
const post = (path: string, body: unknown) => api.ask(path, { method: 'POST', body })

describe('boards', () => {
  it('are saved, listed, replaced and removed', async () => {
    expect((await post('/api/v1/boards', board)).status).toBe(200)
    await post('/api/v1/boards', { ...board, title: 'Another' })
    const { body } = await api.ask('/api/v1/boards')
    expect(body).toMatchObject({
      boards: [{ name: 'monday', title: 'Another', since: '30d', from: 'saved' }],
      problems: []
    })
    const gone = await api.ask('/api/v1/boards/monday', { method: 'DELETE' })
    expect(gone.body).toEqual({ removed: true })
    expect((await api.ask('/api/v1/boards/monday', { method: 'DELETE' })).body).toEqual({
      removed: false
    })
  })

  it.each([
    [{ ...board, name: 'A name' }, 'name'],
    [{ ...board, cards: [] }, 'cards'],
    [{ ...board, cards: Array.from({ length: 25 }, () => ({ question: 'events' })) }, 'cards'],
    [{ ...board, product: 'no-such' }, 'no-such'],
    [{ ...board, more: 1 }, 'no such key']
  ])('that mean nothing are refused in words: %#', async (wrong, word) => {
    const { status, text } = await post('/api/v1/boards', wrong)
    expect([400, 404]).toContain(status)
    expect(text).toContain(word === 'no-such' ? 'product' : word)
  })

  it('beside a contract are shown with those that were saved, and changed there alone', async () => {
    mkdirSync(join(api.folder, 'boards'))
    const text = 'title: From the repository\ncards: [{ question: versions }]\n'
    writeFileSync(join(api.folder, 'boards', 'releases.yaml'), text)
    writeFileSync(join(api.folder, 'boards', 'broken.yaml'), 'title: [')
    writeFileSync(join(api.folder, 'boards', 'huge.yaml'), `${text}#${'x'.repeat(70_000)}`)
    const { body } = await api.ask('/api/v1/boards')
    expect(body['boards']).toMatchObject([{ name: 'releases', product: 'dlt', from: 'file' }])
    expect(body['problems']).toEqual([
      expect.stringContaining('broken.yaml'),
      expect.stringContaining('huge.yaml: must have')
    ])
    expect((await post('/api/v1/boards', { ...board, name: 'releases' })).code).toBe(
      'PARAMETER_INVALID'
    )
  })

  it('are written by operators and read by readers', async () => {
    const authorization = `Bearer ${await api.tokenFor(['read'])}`
    const asReader = (path: string, body?: unknown) =>
      api.bare(path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization },
        body
      })
    expect((await asReader('/api/v1/boards', board)).code).toBe('SCOPE_MISSING')
    expect((await asReader('/api/v1/boards')).status).toBe(200)
    expect((await asReader('/api/v1/shares', { board: 'monday' })).code).toBe('SCOPE_MISSING')
    expect((await api.bare('/api/v1/boards')).code).toBe('TOKEN_MISSING')
  })

  it('say so where their file is no file of ours, and leave it as it is', async () => {
    const { folder } = api
    writeFileSync(join(folder, 'boards.json'), '{"version":2}')
    again = await startTestApi({ folder })
    expect((await again.ask('/api/v1/boards')).code).toBe('BOARDS_UNREADABLE')
    const wanted = await again.ask('/api/v1/boards', { method: 'POST', body: board })
    expect(wanted.code).toBe('BOARDS_UNREADABLE')
    expect(readFileSync(join(folder, 'boards.json'), 'utf8')).toBe('{"version":2}')
    expect((await again.ask('/api/v1/products')).status).toBe(200)
  })
})

describe('a link to a board', () => {
  async function secretOf(expires?: string): Promise<string> {
    await post('/api/v1/boards', board)
    const { body } = await post('/api/v1/shares', { board: 'monday', expires })
    return String(body['path']).split('#')[1] ?? ''
  }
  const shown = (secret: string) =>
    api.bare('/api/v1/shared', { headers: { 'candor-share': secret } })

  it('shows that board with its answers to whoever has it, and a card that can not be answered says why', async () => {
    const { status, body } = await shown(await secretOf())
    expect(status).toBe(200)
    expect(body).toMatchObject({
      board: { name: 'monday' },
      cards: [
        { question: 'events', problem: null, answer: { question: 'events' } },
        { question: 'no-such', answer: null }
      ]
    })
    expect(JSON.stringify(body)).not.toContain('SELECT')
  })

  it('goes on showing what it showed when it was made, also once the board is another', async () => {
    const secret = await secretOf()
    await post('/api/v1/boards', {
      ...board,
      title: 'Something else',
      cards: [{ question: 'versions' }]
    })
    const { body } = await shown(secret)
    expect(body).toMatchObject({
      board: { name: 'monday', title: 'Monday morning' },
      cards: [{ question: 'events' }, { question: 'no-such' }]
    })
  })

  it('gives no other right', async () => {
    const secret = await secretOf()
    const headers = { 'candor-share': secret, authorization: `Bearer ${secret}` }
    expect((await api.bare('/api/v1/boards', { headers })).status).toBe(401)
    expect(
      (await api.bare('/api/v1/products', { headers: { 'candor-share': secret } })).status
    ).toBe(401)
  })

  it('ends when its time is over, when it is revoked, and with its board', async () => {
    const [timed, revoked, last] = [await secretOf('7d'), await secretOf(), await secretOf()]
    const { body } = await api.ask('/api/v1/shares')
    const shares = body['shares'] as readonly { id: string }[]
    expect(shares).toHaveLength(3)
    await api.ask(`/api/v1/shares/${shares[1]?.id}`, { method: 'DELETE' })
    expect((await shown(revoked)).code).toBe('BOARD_UNKNOWN')
    api.moveClock(8 * 86_400_000)
    expect((await shown(timed)).code).toBe('BOARD_UNKNOWN')
    expect((await shown(last)).status).toBe(200)
    await api.ask('/api/v1/boards/monday', { method: 'DELETE' })
    expect((await shown(last)).code).toBe('BOARD_UNKNOWN')
    expect((await shown('x'.repeat(43))).code).toBe('BOARD_UNKNOWN')
    expect((await api.bare('/api/v1/shared')).code).toBe('BOARD_UNKNOWN')
  })

  it('ends with the token that made it, and with whoever made that one', async () => {
    await post('/api/v1/boards', board)
    const parent = await api.tokenFor(['operate'])
    const by = async (token: string, path: string, body: unknown) =>
      (
        await api.bare(path, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
          body
        })
      ).body
    const child = await by(parent, '/api/v1/tokens', { name: 'child', scopes: ['operate'] })
    const made = await by(String(child['token']), '/api/v1/shares', { board: 'monday' })
    const secret = String(made['path']).split('#')[1] ?? ''
    expect((await shown(secret)).status).toBe(200)
    await api.ask('/api/v1/tokens/test-operate-90', { method: 'DELETE' })
    expect((await shown(secret)).code).toBe('BOARD_UNKNOWN')
    expect((await api.ask('/api/v1/shares')).body).toEqual({ shares: [] })
  })

  it('of a file that others can write is not believed, and nothing is written through a planted link', async () => {
    const { folder } = api
    const target = join(folder, 'of-the-operator')
    writeFileSync(target, 'untouched')
    symlinkSync(target, join(folder, 'boards.json.new'))
    const secret = await secretOf()
    expect(readFileSync(target, 'utf8')).toBe('untouched')
    chmodSync(join(folder, 'boards.json'), 0o666)
    again = await startTestApi({ folder })
    const seen = await again.bare('/api/v1/shared', { headers: { 'candor-share': secret } })
    expect(seen.code).toBe('BOARDS_UNREADABLE')
  })

  it('is kept as a digest, outlives a restart, and is in the audit without its secret', async () => {
    const secret = await secretOf()
    const file = readFileSync(join(api.folder, 'boards.json'), 'utf8')
    expect(file).not.toContain(secret)
    again = await startTestApi({ folder: api.folder })
    const seen = await again.bare('/api/v1/shared', { headers: { 'candor-share': secret } })
    expect(seen.status).toBe(200)
    const audit = readFileSync(join(api.folder, 'audit.ndjson'), 'utf8')
    expect(audit).toContain('board-share')
    expect(audit).not.toContain(secret)
  })
})

describe('notes and segments', () => {
  it('are listed for their product, with who wrote them', async () => {
    await post('/api/v1/annotations', { day: '2026-11-20', says: 'The outage' })
    await post('/api/v1/annotations', { day: '2026-11-21', says: 'A release', product: 'dlt' })
    const { body } = await api.ask('/api/v1/annotations?product=dlt')
    const notes = body['annotations'] as readonly { id: string; by: string }[]
    expect(notes).toMatchObject([{ by: 'operator' }, { product: 'dlt' }])
    await api.ask(`/api/v1/annotations/${notes[0]?.id}`, { method: 'DELETE' })
    expect((await api.ask('/api/v1/annotations')).body['annotations']).toHaveLength(1)
    expect((await post('/api/v1/annotations', { day: 'soon', says: 'x' })).code).toBe(
      'PARAMETER_INVALID'
    )
  })

  it('keep filters under a name', async () => {
    const segment = { name: 'ci', title: 'In CI', product: 'dlt', filters: { automation: 'ci' } }
    await post('/api/v1/segments', segment)
    expect((await api.ask('/api/v1/segments')).body).toEqual({ segments: [segment] })
    await api.ask('/api/v1/segments/ci', { method: 'DELETE' })
    expect((await api.ask('/api/v1/segments')).body).toEqual({ segments: [] })
  })
})
