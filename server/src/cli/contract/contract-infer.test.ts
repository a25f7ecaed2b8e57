import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseContract, publicationOf } from '@candor/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemEffects, systemNetwork, type Network } from '../../effects.ts'
import { initProduct } from '@candor/contract/command'
import { runProgram, testTerminal } from '../program.test-support.ts'

const events = Array.from({ length: 40 }, (_, index) =>
  JSON.stringify({
    anonymousId: `id-${index % 8}`,
    event: 'Command Run',
    properties: {
      command: ['build', 'test'][index % 2],
      elapsed: index / 4,
      email: `user${index}@example.org`
    }
  })
).join('\n')

describe('contract infer', () => {
  let folder: string
  let printed: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-infer-'))
    printed = ''
    writeFileSync(join(folder, 'events.jsonl'), events)
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
    process.exitCode = undefined
  })

  async function candor(
    words: readonly string[],
    network: Network = systemNetwork
  ): Promise<number> {
    printed = ''
    const out = (text: string): void => void (printed += text)
    return runProgram(
      testTerminal({
        effects: {
          ...systemEffects,
          clock: { ...systemEffects.clock, now: () => Date.parse('2026-11-20T12:00:00Z') }
        },
        network,
        environment: {
          CANDOR_URL: 'http://candor.internal:4700',
          CANDOR_TOKEN: 'a-token-of-a-collector'
        },
        folder,
        out,
        error: out,
        readInput: () => Promise.resolve(events)
      }),
      ['contract', ...words]
    )
  }

  it('proposes a contract that the check passes, and prints nothing that looked personal', async () => {
    await candor(['infer', 'events.jsonl', '--product', 'acme', '--out', 'contract.yaml'])
    expect(printed).toBe('wrote contract.yaml\n')
    const text = readFileSync(join(folder, 'contract.yaml'), 'utf8')
    expect(text).toContain('values: [ build, test ]')
    expect(text).not.toContain('@')
    expect(await candor(['check'])).toBe(0)
    expect(printed).toContain('1 contract: 0 errors')
    expect(printed).not.toContain('error ')
  })

  it('reads standard input, and prints what it proposes', async () => {
    await candor(['infer', '-'])
    const result = parseContract(printed)
    expect(result).toMatchObject({ is: 'contract', contract: { product: 'my-product' } })
  })

  it('takes the name of a plain event from where it is said to be', async () => {
    writeFileSync(join(folder, 'plain.json'), JSON.stringify([{ meta: { is: 'saved' }, ok: true }]))
    await candor(['infer', 'plain.json', '--name-from', 'meta.is'])
    expect(printed).toContain('  saved:\n')
  })

  it('never writes over a file', async () => {
    writeFileSync(join(folder, 'contract.yaml'), 'mine')
    await expect(candor(['infer', 'events.jsonl', '--out', 'contract.yaml'])).rejects.toMatchObject(
      { code: 'PARAMETER_INVALID' }
    )
    expect(readFileSync(join(folder, 'contract.yaml'), 'utf8')).toBe('mine')
  })

  it.each([
    [[], 'Name a file of events'],
    [['events.jsonl', '--drift', 'acme'], 'Name a file of events'],
    [['nothing.jsonl'], 'there is none'],
    [['empty.jsonl'], 'There is no event in it'],
    [['events.jsonl', '--product', 'Acme!'], "can't be a product's name"]
  ])('says what is wrong with %j', async (words, message) => {
    writeFileSync(join(folder, 'empty.jsonl'), 'no\nevents\n')
    await expect(candor(['infer', ...words])).rejects.toMatchObject({
      code: 'PARAMETER_INVALID',
      message: expect.stringContaining(message)
    })
    expect(existsSync(join(folder, 'contract.yaml'))).toBe(false)
  })

  it('proposes the next version from what a running collector did not keep', async () => {
    const [path = ''] = await initProduct({
      name: 'acme',
      folder: join(folder, 'acme'),
      effects: systemEffects
    })
    const parsed = parseContract(readFileSync(path, 'utf8'))
    const publication =
      parsed.is === 'contract'
        ? publicationOf({ contract: parsed.contract, existing: new Map() })
        : undefined
    if (parsed.is !== 'contract' || publication?.is !== 'new') throw new Error('no contract')
    const network: Network = {
      ...systemNetwork,
      fetch: (input) => {
        const url = String(input instanceof Request ? input.url : input)
        if (url.endsWith('/.well-known/telemetry.json'))
          return Promise.resolve(
            Response.json({ products: [{ product: 'acme', contract: parsed.contract.digest }] })
          )
        if (url.includes('/contracts/acme/')) return Promise.resolve(new Response(publication.text))
        if (!url.includes('/questions/drift?product=acme&since=7d')) throw new Error(url)
        const row = {
          reason: 'FIELD_NOT_IN_CONTRACT',
          record: 'command_run',
          name: 'retries',
          kind: 'number',
          records: 9,
          installations: 7
        }
        return Promise.resolve(Response.json({ rows: [row, { ...row, name: '#4a77fd04' }] }))
      }
    }
    await candor(['infer', '--drift', 'acme', '--since', '7d', '--out', 'next.yaml'], network)
    expect(readFileSync(join(folder, 'next.yaml'), 'utf8')).toMatch(
      /# review: came 9 times from 7 installations\n +retries: \{ type: number, says: retries \}/
    )
    expect(await candor(['check', 'next.yaml'])).toBe(0)
    expect(await candor(['diff', 'acme', 'next.yaml'])).toBe(3)
  })
})
