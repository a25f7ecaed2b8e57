/** What of a damaged inbox comes back, and what must not. */
import {
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from 'node:fs'
import { closeSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type { Inbox, InboxBlock } from './inbox.ts'
import { openInbox } from './open-inbox.ts'
import { salvageInbox } from './salvage.ts'

const effects = systemEffects
const pageBytes = 4_096
let folder = ''
let [inboxFolder, aside] = ['', '']

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candor-salvage-'))
  ;[inboxFolder, aside] = [join(folder, 'inbox'), join(folder, 'inbox.damaged')]
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const digest = 'd'.repeat(64)
const rowsMax = 20
/** Some entries are longer than a page, as batches are. */
const sizeOf = (n: number): number => (n % 7 === 0 ? 9_000 : 60)

const [sent, loadedUntil] = [240, 120]

/** The first half is loaded, the block behind it is on its way, and the others wait. */
async function fill(): Promise<{ readonly id: string; readonly onTheirWay: string }> {
  const inbox = await openInbox({ folder: inboxFolder, effects })
  for (let n = 0; n < sent; n++) {
    const line = `{"n":${n},"text":"${String(n).padEnd(sizeOf(n), 'x')}"}\n`
    await inbox.append({
      parts: [
        {
          mark: { digest: String(n).padStart(32, '0'), expiresAt: Date.now() + 86_400_000 },
          rows: [{ table: 'incoming_a', rows: 1, lines: line }]
        }
      ]
    })
  }
  const requestedAt = Date.now()
  const expiresAt = requestedAt + 86_400_000
  await inbox.tombstones.add([
    { product: 'a', kind: 'deletion', digest, requestedAt, expiresAt, isOperators: true }
  ])
  for (let loaded = 0; loaded < loadedUntil; loaded += rowsMax)
    await inbox.loaded((await next(inbox))?.token ?? '')
  const onTheirWay = (await next(inbox))?.token ?? ''
  await inbox.close()
  return { id: inbox.id, onTheirWay }
}

async function next(inbox: Inbox): Promise<InboxBlock | undefined> {
  return (await inbox.nextBlocks({ rowsMax, bytesMax: 1e9 }))[0]
}

/** All that comes out of the salvaged inbox, as the store would get it. */
async function drain(): Promise<{
  readonly inbox: Inbox
  readonly tokens: readonly string[]
  readonly numbers: readonly number[]
}> {
  const inbox = await openInbox({ folder: inboxFolder, effects })
  const [tokens, numbers]: [string[], number[]] = [[], []]
  for (let block = await next(inbox); block !== undefined; block = await next(inbox)) {
    tokens.push(block.token)
    for (const line of block.lines.toString().trim().split('\n')) {
      const { n, text } = JSON.parse(line) as { n: number; text: string }
      expect(text.replaceAll('x', '')).toBe(String(n))
      numbers.push(n)
    }
    await inbox.loaded(block.token)
  }
  return { inbox, tokens, numbers }
}

const salvage = (): ReturnType<typeof salvageInbox> =>
  salvageInbox({ from: aside, to: inboxFolder, effects })

it('brings all back of an inbox that is whole, under the same tokens', async () => {
  const { id, onTheirWay } = await fill()
  renameSync(inboxFolder, aside)
  expect(await salvage()).toMatchObject({
    records: sent,
    waiting: sent - loadedUntil,
    recordsLost: 0,
    pagesLost: 0,
    deletions: 1,
    keepsId: true
  })
  const { inbox, tokens, numbers } = await drain()
  expect(inbox.id).toBe(id)
  expect(tokens[0]).toBe(onTheirWay)
  expect(numbers).toEqual(
    Array.from({ length: sent - loadedUntil }, (_, index) => index + loadedUntil)
  )
  expect(inbox.tombstones.has('deletion', digest)).toBe(true)
  const again = await inbox.append({
    parts: [{ mark: { digest: '5'.padStart(32, '0'), expiresAt: Date.now() + 1e6 }, rows: [] }]
  })
  expect(again.fresh).toEqual([false])
  await inbox.close()
})

it.each([3, 8, 40])(
  'never gives twice what was loaded, nor what nobody sent: one page of %d is other bytes',
  async (every) => {
    const { id } = await fill()
    renameSync(inboxFolder, aside)
    const path = join(aside, 'inbox.lmdb')
    const file = openSync(path, 'r+')
    const pages = Math.floor(statSync(path).size / pageBytes)
    let state = 20_261_130 + every
    const draw = (): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 1)
    for (let page = 2; page < pages; page++) {
      if (draw() % every !== 0) continue
      const bytes = Buffer.from(Array.from({ length: 64 }, () => draw() & 255))
      writeSync(file, bytes, 0, 64, page * pageBytes + (draw() % (pageBytes - 64)))
    }
    closeSync(file)
    const told = await salvage().catch((error: unknown) => String(error))
    if (typeof told === 'string') return expect(told).toContain('Nothing of the inbox')
    // Few pages may be such that nothing lay in them.
    if (every === 3) expect(told.pagesLost + told.recordsLost).toBeGreaterThan(0)
    const { inbox, tokens, numbers } = await drain()
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers.length).toBe(told.waiting)
    if (told.keepsId) {
      expect(inbox.id).toBe(id)
      for (const token of tokens) expect(token.startsWith(`${id}/`)).toBe(true)
    }
    // New entries have numbers that no block of before had.
    await inbox.append({
      parts: [{ mark: undefined, rows: [{ table: 'incoming_a', rows: 1, lines: '{"n":9000}\n' }] }]
    })
    expect(Number(/\/(\d+)-/.exec((await next(inbox))?.token ?? '')?.[1])).toBeGreaterThan(1e9)
    await inbox.close()
  }
)

it('says so when nothing can be read, and leaves an inbox alone that is there', async () => {
  await fill()
  await expect(salvage()).rejects.toMatchObject({ code: 'INBOX_LOCKED' })
  renameSync(inboxFolder, aside)
  const path = join(aside, 'inbox.lmdb')
  writeFileSync(path, Buffer.alloc(readFileSync(path).length, 7))
  await expect(salvage()).rejects.toMatchObject({ code: 'INBOX_DAMAGED' })
})
