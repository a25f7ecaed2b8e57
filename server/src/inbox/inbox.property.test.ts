import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { systemEffects } from '../effects.ts'
import type { Append, Appended } from './inbox.ts'
import { openInbox } from './open-inbox.ts'

/**
 * A part: its mark, if any, and how many rows it has. Copies of a marked part have the same rows,
 * as a client's retry would.
 */
interface Part {
  readonly mark: number | undefined
  readonly rows: number
}

type Step =
  | { readonly does: 'append'; readonly requests: readonly (readonly Part[])[] }
  | { readonly does: 'load'; readonly rowsMax: number }
  | { readonly does: 'split' | 'reopen' | 'sweep' | 'erase' }

// So small that parts fill several entries and a block takes several turns to read.
const limits = { entryBytesMax: 200, readChunkBytes: 300 }
const part: fc.Arbitrary<Part> = fc.record({
  mark: fc.option(fc.nat({ max: 12 }), { nil: undefined }),
  rows: fc.integer({ min: 1, max: 4 })
})
const requests = fc.array(fc.array(part, { maxLength: 4 }), { minLength: 1, maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: requests.map((each): Step => ({ does: 'append', requests: each })) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 9 }).map((rowsMax): Step => ({ does: 'load', rowsMax }))
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom<Step['does'][]>('split', 'reopen', 'sweep', 'erase')
      .map((does) => ({ does }) as Step)
  }
)

it('keeps every answered part exactly once, whatever happens in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'candor-inbox-'))
      try {
        const { expected, loaded } = await run(folder, steps)
        expect(loaded.sort()).toEqual(expected.sort())
      } finally {
        await rm(folder, { recursive: true })
      }
    }),
    { numRuns: 40 }
  )
})

async function run(
  folder: string,
  steps: readonly Step[]
): Promise<{ expected: string[]; loaded: string[] }> {
  let inbox = await openInbox({ folder, effects: systemEffects, limits })
  const expected: string[] = []
  const loaded: string[] = []
  const seen = new Set<number>()
  let serial = 0
  for (const step of [...steps, { does: 'drain' } as const]) {
    switch (step.does) {
      case 'append': {
        const appends = step.requests.map((request) =>
          request.map((each) => ({ ...each, lines: linesOf(each, ++serial) }))
        )
        const answers = await Promise.all(
          appends.map((parts): Promise<Appended> => inbox.append(appendOf(parts)))
        )
        for (const [index, parts] of appends.entries()) {
          for (const [at, { mark, lines }] of parts.entries()) {
            expect(answers[index]?.fresh[at]).toBe(mark === undefined || !seen.has(mark))
            if (mark === undefined || !seen.has(mark)) expected.push(...lines)
            if (mark !== undefined) seen.add(mark)
          }
        }
        break
      }
      case 'load':
        for (const block of await inbox.nextBlocks({ rowsMax: step.rowsMax, bytesMax: 1e9 })) {
          expect(block.rows).toBe(block.lines.toString().split('\n').length - 1)
          loaded.push(...block.lines.toString().trimEnd().split('\n'))
          await inbox.loaded(block.token)
        }
        break
      case 'split':
        for (const block of await inbox.nextBlocks({ rowsMax: 100, bytesMax: 1e9 }))
          expect(await inbox.split(block.token)).toBe(block.rows > 1)
        break
      case 'erase': {
        // Of what was loaded only the copy kept for replay is erased.
        await inbox.erase(
          (_, line) => line['row'] === 1,
          [{ before: '"row":', values: new Set(['1']) }]
        )
        const gone = expected.filter((line) => line.includes('"row":1') && !loaded.includes(line))
        expected.splice(0, expected.length, ...expected.filter((line) => !gone.includes(line)))
        break
      }
      case 'sweep':
        await inbox.sweep(Date.now())
        break
      case 'reopen':
        await inbox.close()
        inbox = await openInbox({ folder, effects: systemEffects, limits })
        break
      case 'drain':
        for (
          let blocks = await inbox.nextBlocks({ rowsMax: 5, bytesMax: 1e9 });
          blocks.length > 0;
          blocks = await inbox.nextBlocks({ rowsMax: 5, bytesMax: 1e9 })
        ) {
          for (const block of blocks) {
            loaded.push(...block.lines.toString().trimEnd().split('\n'))
            await inbox.loaded(block.token)
          }
        }
        expect(inbox.state()).toMatchObject({ entriesWaiting: 0, bytesWaiting: 0 })
        await inbox.close()
    }
  }
  return { expected, loaded }
}

function linesOf({ mark, rows }: Part, serial: number): string[] {
  return Array.from({ length: rows }, (_, row) =>
    JSON.stringify(mark === undefined ? { serial, row } : { mark, row, serial })
  )
}

function appendOf(parts: readonly (Part & { readonly lines: readonly string[] })[]): Append {
  return {
    parts: parts.map(({ mark, lines }, index) => ({
      mark:
        mark === undefined
          ? undefined
          : { digest: `${mark}`.padStart(32, '0'), expiresAt: Date.now() + 3_600_000 },
      rows: [
        {
          table: index % 2 === 0 ? 'even' : 'odd',
          rows: lines.length,
          lines: lines.map((line) => `${line}\n`).join('')
        }
      ]
    }))
  }
}
