/** What is known of imports outlives a start, has a bound, and is never replaced unread. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { systemEffects } from '../../effects.ts'
import { openImports, type Imports } from './import.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candor-imports-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function open(): Promise<Imports> {
  return openImports({
    path: join(folder, 'imports.json'),
    collector: { collect: () => Promise.resolve([]) },
    catalogue: { product: () => ({}) } as never,
    readingOf: () => undefined,
    effects: systemEffects
  })
}

async function take(imports: Imports, name: string, chunk = 0): Promise<number> {
  const piece = { product: 'dlt', import: name, chunk, isLast: false, events: [] }
  return (await imports.take(piece)).next
}

it('goes on after a start where it stopped', async () => {
  expect(await take(await open(), 'years')).toBe(1)
  const again = await open()
  expect(await take(again, 'years')).toBe(1)
  expect(await take(again, 'years', 1)).toBe(2)
})

it('forgets the one of which nothing came for longest, once there are more than a thousand', async () => {
  await take(await open(), 'first')
  const path = join(folder, 'imports.json')
  const [first] = JSON.parse(readFileSync(path, 'utf8')) as readonly object[]
  const all = Array.from({ length: 1_000 }, (_, index) => ({ ...first, import: `import-${index}` }))
  writeFileSync(path, JSON.stringify(all))
  const imports = await open()
  await take(imports, 'import-0', 1)
  await take(imports, 'one-more')
  const names = imports.list().map((one) => one.import)
  expect(names).toHaveLength(1_000)
  expect(names).toContain('import-0')
  expect(names).not.toContain('import-1')
})

it('does not begin anew where its file can’t be read', async () => {
  mkdirSync(join(folder, 'imports.json'))
  await expect(open()).rejects.toMatchObject({ code: 'EISDIR' })
})
