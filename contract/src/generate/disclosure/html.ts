/**
 * Writes a page as one HTML file: no script, nothing loaded, readable by day, by night and on
 * paper.
 */
import { anchorOf, spansOf, type Block, type Span } from './document.ts'

export function toHtml(
  blocks: readonly Block[],
  { title, description }: { readonly title: string; readonly description: string }
): string {
  const sections = blocks
    .filter((block) => block.is === 'heading')
    .filter(({ level }) => level === 2)
  const contents = sections
    .map(({ text }) => `<li><a href="#${anchorOf(text)}">${inline(text)}</a></li>`)
    .join('\n')
  const first = blocks.findIndex((block) => block.is === 'heading' && block.level === 2)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="description" content="${escaped(description)}">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${blocks.slice(0, first).map(blockHtml).join('\n')}
<nav aria-label="Contents">
<ol>
${contents}
</ol>
</nav>
${blocks.slice(first).map(blockHtml).join('\n')}
</main>
</body>
</html>
`
}

function blockHtml(block: Block): string {
  switch (block.is) {
    case 'heading':
      return `<h${block.level} id="${anchorOf(block.text)}">${inline(block.text)}</h${block.level}>`
    case 'paragraph':
      return `<p>${inline(block.text)}</p>`
    case 'list':
      return `<ul>\n${block.items.map((item) => `<li>${inline(item)}</li>`).join('\n')}\n</ul>`
    case 'table': {
      const head = block.head.map((cell) => `<th scope="col">${inline(cell)}</th>`).join('')
      const rows = block.rows.map(
        (cells) => `<tr>${cells.map((cell) => `<td>${inline(cell)}</td>`).join('')}</tr>`
      )
      return (
        '<div class="table" tabindex="0" role="region" ' +
        `aria-label="Table">\n<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>\n</div>`
      )
    }
    case 'code':
      return `<pre><code>${escaped(block.text)}</code></pre>`
  }
}

function inline(text: string): string {
  return spansOf(text.replaceAll(/\s+/g, ' ').trim()).map(spanHtml).join('')
}

function spanHtml(span: Span): string {
  switch (span.is) {
    case 'text':
      return escaped(span.text)
    case 'strong':
      return `<strong>${escaped(span.text)}</strong>`
    case 'code':
      return `<code${span.text.length > shortCodeMax ? ' class="long"' : ''}>${escaped(span.text)}</code>`
    case 'address':
      return `<a href="${escaped(span.text)}" rel="noreferrer">${escaped(span.text)}</a>`
    case 'reference':
      return `<a href="#${anchorOf(span.heading)}">${spansOf(span.text).map(spanHtml).join('')}</a>`
  }
}

/** Longer ones may be broken anywhere; a name must not. */
const shortCodeMax = 40

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '')
}

const style = `
:root { --ink: #1c2126; --soft: #57606a; --line: #d5dae0; --back: #fff; --panel: #f5f7f9; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa5b1; --line: #38414a; --back: #14181c; --panel: #1e242a; --link: #7ab8f5; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
p, li { max-width: 46rem; overflow-wrap: break-word; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
a { color: var(--link); text-underline-offset: .25em; }
nav ol { columns: 2 18rem; padding-left: 1.25rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .88em; }
code { background: var(--panel); border-radius: 3px; padding: .1em .3em; }
.long { overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
.table { overflow-x: auto; margin: .75rem 0 1.25rem; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); min-width: 6rem; }
td:nth-child(2) { min-width: 13rem; }
th { color: var(--soft); font-weight: 600; }
@media print {
  :root { --ink: #000; --soft: #333; --line: #999; --back: #fff; --panel: #fff; --link: #000; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  .table, pre { overflow: visible; }
  pre { white-space: pre-wrap; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
}
`
