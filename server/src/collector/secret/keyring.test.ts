import { createHmac, hkdfSync } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { type Keyring, openKeyring } from './keyring.ts'
import { parseEpochs } from './secret-file.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-keyring-'))
})

afterEach(() => rm(folder, { recursive: true }))

it('makes a secret that only its owner can read, and the same tokens with it after a restart', async () => {
  const first = await open()
  const second = await open()
  expect([first.isNew, second.isNew]).toEqual([true, false])
  expect((await stat(join(folder, 'keys', 'secret'))).mode & 0o777).toBe(0o600)
  expect(second.installation('dlt', 'a')).toBe(first.installation('dlt', 'a'))
})

it('derives each key from the secret by product, purpose and epoch', async () => {
  const keyring = await open()
  const master = Buffer.from((await readFile(join(folder, 'keys', 'secret'), 'utf8')).trim(), 'hex')
  const key = Buffer.from(hkdfSync('sha256', master, 'candor', 'installation/1/dlt', 32))
  expect(keyring.installation('dlt', 'raw')).toBe(
    createHmac('sha256', key).update('raw').digest('hex').slice(0, 32)
  )
})

it('gives different tokens to the same text in another product, purpose, field or hands', async () => {
  const keyring = await open()
  const field = (name: string, value: string, owner: string | undefined, product = 'dlt'): string =>
    keyring.field({ product, field: name, value, owner })
  const tokens = [
    keyring.installation('dlt', 'x'),
    keyring.installation('dblab', 'x'),
    keyring.account('dlt', 'x'),
    keyring.lineage('dlt', 'x'),
    keyring.session('dlt', 'x'),
    keyring.duplicate('dlt', '', 'x'),
    keyring.duplicate('dlt', 'x', ''),
    keyring.name('dlt', 'x'),
    field('a', 'x', undefined),
    field('b', 'x', undefined),
    field('a', 'x', 'one'),
    field('a', 'x', 'two'),
    field('a', 'twox', ''),
    field('ab', 'x', 'one')
  ]
  expect(new Set(tokens).size).toBe(tokens.length)
  for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/)
  expect(keyring.duplicate('dlt', 's', Buffer.from('body'))).toBe(
    keyring.duplicate('dlt', 's', 'body')
  )
})

it('starts an epoch by rotating, keeps duplicates recognisable, and still finds the tokens of every epoch', async () => {
  const keyring = await open()
  const before = keyring.installation('dlt', 'a')
  const duplicate = keyring.duplicate('dlt', '', 'm')
  expect(await keyring.rotate()).toBe(2)
  const after = keyring.installation('dlt', 'a')
  expect(after).not.toBe(before)
  expect(keyring.duplicate('dlt', '', 'm')).toBe(duplicate)
  const again = await open()
  expect(again.epoch).toBe(2)
  expect(again.installation('dlt', 'a')).toBe(after)
  expect(again.installationInAllEpochs('dlt', 'a')).toEqual([after, before])
})

it('refuses a secret that others may read, says how to mend it, and never prints it', async () => {
  await open()
  const path = join(folder, 'keys', 'secret')
  await chmod(path, 0o640)
  await expect(open()).rejects.toMatchObject({
    code: 'SECRET_UNREADABLE',
    message: expect.stringContaining(`chmod 600 ${path}`)
  })
})

it('refuses a damaged secret instead of making a new one over it', async () => {
  await open()
  await writeFile(join(folder, 'keys', 'secret'), 'short')
  await expect(open()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
  await rm(join(folder, 'keys', 'secret'))
  await writeFile(join(folder, 'keys', 'secret.epochs.json'), '{}')
  await expect(open()).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' })
})

it('refuses to keep the secret inside the data folder', async () => {
  const path = join(folder, 'data', 'secret')
  await expect(
    openKeyring({ path, dataFolder: join(folder, 'data'), effects: systemEffects })
  ).rejects.toMatchObject({
    code: 'SECRET_UNREADABLE'
  })
  expect(await readdir(folder)).toEqual([])
})

it('never throws on a damaged file of epochs', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc
          .array(fc.record({ epoch: fc.anything(), since: fc.anything() }))
          .map((epochs) => JSON.stringify({ epochs }))
      ),
      (text) => {
        const epochs = parseEpochs(text)
        if (epochs !== undefined) expect(epochs.length).toBeGreaterThan(0)
      }
    )
  )
  expect(parseEpochs('{"epochs":[{"epoch":2,"since":1},{"epoch":1,"since":2}]}')).toBeUndefined()
})

function open(): Promise<Keyring> {
  return openKeyring({
    path: join(folder, 'keys', 'secret'),
    dataFolder: join(folder, 'data'),
    effects: systemEffects
  })
}
