/**
 * Where does a line of SQL break that is too long to read? It breaks between its parts, the
 * outermost first.
 */

const widthMax = 110

/** Every line fits, as long as no single word is longer. Nothing but spaces and lines changes. */
export function inLines(statement: string): string {
  return statement
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? ''
      return fold(line.slice(indent.length), indent)
    })
    .join('\n')
}

function fold(text: string, indent: string): readonly string[] {
  if (indent.length + text.length <= widthMax) return [indent + text]
  const parts = partsOf(text)
  if (parts.length > 1) {
    const lines = packed(parts, widthMax - indent.length - 2)
    return lines.flatMap((line, index) => fold(line, index === 0 ? indent : `${indent}  `))
  }
  const [open, close] = longestGroup(text)
  if (open < 0) return [indent + text]
  return [
    indent + text.slice(0, open + 1),
    ...fold(text.slice(open + 1, close).trim(), `${indent}  `),
    ...fold(text.slice(close), indent)
  ]
}

/** Between commas, and before AND and OR, that stand in no parentheses. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = []
  let from = 0
  for (const { at, depth } of places(text)) {
    if (depth > 0) continue
    const cut = text.startsWith(', ', at)
      ? at + 2
      : /^ (?:AND|OR) /.test(text.slice(at, at + 5))
        ? at + 1
        : 0
    if (cut <= from) continue
    parts.push(text.slice(from, cut).trimEnd())
    from = cut
  }
  return [...parts, text.slice(from)].filter((part) => part !== '')
}

/** As many parts on a line as fit. */
function packed(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last === undefined || last.length + part.length + 1 > width) lines.push(part)
    else lines[lines.length - 1] = `${last} ${part}`
  }
  return lines
}

/** Of the outermost parentheses and brackets, those around most. */
function longestGroup(text: string): readonly [open: number, close: number] {
  let found: readonly [number, number] = [-1, -1]
  let open = -1
  for (const { at, depth } of places(text)) {
    const opens = text[at] === '(' || text[at] === '['
    if (opens && depth === 0) open = at
    const closes = text[at] === ')' || text[at] === ']'
    if (closes && depth === 1 && at - open > Math.max(1, found[1] - found[0])) found = [open, at]
  }
  return found
}

/** Each place that is in no quotes, with how many parentheses it lies in. */
function* places(text: string): Generator<{ readonly at: number; readonly depth: number }> {
  let depth = 0
  let quote = ''
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? ''
    if (quote !== '') {
      if (letter === '\\') at += 1
      else if (letter === quote) quote = ''
      continue
    }
    if (letter === "'" || letter === '`') {
      quote = letter
      continue
    }
    yield { at, depth }
    if (letter === '(' || letter === '[') depth += 1
    if (letter === ')' || letter === ']') depth -= 1
  }
}
