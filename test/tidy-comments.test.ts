/** Is what a comment says a sentence, with a subject and a verb, that any reader understands? */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import nlp from 'compromise'
import { expect, it } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8'
})
  .split('\n')
  .filter(
    (path) =>
      /\.(ts|tsx|mjs)$/.test(path) &&
      // What a generator wrote, and what others wrote, is not ours to word.
      !/\/fixtures\/|^examples\/[^/]+\/telemetry\.ts$/.test(path) &&
      existsSync(join(root, path))
  )

/** Sentences whose verb the tagger of words does not see. */
const exceptions: readonly string[] = [
  'Any off wins.',
  // A generated client says so, in what a test expects of it.
  'In ms.',
  'How many go from one step to the next, in order and in time?',
  'Records of one sender share one object.',
  'Texts of equal versions compare as text.'
]

/** Most sentences have one of these, and looking them up costs nothing. */
const common =
  /\b(is|are|was|were|has|have|had|does|do|did|can|can't|cannot|may|must|would|will|needs?|names|goes|comes?|came|says?|said|stands?|takes?|gives?|makes?|made|knows?|reads?|counts?|holds?|keeps?|kept|runs?|asks?|asked|gets?|tells?|told|stays?|ends?|waits?|shows?|begins?|means?|be|been|doesn't|isn't|don't|looks?|writes?|written|finds?|found|sends?|sent|lies|lives?)\b/i
/** What a caller gets, in the words that documentation has for it. */
const tags = /^(Throws|Returns|Resolves|Default|Undefined|False|True|Empty)\b|^`[^`]*`/

interface Comment {
  readonly isHead: boolean
  readonly isDoc: boolean
  readonly text: string
}

it('says in comments what a reader understands at once: each sentence has a subject and a verb', () => {
  const found = sources.flatMap((path) =>
    commentsOf(readFileSync(join(root, path), 'utf8'))
      .flatMap(({ isHead, isDoc, text }) => {
        const sentences = text.split(/(?<=[.?!])\s+(?=[A-Z`“])/)
        // Above a declaration the first sentence may be a label, whose subject is the name below.
        return isDoc && !isHead ? sentences.slice(1) : sentences
      })
      .filter((sentence) => !hasVerb(sentence))
      .map((sentence) => ({ path, sentence }))
  )
  const wrong = found.filter(({ sentence }) => !exceptions.includes(sentence))
  expect(wrong.map(({ path, sentence }) => `${path}: ${sentence}`)).toEqual([])
  // An exception that nothing needs any more hides the next one.
  const needed = new Set(found.map(({ sentence }) => sentence))
  expect(exceptions.filter((sentence) => !needed.has(sentence))).toEqual([])
})

function hasVerb(sentence: string): boolean {
  const words = sentence.replaceAll(/`[^`]*`|“[^”]*”/g, 'it')
  return tags.test(sentence) || common.test(words) || nlp(words).verbs().length > 0
}

function commentsOf(source: string): readonly Comment[] {
  const found = source.matchAll(/\/\*\*([\s\S]*?)\*\/|((?:^[ \t]*\/\/[^\n]*\n)+)/gm)
  return [...found].flatMap(({ index, 1: doc, 2: lines }): readonly Comment[] => {
    const isHead = /^(#!.*\n)?\s*$/.test(source.slice(0, index))
    const isDoc = doc !== undefined
    const text = (doc ?? lines ?? '')
      .replaceAll(/^\s*(\*|\/\/) ?/gm, '')
      .replaceAll(/\s+/g, ' ')
      .trim()
    // Told to a tool, not to a reader.
    return /oxlint-|@ts-/.test(text) || text === '' ? [] : [{ isHead, isDoc, text }]
  })
}
