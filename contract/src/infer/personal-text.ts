/**
 * Does a text look as if it told of a person or their systems? Better one too many: what is
 * suspected is neither proposed nor printed.
 */
import { wordsOf } from '../check/words.ts'
import { tellingOf } from '../check/rules-personal.ts'

/** The first that fits is told, so the more certain ones come first. */
const forms: readonly (readonly [what: string, form: RegExp])[] = [
  ['e-mail addresses', /[^\s@]@[^\s@]/],
  ['web addresses', /^[a-z][a-z0-9+.-]{1,20}:\/\//i],
  ['UUIDs', /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i],
  [
    'IP addresses',
    /(^|[^0-9.])\d{1,3}(\.\d{1,3}){3}([^0-9.]|$)|^[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}$/i
  ],
  ['hardware addresses', /([0-9a-f]{2}[:-]){5}[0-9a-f]{2}/i],
  ['paths', /^~?[/\\]|^[a-z]:[\\/]|[/\\][^/\\]+[/\\]/i],
  ['host names', /^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.[a-z][a-z0-9-]*[a-z]\.?(:\d+)?$/i],
  [
    'tokens',
    /(?=[^\s]*\d)(?=[^\s]*[a-z])[a-z0-9+/=_-]{20,}|^[0-9a-f]{12,}$|^(eyJ|gh[pousr]_|sk-|xox[a-z]-)/i
  ],
  ['telephone or account numbers', /(\d[ ()./-]{0,2}){8,}/]
]
/**
 * Event names are written so as well (`Clone Created`), so that it is held against values alone.
 */
const people = /^\p{Lu}\p{Ll}+(['’ -]\p{Lu}\.?\p{Ll}*)+$/u

/** Longer texts are looked at only so far; what is longer is no word anyhow. */
const lookedAtMax = 500

/** What it looks like, in the plural; undefined for a harmless look. */
export function looksPersonal(text: string): string | undefined {
  return formOf(text) ?? (people.test(text.slice(0, lookedAtMax)) ? 'names of people' : undefined)
}

function formOf(text: string): string | undefined {
  const beginning = text.slice(0, lookedAtMax)
  return forms.find(([, form]) => form.test(beginning))?.[0]
}

/** What a field's name says that its values are, by the same words as the check. */
export function soundsPersonal(name: string): string | undefined {
  const told = tellingOf(name)
  if (told !== undefined) return told
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  if (last === 'id' || last === 'uid' || last === 'uuid' || last === 'guid') return 'an id'
  if (last === 'name' || /(nick|sur|first|last)name$/.test(last))
    return 'a name that somebody chose'
  return words.some(
    (word) => word === 'hash' || word === 'fingerprint' || word === 'serial' || word === 'session'
  )
    ? 'an id'
    : undefined
}

const name = /^[A-Za-z_$][A-Za-z0-9_$ .:-]{0,39}$/

/**
 * Names are shown only where they look as a programmer would choose them, for all and not for one.
 */
export function isShowableName(text: string): boolean {
  return (
    name.test(text) && text !== '__proto__' && !/\d{4}/.test(text) && formOf(text) === undefined
  )
}

/** A key that is written like somebody's name is one. */
export function isShowableKey(text: string): boolean {
  return isShowableName(text) && !people.test(text)
}
