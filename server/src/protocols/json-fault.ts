/**
 * What is wrong with a text that is no JSON, and at which byte? In our own words, so that nothing
 * of the text itself has to be kept to find the mistake.
 */

export interface JsonFault {
  readonly reason:
    | 'nothing in it'
    | 'ends too early'
    | 'value expected'
    | 'key expected'
    | 'colon expected'
    | 'comma or end expected'
    | 'number malformed'
    | 'control character in a text'
    | 'escape malformed'
    | 'something after the end'
  /** A byte's number, from 0. */
  readonly place: number
}

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]
const literal = /true|false|null/y
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const numberBytes = /[-+.\deE]/
const escape = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y

/** Undefined: it is JSON. One walk without recursion, so that no nesting is too deep. */
export function jsonFaultOf(body: Buffer): JsonFault | undefined {
  return new Walk(body.toString('latin1')).fault()
}

class Walk {
  readonly #text: string
  /** What closes each object and list that is open. */
  readonly #open: number[] = []
  #at = 0

  constructor(text: string) {
    this.#text = text
    // This is a mark of the byte order, which readers of JSON pass over.
    if (text.startsWith('\u00ef\u00bb\u00bf')) this.#at = 3
  }

  fault(): JsonFault | undefined {
    if (this.#next() === undefined) return this.#is('nothing in it')
    for (;;) {
      const wrong = this.#value() ?? this.#afterValue()
      if (wrong === 'over')
        return this.#next() === undefined ? undefined : this.#is('something after the end')
      if (wrong !== undefined) return wrong
    }
  }

  #is(reason: JsonFault['reason']): JsonFault {
    return { reason, place: this.#at }
  }

  /** The next code that is no white space; undefined at the end. */
  #next(): number | undefined {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? '?')) this.#at++
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : undefined
  }

  #takes(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return false
    this.#at = pattern.lastIndex
    return true
  }

  /** Up to the first scalar, or an object or list with nothing in it. */
  #value(): JsonFault | undefined {
    for (;;) {
      const code = this.#next()
      if (code === undefined) return this.#is('ends too early')
      if (code === quote) return this.#string()
      if (code === openBrace || code === openBracket) {
        const close = code === openBrace ? closeBrace : closeBracket
        this.#at++
        this.#open.push(close)
        if (this.#next() === close) return undefined
        const wrong = close === closeBrace ? this.#key() : undefined
        if (wrong !== undefined) return wrong
        continue
      }
      if (this.#takes(literal)) return undefined
      if (!numberBytes.test(this.#text[this.#at] ?? '')) return this.#is('value expected')
      return this.#takes(number) && !numberBytes.test(this.#text[this.#at] ?? '')
        ? undefined
        : this.#is('number malformed')
    }
  }

  #afterValue(): JsonFault | 'over' | undefined {
    for (;;) {
      const close = this.#open.at(-1)
      if (close === undefined) return 'over'
      const code = this.#next()
      if (code === undefined) return this.#is('ends too early')
      if (code === close) {
        this.#at++
        this.#open.pop()
        continue
      }
      if (code !== comma) return this.#is('comma or end expected')
      this.#at++
      return close === closeBrace ? this.#key() : undefined
    }
  }

  #key(): JsonFault | undefined {
    const code = this.#next()
    if (code !== quote) return this.#is(code === undefined ? 'ends too early' : 'key expected')
    const wrong = this.#string()
    if (wrong !== undefined) return wrong
    if (this.#next() !== colon)
      return this.#is(this.#at < this.#text.length ? 'colon expected' : 'ends too early')
    this.#at++
    return undefined
  }

  #string(): JsonFault | undefined {
    for (this.#at++; this.#at < this.#text.length;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === quote) {
        this.#at++
        return undefined
      }
      if (code < 0x20) return this.#is('control character in a text')
      if (code !== backslash) this.#at++
      else if (!this.#takes(escape)) return this.#is('escape malformed')
    }
    return this.#is('ends too early')
  }
}
