import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runProgram, testTerminal } from '../program.test-support.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'candor-edge-build-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it.each([304, 404, 500])('writes no worker, and says so, where %i is answered', async (status) => {
  const terminal = testTerminal({
    folder,
    network: { fetch: () => Promise.resolve(new Response(null, { status })) } as never
  })
  const words = ['edge', 'build', '--collector', 'https://telemetry.example.com', '--out', 'worker']
  await expect(runProgram(terminal, words)).rejects.toThrow('No collector answers')
  expect(readdirSync(folder)).toEqual([])
})
