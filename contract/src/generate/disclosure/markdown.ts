/**
 * Writes a page as Markdown that code hosts and docs sites show alike (also those that read braces
 * and tags as code).
 */
import { anchorOf, spansOf, type Block, type Span } from './document.ts'

export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join('\n\n')}\n`
}

function blockText(block: Block): string {
  switch (block.is) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${line(block.text)}`
    case 'paragraph':
      return paragraph(block.text)
    case 'list':
      return block.items.map((item) => `- ${paragraph(item)}`).join('\n')
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows]
        .map(
          (cells, row) =>
            `| ${cells.map((cell) => (row === 1 ? cell : inCell(cell))).join(' | ')} |`
        )
        .join('\n')
    case 'code': {
      const fence = '`'.repeat(
        Math.max(3, ...[...block.text.matchAll(/^`+/gm)].map(([run]) => run.length + 1))
      )
      return `${fence}${block.language}\n${block.text}\n${fence}`
    }
  }
}

function line(text: string): string {
  return spansOf(oneLine(text)).map(spanText).join('')
}

/** What begins a paragraph must not make it a list, a heading or a quotation. */
function paragraph(text: string): string {
  return line(text)
    .replace(/^(\d+)([.)])(?=\s)/, '$1\\$2')
    .replace(/^([-+#>=])/, '\\$1')
}

// A bar ends a cell even in code.
function inCell(text: string): string {
  return line(text).replaceAll('|', '\\|')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

function spanText(span: Span): string {
  switch (span.is) {
    case 'text':
      return escaped(span.text)
    case 'strong':
      return `**${escaped(span.text)}**`
    case 'code':
      return codeText(span.text)
    case 'address':
      return `[${escaped(span.text)}](${span.text.replaceAll(/[()\\]/g, encodeURIComponent)})`
    case 'reference':
      return `[${spansOf(span.text).map(spanText).join('')}](#${anchorOf(span.heading)})`
  }
}

function codeText(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const padded = longest > 0 || /^ .* $/.test(text) || text === '' ? ` ${text} ` : text
  return `${fence}${padded}${fence}`
}

function escaped(text: string): string {
  return text
    .replaceAll(/[\\`*[\]{}~<]/g, '\\$&')
    .replaceAll(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
    .replaceAll(/&(?=#?\w+;)/g, '&amp;')
}
