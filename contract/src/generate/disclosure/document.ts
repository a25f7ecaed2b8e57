/**
 * What a page is made of, before it is Markdown or HTML. Texts are sentences with code in
 * backticks, as contracts are authored.
 */

export type Block =
  | { readonly is: 'heading'; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly is: 'paragraph'; readonly text: string }
  | { readonly is: 'list'; readonly items: readonly string[] }
  | {
      readonly is: 'table'
      readonly head: readonly string[]
      readonly rows: readonly (readonly string[])[]
    }
  | { readonly is: 'code'; readonly language: string; readonly text: string }

export function heading(level: 1 | 2 | 3, text: string): Block {
  return { is: 'heading', level, text }
}

export function paragraph(text: string): Block {
  return { is: 'paragraph', text }
}

export function list(items: readonly string[]): Block {
  return { is: 'list', items }
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): Block {
  return { is: 'table', head, rows }
}

/** With its full stop. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`
}

/**
 * A stretch of a text: plain words, code, a web address, or a link to a heading of the same page.
 */
export type Span =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'strong'; readonly text: string }
  | { readonly is: 'code'; readonly text: string }
  | { readonly is: 'address'; readonly text: string }
  | { readonly is: 'reference'; readonly text: string; readonly heading: string }

/** What a link to a heading of this page is written as in a block's text. */
export function referenceTo(heading: string, text: string): string {
  return `\u0001${text}\u0002${heading}\u0003`
}

export function strong(text: string): string {
  return `\u0004${text}\u0005`
}

// Control characters cannot be authored, so nothing that a contract says is taken for a link.
const spans =
  // oxlint-disable-next-line no-control-regex
  /\u0001([^\u0002]*)\u0002([^\u0003]*)\u0003|\u0004([^\u0005]*)\u0005|(?<!`)(`+)(?!`)(.+?)(?<!`)\4(?!`)|(https?:\/\/[^\s<>"'`|]*[^\s<>"'`|.,;:!?)])/gu

export function spansOf(text: string): readonly Span[] {
  const found: Span[] = []
  let at = 0
  for (const match of text.matchAll(spans)) {
    if (match.index > at) found.push({ is: 'text', text: text.slice(at, match.index) })
    at = match.index + match[0].length
    const [, label, heading, bold, , code, address] = match
    if (heading !== undefined) found.push({ is: 'reference', text: label ?? '', heading })
    else if (bold !== undefined) found.push({ is: 'strong', text: bold })
    else if (code !== undefined)
      found.push({ is: 'code', text: /^ .*[^ ].* $/.test(code) ? code.slice(1, -1) : code })
    else if (address !== undefined) found.push({ is: 'address', text: address })
  }
  if (at < text.length) found.push({ is: 'text', text: text.slice(at) })
  return found
}

/**
 * The name by which a link finds a heading: the one that code hosts and docs sites give it in
 * Markdown.
 */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')
}
