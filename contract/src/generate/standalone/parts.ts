/** What is a client without a package put together from, and which of it does a contract need? */

export type Language = 'typescript' | 'javascript'

/** A declaration of our own sources, as the build read it (`scripts/standalone-parts.mjs`). */
export interface Part {
  readonly from: string
  readonly names: readonly string[]
  /** With the comment before it. */
  readonly text: string
  /** Names that stand in it and are declared outside of it, as the syntax tree has them. */
  readonly uses: readonly string[]
}

/** Beside the compiled generator, also for one that runs from its source. */
export function partsFile(language: Language): URL {
  const isBuilt = import.meta.url.endsWith('.js')
  const folder = isBuilt ? './languages' : '../../../dist/generate/standalone/languages'
  return new URL(`${folder}/${language}.json`, import.meta.url)
}

/** In their order, without what nothing uses. */
export function neededOf(parts: readonly Part[], uses: readonly string[]): readonly Part[] {
  const byName = new Map(parts.flatMap((part) => part.names.map((name) => [name, part] as const)))
  const needed = new Set<Part>()
  const visit = (names: readonly string[]): void => {
    for (const name of names) {
      const part = byName.get(name)
      if (part === undefined || needed.has(part)) continue
      needed.add(part)
      visit(part.uses)
    }
  }
  visit(uses)
  return parts.filter((part) => needed.has(part))
}
