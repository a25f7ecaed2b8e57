/**
 * What would a field tell that it did not when its user agreed? A few words for people; what is
 * sent is not decided here.
 */
import { endOf } from '#values/expiry'
import type { FieldForm, TypeForm } from '../../form.ts'
import { keepsMore } from '../agreed-type.ts'
import { isFieldWithin, isWithin } from '../narrow.ts'

/** Undefined: nothing that it did not tell before. */
export function wideningOf(now: FieldForm, was: FieldForm): string | undefined {
  const said = [
    ...(endOf(now) > endOf(was) ? [`until ${now.expires ?? 'further notice'}`] : []),
    ...(keepsMore(now, was) ? ['the collector would keep it'] : []),
    ...(keepsMore(now, was) || isFieldWithin(now, was) ? [] : ['in more cases']),
    // The parts of an object are asked for one by one.
    ...(now.type.is === 'object' && was.type.is === 'object'
      ? []
      : typeWidenings(now.type, was.type))
  ]
  return said.length === 0 ? undefined : said.join(', ')
}

const wordsMax = 8

function typeWidenings(now: TypeForm, was: TypeForm): readonly string[] {
  if (now.is === 'enum' && was.is === 'enum') {
    const words = (type: typeof now): readonly string[] =>
      type.collapse ? [...type.values, 'other'] : type.values
    const also = newWords(words(now), words(was))
    return also.length > 0 || readsAlike(now, was) ? also : ['spelled in other ways as well']
  }
  if (now.is === 'pattern' && was.is === 'pattern' && now.collapse && !was.collapse)
    return ['also other']
  if (now.is === 'list' && was.is === 'list')
    return now.itemsMax > was.itemsMax
      ? [`up to ${now.itemsMax} of them instead of ${was.itemsMax}`]
      : typeWidenings(now.of, was.of)
  if (now.is === 'map' && was.is === 'map' && isWithin({ ...now, values: was.values }, was))
    return typeWidenings(now.values, was.values)
  if (now.is === 'object' && was.is === 'object')
    return Object.entries(now.fields).flatMap(([name, field]) => {
      const before = Object.hasOwn(was.fields, name) ? was.fields[name] : undefined
      if (before === undefined) return [`also ${field.says.replace(/\.$/, '')}`]
      const more = wideningOf(field, before) ?? typeWidenings(field.type, before.type)[0]
      return more === undefined ? [] : [more]
    })
  if (now.is === 'keyed-hash' && was.is === 'keyed-hash')
    return now.lengthMax > was.lengthMax ? ['also of longer names'] : []
  if (isWithin(now, was)) return []
  if ((now.is === 'integer' || now.is === 'number') && now.is === was.is) {
    if (now.unit !== was.unit)
      return [`in ${now.unit ?? 'no unit'} instead of ${was.unit ?? 'none'}`]
    const bounds = [
      ...(now.min < was.min ? [`from ${now.min} instead of ${was.min}`] : []),
      ...(now.max > was.max ? [`up to ${now.max} instead of ${was.max}`] : [])
    ]
    return bounds.length > 0 ? bounds : ['less rounded']
  }
  if (now.is === 'duration' && was.is === 'duration')
    return now.max > was.max ? [`up to ${now.max} s instead of ${was.max} s`] : ['less rounded']
  if (now.is === 'timestamp' && was.is === 'timestamp')
    return [`to the ${now.round ?? 'millisecond'} instead of the ${was.round ?? 'millisecond'}`]
  if (now.is === 'string' && was.is === 'string')
    return [`up to ${now.lengthMax} characters instead of ${was.lengthMax}`]
  if (now.is === 'map' && was.is === 'map') {
    const keys =
      'values' in now.keys && 'values' in was.keys ? newWords(now.keys.values, was.keys.values) : []
    if (keys.length > 0) return keys
    if (now.entriesMax > was.entriesMax)
      return [`up to ${now.entriesMax} of them instead of ${was.entriesMax}`]
  }
  return ['more of it']
}

/** What it is recognised by: an alias, a prefix that is taken off, a case that does not matter. */
function readsAlike(
  now: TypeForm & { readonly is: 'enum' },
  was: TypeForm & { readonly is: 'enum' }
): boolean {
  const by = ({ aliases = {}, strip = [], matches = {}, ignoreCase }: typeof now): string =>
    JSON.stringify([Object.entries(aliases).toSorted(), strip, Object.entries(matches), ignoreCase])
  return by(now) === by(was)
}

function newWords(now: readonly string[], was: readonly string[]): readonly string[] {
  const words = now.filter((word) => !was.includes(word))
  if (words.length === 0) return []
  const rest = words.length - wordsMax
  return [`also ${words.slice(0, wordsMax).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`]
}
