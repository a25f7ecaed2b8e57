/**
 * Whether the built-in products load, operators can bring theirs, and every mistake is told at its
 * place.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import { builtInFolder, loadProducts, problemLine, refusalOf, type LoadedProducts } from './load.ts'
import { publishContract } from './publish.ts'

const { files } = systemEffects
let root = ''
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), 'candor-products-'))))
afterEach(() => rm(root, { recursive: true }))

const contractOf = (product: string, field = 'seats'): string => `candor: 1
product: ${product}
title: Bob's shop
purpose: To know how many seats a shop has.
recipients: [{ name: Bob, where: Norway, for: planning }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out }
identity: { kind: none, says: nothing }
questions: { size: How large are shops? }
events:
  opened:
    when: The shop opened.
    serves: [size]
    fields:
      ${field}: { type: integer, says: how many seats there are }
controls: [{ variable: SHOP_TELEMETRY, off: false }]
never: { sdk: [names], collector: [names] }
`

async function folderWith(
  name: string,
  contents: Readonly<Record<string, string>>
): Promise<string> {
  const folder = join(root, name)
  for (const [path, text] of Object.entries(contents)) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  return folder
}

const load = (...folders: string[]): Promise<LoadedProducts> => loadProducts({ folders, files })
const codes = ({ problems }: LoadedProducts): string[] =>
  problems.filter(({ severity }) => severity === 'error').map(({ code }) => code)

describe('built-in products', () => {
  it('load without a problem, each with its contract among the published ones', async () => {
    const loaded = await load()
    expect(loaded.problems.map(problemLine)).toEqual([])
    expect(loaded.products.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dblab', 'readyset'])
    )
    for (const product of loaded.products)
      expect(product.published.get(product.newest.contract.digest)).toBe(product.newest)
  })

  it('have published what their contracts say now: run `candor contract publish FOLDER` after a change', async () => {
    for (const { name, newest, folder } of (await load()).products) {
      const published = await readdir(join(folder, 'contracts')).catch(() => [])
      expect(published, name).toContain(`${newest.contract.digest.slice('sha256:'.length)}.json`)
    }
  })
})

describe("an operator's products", () => {
  it('are a folder, or a folder of folders', async () => {
    const one = await folderWith('one', { 'contract.yaml': contractOf('shop') })
    const many = await folderWith('many', {
      'a/contract.yaml': contractOf('bakery'),
      'b/contract.yaml': contractOf('bar'),
      'c/README.md': 'none here'
    })
    const loaded = await load(one, many)
    expect(codes(loaded)).toEqual([])
    expect(loaded.products.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['shop', 'bakery', 'bar', 'dblab'])
    )
    expect(loaded.products.find(({ name }) => name === 'shop')).toMatchObject({
      folder: one,
      behaviour: {}
    })
  })
  it('may bring behaviour', async () => {
    const folder = await folderWith('shop', {
      'contract.yaml': contractOf('shop'),
      'product.js':
        'export const product = { segment: { read: () => ({ source: {}, name: "opened", ' +
        'fields: {} }), overload: "drop" } }'
    })
    const shop = (await load(folder)).products.find(({ name }) => name === 'shop')
    expect(shop?.behaviour.segment?.overload).toBe('drop')
  })
  it('take the place of a built-in product of the same name, and keep its behaviour', async () => {
    const folder = await folderWith('dblab', { 'contract.yaml': contractOf('dblab') })
    const loaded = await load(folder)
    const dblab = loaded.products.filter(({ name }) => name === 'dblab')
    expect(dblab).toHaveLength(1)
    expect(dblab[0]).toMatchObject({ folder })
    expect([...(dblab[0]?.newest.contract.records.keys() ?? [])]).toEqual(['opened'])
    expect(dblab[0]?.published.size).toBe(1)
    expect(dblab[0]?.behaviour.routes).toBeTypeOf('function')
  })
  it('cannot be two of one name', async () => {
    const folder = await folderWith('two', {
      'a/contract.yaml': contractOf('shop'),
      'b/contract.yaml': contractOf('shop')
    })
    expect(codes(await load(folder))).toEqual(['PRODUCT_DUPLICATE'])
    expect(codes(await load(join(folder, 'a'), join(folder, 'a')))).toEqual([])
  })
})

describe('a mistake', () => {
  it('is told with file, line, column and code, all at once, and refuses the start', async () => {
    const good = contractOf('shop')
    const one = await folderWith('one', {
      'contract.yaml': good.replace('type: integer', 'type: interger')
    })
    const two = await folderWith('two', { 'contract.yaml': good.replace('when: The', 'wenn: The') })
    const none = join(root, 'nowhere')
    const empty = await folderWith('empty', { 'README.md': '' })
    const loaded = await load(one, two, none, empty)
    const told = loaded.problems.map(problemLine).join('\n')
    const line = good.split('\n').findIndex((text) => text.includes('type: integer')) + 1
    expect(told).toContain(`${join(one, 'contract.yaml')}:${line}:`)
    expect(told).toMatch(/TYPE_UNKNOWN/)
    expect(told).toMatch(/KEY_UNKNOWN/)
    expect(told).toContain(`${none}:1:1 FOLDER_UNREADABLE`)
    expect(told).toContain(`${empty}:1:1 CONTRACT_MISSING`)
    const refusal = refusalOf(loaded.problems)
    expect(refusal?.code).toBe('PRODUCT_INVALID')
    expect(refusal?.message.split('\n').length).toBeGreaterThanOrEqual(4)
    expect(loaded.products.map(({ name }) => name)).toContain('dblab')
  })
  it('is none when all is well', async () => {
    expect(
      refusalOf(
        (await load(await folderWith('one', { 'contract.yaml': contractOf('shop') }))).problems
      )
    ).toBeUndefined()
  })
  it('may be in the behaviour: no export, or no program', async () => {
    const one = await folderWith('one', {
      'contract.yaml': contractOf('shop'),
      'product.js': 'export const something = 1'
    })
    const two = await folderWith('two', {
      'contract.yaml': contractOf('bar'),
      'product.js': 'throw new Error("no")'
    })
    expect(codes(await load(one, two))).toEqual(['BEHAVIOUR_INVALID', 'BEHAVIOUR_INVALID'])
  })
  it('may be in a published version: changed since, or none', async () => {
    const folder = await folderWith('one', { 'contract.yaml': contractOf('shop') })
    const { file } = await publishContract(folder, files)
    await writeFile(file, (await readFile(file, 'utf8')).replace('planning', 'selling'))
    await writeFile(join(folder, 'contracts', 'notes.txt'), '')
    const loaded = await load(folder)
    expect(codes(loaded).sort()).toEqual(['DIGEST_MISMATCH', 'PUBLISHED_INVALID'])
    expect(loaded.problems.map(({ file: where }) => where)).toEqual(
      expect.arrayContaining([file, join(folder, 'contracts', 'notes.txt')])
    )
    await expect(publishContract(folder, files)).rejects.toMatchObject({ code: 'PRODUCT_INVALID' })
  })
})

describe('publishing', () => {
  it('adds a version and never changes one', async () => {
    const folder = await folderWith('one', { 'contract.yaml': contractOf('shop') })
    const first = await publishContract(folder, files)
    expect(first.isNew).toBe(true)
    expect(await publishContract(folder, files)).toEqual({ ...first, isNew: false })
    await writeFile(join(folder, 'contract.yaml'), contractOf('shop', 'tables'))
    const second = await publishContract(folder, files)
    expect(second.digest).not.toBe(first.digest)
    const shop = (await load(folder)).products.find(({ name }) => name === 'shop')
    expect([...(shop?.published.keys() ?? [])].sort()).toEqual([first.digest, second.digest].sort())
    expect(shop?.newest.contract.digest).toBe(second.digest)
    expect([...(shop?.published.get(first.digest)?.columns ?? [])].map(({ name }) => name)).toEqual(
      ['seats']
    )
  })
  it('refuses a contract with problems', async () => {
    const folder = await folderWith('one', { 'contract.yaml': 'candor: 1\n' })
    await expect(publishContract(folder, files)).rejects.toMatchObject({ code: 'PRODUCT_INVALID' })
    expect(await readdir(folder)).toEqual(['contract.yaml'])
  })
})

it('the built-in folder is the one that this file lies in', async () => {
  expect(await readdir(builtInFolder)).toContain('dblab')
})
