/** Which of the live lines does somebody who looks for something mean? */
import type { LiveLine } from './live-lines.ts'

/** Every word must be somewhere in what a line shows: names, values, reasons, shortened id. */
export function isMatching(line: LiveLine, looked: string): boolean {
  const words = looked.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = textOf(line)
  return words.every((word) => text.includes(word))
}

function textOf({ product, name, version, installation, protocol, fields, dropped }: LiveLine) {
  const values = Object.entries(fields ?? {}).map(
    ([field, value]) =>
      `${field}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
  )
  const reasons = (dropped ?? []).map(({ code, field }) => `${field ?? ''} ${code}`)
  return [product, name, version, installation, protocol, ...values, ...reasons]
    .join(' ')
    .toLowerCase()
}
