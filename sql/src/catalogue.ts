/**
 * Reads the shipped lists of what may be printed: keywords, built-in functions, types, operators,
 * settings.
 */
import { readFileSync } from 'node:fs'

/** One word a line; the first line says where the list comes from. */
export function readList(name: string): ReadonlySet<string> {
  const text = readFileSync(new URL(`../data/${name}.txt`, import.meta.url), 'utf8')
  return new Set(text.split('\n').filter((line) => line !== '' && !line.startsWith('# ')))
}
