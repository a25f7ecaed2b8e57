import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram, testTerminal } from '../program.test-support.ts'

let folder: string
let said: string
beforeEach(() => {
  said = ''
  folder = mkdtempSync(join(tmpdir(), 'candor-release-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function release(...words: readonly string[]): Promise<string> {
  let printed = ''
  const terminal = testTerminal({
    folder,
    out: (text) => void (printed += text),
    error: (text) => void (said += text)
  })
  await runProgram(terminal, ['release', ...words, '--product', 'timescaledb'])
  return printed
}

const file = (): string => readFileSync(join(folder, 'releases', 'timescaledb.yaml'), 'utf8')

describe('candor release', () => {
  it('needs to hear what a release runs on, where others say so', async () => {
    await expect(release('add', '9.9.0')).rejects.toThrow(
      /Without --supports 9\.9\.0 would be told to every postgresql.*--supports postgresql=16,17,18/s
    )
    await expect(release('add', '9.9.0', '--supports', 'mysql=8')).rejects.toThrow('postgresql')
    await release('add', '9.9.0', '--supports', 'postgresql=16,17,18')
    expect([file().includes('9.9.0'), said]).toEqual([true, ''])
  })

  it('warns of a platform that is left behind, and of a release that is not the newest', async () => {
    await release('add', '9.9.0', '--supports', 'postgresql=17,18')
    expect(said).toMatch(/^warning: postgresql 16 goes on being told 2\.\d+\.\d+\.\n$/)
    said = ''
    await release('add', '9.8.0', '--supports', 'postgresql=16,17,18')
    expect(said).toContain('warning: 9.9.0 is newer, and goes on being told where both run.')
  })

  it('takes a release out again, and no other byte of the file', async () => {
    await release('add', '9.8.0', '--supports', 'postgresql=16,17,18')
    const before = file()
    await release('add', '9.9.0', '--supports', 'postgresql=16,17,18')
    expect(await release('remove', '9.9.0')).toContain('removed 9.9.0')
    expect(file()).toBe(before)
    await expect(release('remove', '9.9.0')).rejects.toThrow('is written as 9.9.0')
  })

  it('takes one out that somebody wrote on several lines', async () => {
    await release('add', '9.9.0', '--supports', 'postgresql=16,17,18')
    const path = join(folder, 'releases', 'timescaledb.yaml')
    const wide = '  - version: 9.9.1\n    date: 2026-11-20\n    supports: { postgresql: [18] }\n'
    writeFileSync(path, file().replace('releases:\n', `releases:\n${wide}`))
    await release('remove', '9.9.1')
    expect(file()).not.toContain('9.9.1')
    expect(file()).toContain('9.9.0')
  })
})
