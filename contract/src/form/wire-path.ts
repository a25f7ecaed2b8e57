/**
 * Reads and writes paths: keys joined by `.`, a key that has a dot in quotes (`properties."a.b"`).
 */

/** The keys, or undefined when it is no path. */
export function readPath(path: string): readonly string[] | undefined {
  const keys: string[] = []
  let rest = path
  for (;;) {
    const found = /^(?:"((?:[^"\\]|\\["\\])*)"|([^."]+))(\.|$)/.exec(rest)
    if (found === null) return undefined
    const key = found[2] ?? (found[1] ?? '').replace(/\\(["\\])/g, '$1')
    if (key === '' || key === '__proto__') return undefined
    keys.push(key)
    if (found[3] === '') return keys
    rest = rest.slice(found[0].length)
  }
}

/** The path one key further. */
export function extendPath(parent: string, key: string): string {
  const written = /[."]/.test(key) ? `"${key.replace(/["\\]/g, '\\$&')}"` : key
  return parent === '' ? written : `${parent}.${written}`
}
