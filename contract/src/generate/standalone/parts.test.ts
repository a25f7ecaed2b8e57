import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { neededOf, partsFile, type Part } from './parts.ts'

const script = new URL('../../../../scripts/standalone-parts.mjs', import.meta.url).href
const { partsIn } = (await import(script)) as {
  readonly partsIn: (from: string, file: 'part.ts', text: string) => readonly Part[]
}
const usesIn = (text: string): readonly string[] => partsIn('test', 'part.ts', text)[0]?.uses ?? []

describe('the parts of a client without a package', () => {
  it('use what their syntax tree uses, wherever a name stands', () => {
    expect(
      usesIn('const f = (x: Shape) => { switch (x) { case limit: return { word } } }')
    ).toEqual(['Shape', 'limit', 'word'])
    expect(usesIn('const f = (at = now) => `${spread([...rest])}: ${ok?yes:no}`')).toEqual([
      'no',
      'now',
      'ok',
      'rest',
      'spread',
      'yes'
    ])
  })

  it('do not use what only looks like a name from outside', () => {
    // Members, labels, texts, comments, and names of their own that hide one from outside.
    expect(
      usesIn("const f = () => { const own = 1; return { own, key: own.member, t: 'word' } }")
    ).toEqual([])
    expect(
      usesIn('function f(list: number[]) { for (const each of list) /* gone */ f([each]) }')
    ).toEqual([])
    expect(usesIn('type T<Item> = (given: Item) => [first: Item]')).toEqual([])
  })

  it('are used again outside of where a name of their own hides one', () => {
    expect(usesIn('const f = () => { { const hidden = 1; f(hidden) } return hidden }')).toEqual([
      'hidden'
    ])
  })

  it('keep the comment that documents them, and may declare several names', () => {
    const [first, second, ...rest] = partsIn(
      'test',
      'part.ts',
      "/** What the file is. */\nimport a from 'a'\n\n/** A pair. */\nexport const [b, c] = a\n" +
        'export declare const filled: string\nfunction d() {}\n'
    )
    expect(first).toMatchObject({ names: ['b', 'c'], text: '/** A pair. */\nconst [b, c] = a' })
    expect(second).toMatchObject({ names: ['d'], text: 'function d() {}', uses: [] })
    expect(rest).toEqual([])
    expect(
      neededOf(
        [first, second].flatMap((each) => each ?? []),
        ['c']
      )
    ).toEqual([first])
  })

  it.each(['typescript', 'javascript'] as const)(
    'use in %s what is declared before',
    (language) => {
      const parts = JSON.parse(readFileSync(partsFile(language), 'utf8')) as readonly Part[]
      expect(parts.find(({ names }) => names.includes('openClient'))?.uses).toContain('sendWaiting')
      const values = parts.filter(({ text }) => /^const /m.test(text) && !text.includes('=>'))
      for (const { names, uses } of values) {
        const before = parts.slice(
          0,
          parts.findIndex((part) => part.names === names)
        )
        const later = parts.flatMap((part) => (before.includes(part) ? [] : part.names))
        expect(uses.filter((use) => later.includes(use) && !names.includes(use))).toEqual([])
      }
    }
  )
})
