/**
 * Was this said already? What a process has reported once, so that it reports it again only when it
 * changed.
 */
import { limits } from '../limits.ts'
import type { Fields } from '../telemetry.ts'
import { snapshot } from './snapshot.ts'

export interface Once {
  /**
   * True the first time, and whenever the fields differ from the last time. Remembers them, but
   * never the key itself.
   */
  isNew(name: string, key: string, fields: object): boolean
}

export function createOnce(): Once {
  const seen = new Map<string, string>()
  return {
    isNew(name, key, fields) {
      const mark = `${name} ${digestOf(String(key))}`
      const now = digestOf(JSON.stringify(snapshot(fields as Fields)) ?? '')
      if (seen.get(mark) === now) return false
      // Whoever is remembered last stays longest.
      seen.delete(mark)
      seen.set(mark, now)
      if (seen.size > limits.onceKeysMax) seen.delete(seen.keys().next().value ?? '')
      return true
    }
  }
}

/**
 * 64 bits that tell texts apart, quick enough for a whole query. It protects nothing: it never
 * leaves the process.
 */
export function digestOf(text: string): string {
  let [one, other] = [0x811c9dc5, 0x01000193]
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    one = Math.imul(one ^ code, 0x01000193)
    other = Math.imul(other ^ code, 0x85ebca6b) + index
  }
  return `${text.length}.${(one >>> 0).toString(36)}.${(other >>> 0).toString(36)}`
}
