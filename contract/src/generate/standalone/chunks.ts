/** Which declarations of our own sources does a client need? Those that others of it name. */

export interface Chunk {
  readonly name: string
  readonly text: string
  /** Of the file that it stands in. */
  readonly from: string
}

const declares = /^(?:export )?(?:async )?(?:const|function|interface|type|class|let) (\w+)/

/**
 * A file's top-level declarations, each with the comment before it. Imports go: whoever is imported
 * stands in the same file later. `declare` is a place that the generator fills.
 */
export function chunksOf(from: string, source: string): readonly Chunk[] {
  const chunks: { name: string; lines: string[] }[] = []
  let comment: string[] = []
  let isImport = false
  let isComment = false
  for (const line of source.split('\n')) {
    if (isImport || /^import\b/.test(line)) {
      isImport = !/\bfrom '[^']+';?$/.test(line)
      comment = []
    } else if (isComment || /^\/[/*]/.test(line)) {
      if (!isComment && line.startsWith('/**')) comment = []
      isComment = !line.endsWith('*/') && !line.startsWith('//')
      comment.push(line)
    } else {
      const name = declares.exec(line)?.[1]
      const last = chunks.at(-1)
      // One that is declared in several forms is one.
      if (name !== undefined && name === last?.name) {
        last.lines.push(line.replace(/^export /, ''))
        comment = []
      } else if (name !== undefined) {
        chunks.push({ name, lines: [...comment, line.replace(/^export /, '')] })
        comment = []
      } else if (!line.startsWith('export ')) chunks.at(-1)?.lines.push(line)
    }
  }
  return chunks.map(({ name, lines }) => ({ name, from, text: lines.join('\n').trimEnd() }))
}

/** In their order, without what nothing names. Two of one name are our mistake. */
export function reachable(chunks: readonly Chunk[], root: string): readonly Chunk[] {
  const byName = new Map<string, Chunk>()
  for (const chunk of chunks) {
    const other = byName.get(chunk.name)
    if (other !== undefined)
      throw new Error(`${chunk.name} is declared in ${other.from} and in ${chunk.from}`)
    byName.set(chunk.name, chunk)
  }
  const needed = new Set<Chunk>()
  const visit = (text: string): void => {
    for (const word of wordsOf(text)) {
      const chunk = byName.get(word)
      if (chunk === undefined || needed.has(chunk)) continue
      needed.add(chunk)
      visit(chunk.text)
    }
  }
  visit(root)
  return chunks.filter((chunk) => needed.has(chunk))
}

/** Names in code: neither in comments nor those of members. */
function wordsOf(text: string): readonly string[] {
  const code = text
    .replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
    .replaceAll(/'(?:[^'\\\n]|\\.)*'/g, "''")
  return code.match(/(?<![\w$]|(?<!\.\.)\.)[A-Za-z_]\w*(?![\w$]*:(?! ?\())/g) ?? []
}
