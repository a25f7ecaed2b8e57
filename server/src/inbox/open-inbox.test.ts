import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Effects, systemEffects } from '../effects.ts'
import { isCandorError } from '../errors.ts'
import type { Append, DuplicateMark, Inbox, InboxBlock, Tombstone } from './inbox.ts'
import type { InboxLimits } from './limits.ts'
import { openInbox } from './open-inbox.ts'

const START = Date.parse('2026-11-20T12:00:00Z')
const all = { rowsMax: 1_000_000, bytesMax: 1_000_000_000 }
let folder = ''
let now = START
let opened: Inbox[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-inbox-'))
  now = START
})

afterEach(async () => {
  await Promise.all(opened.map((inbox) => inbox.close()))
  opened = []
  await rm(folder, { recursive: true })
})

it('gives back what was appended, in order, as one block of each table', async () => {
  const inbox = await open()
  await inbox.append({ parts: [{ mark: undefined, rows: [rows('a', 1), rows('b', 9)] }] })
  await inbox.append({ parts: [{ mark: undefined, rows: [rows('a', 2, 3)] }] })
  expect(
    (await inbox.nextBlocks(all)).map(({ table, rows, lines }) => [table, rows, lines.toString()])
  ).toEqual([
    ['a', 3, '{"n":1}\n{"n":2}\n{"n":3}\n'],
    ['b', 1, '{"n":9}\n']
  ])
  expect(inbox.state()).toMatchObject({
    entriesWaiting: 3,
    refusing: undefined,
    oldestWaitingAt: START
  })
})

it('repeats a block under the same token until it is loaded, also after a restart', async () => {
  const inbox = await open()
  await append(inbox, 1)
  const [first] = await inbox.nextBlocks(all)
  await append(inbox, 2)
  expect((await inbox.nextBlocks(all))[0]).toEqual(first)
  expect(first?.token).toMatch(new RegExp(`^${inbox.id}/a/\\d+-\\d+$`))
  await inbox.close()
  const again = await open()
  expect(again.id).toBe(inbox.id)
  expect((await again.nextBlocks(all))[0]).toEqual(first)
  await again.loaded(first?.token ?? '')
  const [second] = await again.nextBlocks(all)
  expect(numbers(second)).toEqual([2])
  await again.loaded(second?.token ?? '')
  expect(await again.nextBlocks(all)).toEqual([])
  expect(again.state()).toMatchObject({
    entriesWaiting: 0,
    bytesWaiting: 0,
    oldestWaitingAt: undefined
  })
})

it('keeps blocks within the rows and bytes asked for, but never makes an empty one', async () => {
  const inbox = await open()
  for (const value of [[1, 2], [3, 4], [5]])
    await inbox.append({ parts: [{ mark: undefined, rows: [rows('a', ...value)] }] })
  const seen: number[][] = []
  for (
    let [block] = await inbox.nextBlocks({ rowsMax: 3, bytesMax: 1e9 });
    block !== undefined;
    [block] = await inbox.nextBlocks({ rowsMax: 1, bytesMax: 1 })
  ) {
    seen.push(numbers(block))
    await inbox.loaded(block.token)
  }
  expect(seen).toEqual([[1, 2], [3, 4], [5]])
})

it('keeps a duplicate once: in the same request, in the same commit, later, and after a restart, until it expires', async () => {
  const inbox = await open()
  const part = { mark: mark(1), rows: [rows('a', 1)] }
  const [both, another] = await Promise.all([
    inbox.append({ parts: [part, part] }),
    inbox.append({ parts: [part] })
  ])
  expect([both.fresh, another.fresh]).toEqual([[true, false], [false]])
  expect((await inbox.append({ parts: [part] })).fresh).toEqual([false])
  await inbox.close()
  const again = await open()
  expect((await again.append({ parts: [part] })).fresh).toEqual([false])
  now = START + 999
  expect((await again.append({ parts: [part] })).fresh).toEqual([false])
  now = START + 1_000
  expect((await again.append({ parts: [part] })).fresh).toEqual([true])
  expect(numbers((await again.nextBlocks(all))[0])).toEqual([1, 1])
})

it('answers a duplicate of something that is being committed only once that is committed', async () => {
  const inbox = await open()
  const order: string[] = []
  const first = inbox
    .append({ parts: [{ mark: mark(1), rows: [rows('a', 1)] }] })
    .then(() => order.push('first'))
  await new Promise(setImmediate)
  const second = inbox
    .append({ parts: [{ mark: mark(1), rows: [rows('a', 1)] }] })
    .then(() => order.push('second'))
  expect(order).toEqual([])
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second'])
})

it('suppresses a copy of an unanswered request, also after a restart, and takes one of an answered request as new', async () => {
  const inbox = await open()
  const part = { mark: { ...mark(1), whileUnanswered: true }, rows: [rows('a', 1)] }
  await inbox.append({ parts: [part] })
  await inbox.close()
  const again = await open()
  expect((await again.append({ parts: [part] })).fresh).toEqual([false])
  again.answered([part.mark.digest])
  expect((await again.append({ parts: [part] })).fresh).toEqual([true])
  again.answered([part.mark.digest])
  await again.close()
  const last = await open()
  expect((await last.append({ parts: [part] })).fresh).toEqual([true])
  now = START + 1_000
  expect((await last.append({ parts: [part] })).fresh).toEqual([true])
})

it('halves a refused block until each row is alone, and remembers the halves', async () => {
  const inbox = await open()
  await append(inbox, 1)
  await inbox.append({ parts: [{ mark: undefined, rows: [rows('a', 2, 3, 4)] }] })
  await append(inbox, 5)
  const refused: number[] = []
  const taken: number[] = []
  let current = inbox
  for (;;) {
    const [block] = await current.nextBlocks(all)
    if (block === undefined) break
    if (!numbers(block).includes(3)) {
      taken.push(...numbers(block))
      await current.loaded(block.token)
    } else if (!(await current.split(block.token))) {
      refused.push(...numbers(block))
      await current.loaded(block.token)
    }
    await current.close()
    current = await open()
  }
  expect([taken.sort(), refused]).toEqual([[1, 2, 4, 5], [3]])
  now += 73 * 3_600_000
  await current.sweep(now)
  expect(await current.replay(0)).toBe(0)
})

it('keeps loaded entries for 72 hours, gives them again under their first tokens, then deletes them', async () => {
  const inbox = await open()
  await append(inbox, 1)
  const [block] = await inbox.nextBlocks(all)
  await inbox.loaded(block?.token ?? '')
  now += 71 * 3_600_000
  await inbox.sweep(now)
  expect(await inbox.replay(START)).toBe(1)
  expect((await inbox.nextBlocks(all))[0]).toEqual(block)
  await inbox.loaded(block?.token ?? '')
  now += 73 * 3_600_000
  await inbox.sweep(now)
  expect(await inbox.replay(START)).toBe(0)
  await inbox.close()
  const again = await open()
  await append(again, 2)
  expect((await again.nextBlocks(all))[0]?.token).not.toBe(block?.token)
})

it('gives up loaded entries before their time when they take too much room', async () => {
  const inbox = await open({ limits: { replayBytesMax: 100 } })
  for (let n = 0; n < 10; n++) {
    await append(inbox, n)
    await inbox.loaded((await inbox.nextBlocks(all))[0]?.token ?? '')
  }
  await inbox.sweep(now)
  const kept = await inbox.replay(0)
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(5)
})

it('erases lines from what waits and from what was loaded, and leaves tokens and other lines as they were', async () => {
  const inbox = await open()
  await inbox.append({ parts: [{ mark: undefined, rows: [rows('a', 1, 2, 3)] }] })
  const [loaded] = await inbox.nextBlocks(all)
  await inbox.loaded(loaded?.token ?? '')
  await inbox.append({ parts: [{ mark: undefined, rows: [rows('a', 2, 4), rows('b', 2)] }] })
  const [before] = await inbox.nextBlocks(all)
  await append(inbox, 2)
  expect(
    await inbox.erase(
      (_, line) => line['n'] === 2,
      [{ before: '"n":', values: new Set(['2', '7']) }]
    )
  ).toBe(4)
  expect(await inbox.erase((_, line) => line['n'] === 2)).toBe(0)
  const [after, none] = await inbox.nextBlocks(all)
  expect([after?.token, numbers(after), none]).toEqual([before?.token, [4], undefined])
  await inbox.loaded(after?.token ?? '')
  expect(await inbox.nextBlocks(all)).toEqual([])
  await inbox.replay(0)
  expect(numbers((await inbox.nextBlocks(all))[0])).toEqual([1, 3])
})

describe('what is gone', () => {
  const secret = 'c0ffee'.repeat(6)
  const bytesIn = async (text: string): Promise<readonly string[]> => {
    const found: string[] = []
    for (const name of await readdir(folder, { recursive: true })) {
      const content = await readFile(join(folder, name)).catch(() => Buffer.alloc(0))
      if (content.includes(text)) found.push(name)
    }
    return found
  }
  const line = (text: string, number: number): string =>
    `${JSON.stringify({ number, text: `${text}${'x'.repeat(number * 7)}` })}\n`
  const put = async (inbox: Inbox, text: string, number: number): Promise<void> => {
    await inbox.append({
      parts: [{ mark: mark(number), rows: [{ table: 'a', rows: 1, lines: line(text, number) }] }]
    })
  }

  it('is in no file once the inbox was copied, and what stays is there, before and after a start', async () => {
    const inbox = await open()
    for (let number = 0; number < 60; number++)
      await put(inbox, number % 2 === 0 ? secret : 'stays here', number)
    expect(await bytesIn(secret)).not.toEqual([])
    expect(await inbox.erase((_, { text }) => String(text).startsWith(secret))).toBe(30)
    // Appends go on meanwhile, and reach the copy.
    const during = put(inbox, 'came during', 100)
    expect(await inbox.compact()).toBe(true)
    await during
    await put(inbox, 'came after', 101)
    expect(await bytesIn(secret)).toEqual([])
    expect(await bytesIn('stays here')).toEqual(['inbox.lmdb'])
    const read = async (from: Inbox): Promise<number> => (await from.nextBlocks(all))[0]?.rows ?? 0
    expect(await read(inbox)).toBe(32)
    expect(await inbox.append({ parts: [{ mark: mark(1), rows: [rows('a', 1)] }] })).toEqual({
      fresh: [false]
    })
    expect(await inbox.compact()).toBe(false)
    await inbox.sweep(START)
    expect(await inbox.compact()).toBe(true)
    await inbox.close()
    expect((await readdir(folder)).filter((name) => name.includes('copy'))).toEqual([])
    const again = await open()
    expect(await read(again)).toBe(32)
    expect(await bytesIn(secret)).toEqual([])
  })

  it('leaves nothing behind when a copy was cut off half-way', async () => {
    await (await open()).close()
    await writeFile(join(folder, 'inbox.lmdb.copy-0'), 'half a copy')
    const inbox = await open()
    expect(await readdir(folder)).not.toContain('inbox.lmdb.copy-0')
    await put(inbox, 'kept', 1)
  })
})

it('remembers tombstones until they expire', async () => {
  const inbox = await open()
  const tombstone = {
    product: 'dlt',
    kind: 'deletion',
    digest: 'd'.repeat(64),
    requestedAt: START,
    expiresAt: START + 1_000
  } as const
  await inbox.tombstones.add([tombstone, { ...tombstone, product: 'dblab' }])
  await inbox.tombstones.applied([tombstone], START + 5)
  await inbox.close()
  const again = await open()
  expect(again.tombstones.list('dlt')).toEqual([{ ...tombstone, appliedAt: START + 5 }])
  expect(again.tombstones.list()).toHaveLength(2)
  expect(again.tombstones.has('deletion', tombstone.digest)).toBe(true)
  expect(again.tombstones.has('installation', tombstone.digest)).toBe(false)
  await again.sweep(START + 1_000)
  expect(again.tombstones.has('deletion', tombstone.digest)).toBe(false)
})

it('bounds what strangers can make it remember', async () => {
  const inbox = await open({ limits: { tombstonesMax: 1 } })
  const tombstone = {
    product: 'dlt',
    kind: 'deletion',
    digest: 'd',
    requestedAt: 0,
    expiresAt: START * 2
  } as const
  await inbox.tombstones.add([tombstone])
  await expect(inbox.tombstones.add([{ ...tombstone, digest: 'e' }])).rejects.toMatchObject({
    code: 'INBOX_FULL'
  })
})

it('lets no number of strangers keep an operator, or anybody else, from deleting', async () => {
  const inbox = await open({ limits: { tombstonesMax: 8, tombstonesOfStrangersMax: 4 } })
  const asked = (digest: string, more: object = {}): Tombstone => ({
    product: 'dlt',
    kind: 'deletion',
    digest,
    requestedAt: START,
    expiresAt: START * 2,
    ...more
  })
  const flood = ['a', 'b', 'c', 'd'].map((digest) => asked(digest))
  await inbox.tombstones.add(flood)
  await expect(inbox.tombstones.add([asked('e')])).rejects.toMatchObject({ code: 'INBOX_FULL' })
  await inbox.tombstones.add([asked('mine', { isOperators: true })])
  // Looked for, and found but once: what was found has a place of its own, the rest makes room.
  await inbox.tombstones.found([asked('a')], () => START * 3)
  await inbox.tombstones.applied(flood, START + 5)
  await inbox.tombstones.add([asked('e'), asked('f')])
  expect(
    inbox.tombstones
      .list()
      .map(({ digest }) => digest)
      .toSorted()
  ).toEqual(['a', 'c', 'd', 'e', 'f', 'mine'])
  expect(inbox.tombstones.counts()).toMatchObject({ pending: 3, strangers: 4, strangersMax: 4 })
  await inbox.close()
  expect(
    (await open({ limits: { tombstonesOfStrangersMax: 4 } })).tombstones.counts()
  ).toMatchObject({
    strangers: 4
  })
})

it('forgets the marks that expire next when there are too many', async () => {
  const inbox = await open({ limits: { marksMax: 1 } })
  await inbox.append({
    parts: [{ mark: { ...mark(1), expiresAt: START + 60_000 }, rows: [rows('a', 1)] }]
  })
  await inbox.append({
    parts: [{ mark: { ...mark(2), expiresAt: START + 90_000 }, rows: [rows('a', 2)] }]
  })
  await inbox.sweep(now)
  const again = await inbox.append({
    parts: [1, 2].map((n) => ({ mark: mark(n), rows: [rows('a', n)] }))
  })
  expect(again.fresh).toEqual([true, false])
})

it('refuses when its entries reach the limit, and accepts again once some are loaded', async () => {
  const inbox = await open({ limits: { bytesMax: 60 } })
  await append(inbox, 1)
  await append(inbox, 2)
  expect(inbox.state().refusing).toBe('full')
  await expect(append(inbox, 3)).rejects.toMatchObject({ code: 'INBOX_FULL' })
  await inbox.loaded((await inbox.nextBlocks(all))[0]?.token ?? '')
  await append(inbox, 3)
  expect(numbers((await inbox.nextBlocks(all))[0])).toEqual([3])
})

it('refuses while the disk is almost full, goes on deleting, and accepts again when there is room', async () => {
  let free = 900_000
  const statfs = (async () => ({
    bavail: free,
    blocks: 100_000_000,
    bsize: 4_096
  })) as unknown as Effects['files']['statfs']
  const inbox = await open({
    effects: { files: { ...systemEffects.files, statfs } },
    limits: { diskCheckMs: 5 }
  })
  expect(inbox.state().refusing).toBe('disk-low')
  await expect(append(inbox, 1)).rejects.toMatchObject({ code: 'INBOX_DISK_LOW' })
  await inbox.sweep(now)
  free = 50_000_000
  while (inbox.state().refusing !== undefined) await systemEffects.clock.sleep(5)
  await append(inbox, 1)
})

it('refuses everything once closed', async () => {
  const inbox = await open()
  const last = append(inbox, 1)
  await inbox.close()
  await last
  await inbox.close()
  expect(inbox.state().refusing).toBe('closed')
  await expect(append(inbox, 2)).rejects.toMatchObject({ code: 'INBOX_CLOSED' })
  await expect(inbox.nextBlocks(all)).rejects.toMatchObject({ code: 'INBOX_CLOSED' })
})

it('keeps a second server out, and says which process has the folder', async () => {
  const inbox = await open()
  const second = await openInbox({ folder, effects: systemEffects }).catch(
    (error: unknown) => error
  )
  expect(
    isCandorError(second) && [second.code, second.message.includes(`process ${process.pid}`)]
  ).toEqual(['INBOX_LOCKED', true])
  await inbox.close()
  await open()
  expect(await readdir(folder)).toContain('lock')
})

it.each([
  ['a dead process', JSON.stringify({ pid: 2 ** 22 + 7, host: hostname(), born: 'x/1' })],
  [
    'an earlier process with the number of this one',
    JSON.stringify({ pid: process.pid, host: hostname(), born: 'x/1' })
  ],
  ['a crash while it was written', '']
])('takes over the lock of %s', async (_, content) => {
  await writeFile(join(folder, 'lock'), content)
  await append(await open(), 1)
})

it('says that it can not be opened, and leaves no lock behind', async () => {
  await mkdir(join(folder, 'inbox.lmdb'))
  await expect(open()).rejects.toMatchObject({
    code: 'INBOX_COMMIT_FAILED',
    message: expect.stringContaining(folder)
  })
  expect(await readdir(folder)).not.toContain('lock')
})

it('respects a lock that another host still refreshes', async () => {
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere', born: 'x/1' }))
  now = Date.now()
  await expect(open()).rejects.toMatchObject({ code: 'INBOX_LOCKED' })
  now = Date.now() + 60_000
  await open()
})

async function open(
  options: { effects?: Partial<Effects>; limits?: Partial<InboxLimits> } = {}
): Promise<Inbox> {
  const effects = {
    ...systemEffects,
    clock: { ...systemEffects.clock, now: () => now },
    ...options.effects
  }
  const inbox = await openInbox({
    folder,
    effects,
    ...(options.limits && { limits: options.limits })
  })
  opened.push(inbox)
  return inbox
}

function append(inbox: Inbox, n: number): ReturnType<Inbox['append']> {
  return inbox.append({ parts: [{ mark: undefined, rows: [rows('a', n)] }] })
}

function rows(table: string, ...values: number[]): Append['parts'][number]['rows'][number] {
  return { table, rows: values.length, lines: values.map((n) => `{"n":${n}}\n`).join('') }
}

function mark(n: number): DuplicateMark {
  return { digest: `${n}`.padStart(32, '0'), expiresAt: START + 1_000 }
}

function numbers(block: InboxBlock | undefined): number[] {
  return (block?.lines.toString() ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { n: number }).n)
}
