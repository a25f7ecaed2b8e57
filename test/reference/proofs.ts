/**
 * Follows a path into an authored contract, and says what our page must print of what it leads to.
 */
import type { Contract } from '@candor/contract'

/**
 * What a page must hold: any one of these, in whatever case. Undefined where the path leads
 * nowhere.
 */
export type Proof = { readonly texts: readonly string[] } | undefined

/**
 * Keys joined by `.`; in a list the rest of the path is one of its items, or one of an item's
 * values (`controls.--disable-telemetry`).
 * A record or field is proved by its name in code, a text by itself.
 */
export function proofOf({ document }: Contract, path: string): Proof {
  if (path === 'consent.default') return startOf(document)
  let at: unknown = document
  const keys = path.split('.')
  for (const [index, key] of keys.entries()) {
    if (Array.isArray(at)) return isIn(at, keys.slice(index).join('.'))
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return { texts: typeof at === 'string' ? [at] : [`\`${keys.at(-1)}\``, `.${keys.at(-1)}\``] }
}

function isIn(items: readonly unknown[], value: string): Proof {
  const found = items.some((item) =>
    typeof item === 'object' && item !== null
      ? Object.values(item).some((each) => String(each) === value)
      : item === value
  )
  return found ? { texts: [value] } : undefined
}

function startOf(document: unknown): Proof {
  const { consent } = document as { readonly consent: { readonly default: string } }
  return consent.default === 'opt-out' ? { texts: ['On unless you turn it off.'] } : undefined
}

/** Texts as a reader sees them: without the marks of Markdown, in one case. */
export function plainOf(markdown: string): string {
  return markdown
    .replaceAll(/\\([\\`*[\]{}~<_|])/g, '$1')
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase()
}
