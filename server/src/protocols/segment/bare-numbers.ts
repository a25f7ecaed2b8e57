/** Reads what libraries call JSON: some write NaN and the infinities bare. */
import { parseJson } from '../json.ts'

// A text is matched whole, so that what stands inside it is left alone.
const textOrBareNumber = /"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/gs

/**
 * As `parseJson`, with `NaN`, `Infinity` and `-Infinity` as null: a Python client's one such value
 * would cost the whole batch.
 */
export function parseLenientJson(text: string): unknown {
  const value = parseJson(text)
  if (value !== undefined || !/NaN|Infinity/.test(text)) return value
  return parseJson(text.replace(textOrBareNumber, (found) => (found[0] === '"' ? found : 'null')))
}
