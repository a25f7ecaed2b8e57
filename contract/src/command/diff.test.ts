import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseContract, publicationOf, type Contract } from '../index.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runProgram, systemNetwork, testTerminal, type Network } from './program.test-support.ts'

const before = `candor: 1
product: window
title: Window
purpose: Which windows are opened.
recipients: [{ name: Window e.V., where: Germany, for: making better windows }]
retention: { records: 90 days, aggregates: 25 months, backups: 30 days }
consent: { default: opt-out }
identity: { kind: none, says: nothing }
events:
  opened:
    when: It was opened.
    fields:
      width: { type: integer, unit: cm, max: 10, says: how wide it is }
controls: [{ variable: WINDOW_TELEMETRY, off: "0" }]
`
const wider = before.replace('max: 10', 'max: 20')

function contractOf(text: string): Contract {
  const result = parseContract(text)
  if (result.is === 'contract') return result.contract
  throw new Error('the test has no contract')
}

describe('contract diff', () => {
  let folder: string
  let printed: string
  let asked: string[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'candor-diff-'))
    printed = ''
    asked = []
    writeFileSync(join(folder, 'contract.yaml'), wider)
    writeFileSync(join(folder, 'old.yaml'), before)
  })
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true })
    process.exitCode = undefined
  })

  /** A collector that accepts these contracts. */
  function collector(...contracts: readonly Contract[]): Network {
    const answers = new Map<string, unknown>([
      [
        'http://candor.internal:4700/.well-known/telemetry.json',
        { products: contracts.map(({ product, digest }) => ({ product, contract: digest })) }
      ],
      ...contracts.map(
        ({ product, digest, document }) =>
          [
            `http://candor.internal:4700/contracts/${product}/${digest.slice(7)}.json`,
            document
          ] as const
      )
    ])
    return {
      ...systemNetwork,
      fetch(request) {
        asked.push(String(request))
        const answer = answers.get(String(request))
        return Promise.resolve(
          answer === undefined ? new Response('', { status: 404 }) : Response.json(answer)
        )
      }
    }
  }

  /** Its exit code. */
  async function diff(words: readonly string[], network: Network = systemNetwork): Promise<number> {
    const out = (text: string): void => void (printed += text)
    return runProgram(testTerminal({ network, folder, out, error: out }), ['diff', ...words])
  }

  it('tells what is different between two files, and ends with 3 when users are asked again', async () => {
    expect(await diff(['old.yaml'])).toBe(3)
    expect(printed)
      .toBe(`Widening: users are asked again, and send only what they agreed to until they accept.

widening    events.opened.fields.width
  \`width\` has a higher maximum: 20, and 10 before.
  It lets more through than users agreed to.
`)
  })

  it('ends with 0 when nothing or only compatible things are different, and with 4 when something breaks', async () => {
    expect(await diff(['old.yaml', 'old.yaml'])).toBe(0)
    expect(await diff(['contract.yaml', 'old.yaml'])).toBe(0)
    writeFileSync(
      join(folder, 'contract.yaml'),
      before.replace('variable: WINDOW_TELEMETRY', 'variable: NO_WINDOW')
    )
    expect(await diff(['old.yaml'])).toBe(4)
    expect(printed).toMatch(
      /^Same: .*\nCompatible: [\s\S]*\nBreaking: clients, charts or users who rely on it get something else\.\n\nbreaking {4}controls\n/
    )
  })

  it('tells once what a shared group changes in many records', async () => {
    const shared = (max: number): string =>
      before.replace(
        /events:[\s\S]*(?=controls)/,
        `groups: { g: { width: { type: integer, unit: cm, max: ${max} } } }
events:
  opened: { when: It was opened., uses: [g] }
  closed: { when: It was closed., uses: [g] }
`
      )
    writeFileSync(join(folder, 'old.yaml'), shared(10))
    writeFileSync(join(folder, 'contract.yaml'), shared(20))
    await diff(['old.yaml'])
    expect(printed.match(/higher maximum/g)).toHaveLength(1)
    expect(printed).toContain(
      'widening    events.opened.fields.width and 1 more: events.closed.fields.width\n'
    )
  })

  it('prints the paragraph that users are shown, and nothing else', async () => {
    await diff(['old.yaml', '--format', 'paragraph'])
    expect(printed).toBe(
      'Window asks you again, because something goes beyond what you agreed to: how wide it ' +
        'is, in another form or with wider bounds (“It was opened”). Until you agree, none of ' +
        'this is sent, and what you agreed to before goes on.\n'
    )
  })

  it('tells programs everything as JSON', async () => {
    expect(await diff(['old.yaml', '--format', 'json'])).toBe(3)
    expect(JSON.parse(printed)).toMatchObject({
      verdict: 'widening',
      asks_again: true,
      old: {
        name: 'old.yaml',
        product: 'window',
        digest: contractOf(before).digest,
        terms: contractOf(before).terms
      },
      new: { name: 'contract.yaml', terms: contractOf(wider).terms },
      paragraph: expect.stringContaining('asks you again'),
      changes: [{ path: 'events.opened.fields.width', effect: 'widening', consent: 'wider' }]
    })
  })

  describe('with git', () => {
    function git(...words: readonly string[]): void {
      execFileSync(
        'git',
        [
          '-c',
          'user.name=t',
          '-c',
          'user.email=t@example.org',
          '-c',
          'commit.gpgsign=false',
          ...words
        ],
        {
          cwd: folder,
          stdio: 'pipe'
        }
      )
    }
    beforeEach(() => {
      git('init', '-q', '-b', 'main')
      mkdirSync(join(folder, 'telemetry'))
      writeFileSync(join(folder, 'telemetry', 'contract.yaml'), before)
      git('add', '.')
      git('commit', '-q', '-m', 'before')
      writeFileSync(join(folder, 'telemetry', 'contract.yaml'), wider)
    })

    it('reads a revision as git spells it', async () => {
      expect(await diff(['main:telemetry/contract.yaml', 'telemetry'])).toBe(3)
      expect(await diff(['HEAD:./telemetry/contract.yaml', 'main:telemetry/contract.yaml'])).toBe(0)
    })

    it.each(['nowhere:contract.yaml', 'main:nowhere.yaml', '--textconv:x', 'main:telemetry'])(
      'says what git says of %s',
      async (spelled) => {
        await expect(diff(['--', spelled, 'old.yaml'])).rejects.toMatchObject({
          code: 'CONTRACT_UNREADABLE',
          message: expect.stringContaining(spelled)
        })
      }
    )
  })

  it('reads a published version, and refuses one that was altered', async () => {
    const publication = publicationOf({ contract: contractOf(before), existing: new Map() })
    if (publication.is !== 'new') throw new Error('it is published already')
    writeFileSync(join(folder, publication.fileName), publication.text)
    expect(await diff([publication.fileName])).toBe(3)
    writeFileSync(
      join(folder, publication.fileName),
      publication.text.replace('90 days', '91 days')
    )
    await expect(diff([publication.fileName])).rejects.toMatchObject({
      code: 'PRODUCT_INVALID',
      message: expect.stringContaining('DIGEST_MISMATCH')
    })
  })

  it('asks a running collector what it accepts of a product', async () => {
    const network = collector(
      contractOf(before),
      contractOf(before.replace('product: window', 'product: door'))
    )
    expect(await diff(['http://candor.internal:4700#window', 'contract.yaml'], network)).toBe(3)
    expect(asked.at(-1)).toBe(
      `http://candor.internal:4700/contracts/window/${contractOf(before).digest.slice(7)}.json`
    )
    expect(await diff([asked.at(-1) ?? '', 'contract.yaml'], network)).toBe(3)
  })

  it('asks which product is meant, unless there is one only', async () => {
    expect(await diff(['http://candor.internal:4700/'], collector(contractOf(before)))).toBe(3)
    const two = collector(
      contractOf(before),
      contractOf(before.replace('product: window', 'product: door'))
    )
    await expect(diff(['http://candor.internal:4700'], two)).rejects.toMatchObject({
      message: expect.stringContaining('http://candor.internal:4700#door')
    })
    await expect(diff(['http://candor.internal:4700#roof'], two)).rejects.toMatchObject({
      message: expect.stringContaining('nothing of roof')
    })
  })

  it.each([
    ['nothing answers', () => Promise.reject(new TypeError('fetch failed'))],
    ['it is no collector', () => Promise.resolve(new Response('<html>'))],
    ['it answers something else', () => Promise.resolve(Response.json([{ products: 1 }]))]
  ])('says so when %s', async (_what, fetch) => {
    await expect(
      diff(['http://127.0.0.1:1#window'], { ...systemNetwork, fetch })
    ).rejects.toMatchObject({
      code: 'CONTRACT_UNREADABLE'
    })
  })

  it('tells the problems of what is no contract', async () => {
    writeFileSync(join(folder, 'old.yaml'), 'candor: 1\n')
    await expect(diff(['old.yaml'])).rejects.toMatchObject({
      code: 'PRODUCT_INVALID',
      message: expect.stringContaining('old.yaml:1:1 KEY_MISSING')
    })
  })
})
