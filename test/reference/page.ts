/** What every generated page of the reference is made of. */

const note = '<!-- Written by `npm run reference`; a test holds it against the code. -->'

export function page(title: string, says: string, ...parts: readonly string[]): string {
  return `${[`# ${title}`, note, says, ...parts].join('\n\n')}\n`
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

export function code(text: string | undefined): string {
  return text === undefined || text === '' ? '' : `\`${text}\``
}
