/** What the answers of all wires have in common: coded problems, and the mark of what was dropped. */
import { jsonAnswer } from './json.ts'
import type { Answer } from './protocol.ts'

/** `more` is what a wire's clients also look for in the body of a problem. */
export function problemsIn<Code extends string>(
  table: Readonly<Record<Code, { readonly status: number; readonly message: string }>>,
  more: Readonly<Record<string, unknown>> = {}
): (code: Code, headers?: Readonly<Record<string, string>>) => Answer {
  return (code, headers = {}) => {
    const { status, message } = table[code]
    return jsonAnswer(status, { code, message, ...more }, headers)
  }
}

/** A 2xx that does not mean that everything is kept says so in a header. */
export function marked(answer: Answer, because: 'unknown-key' | 'overload' | 'contract'): Answer {
  return { ...answer, headers: { ...answer.headers, 'Candor-Dropped': because } }
}
