/** Rules about what a kept value may tell of a person or their systems. */
import type { FieldType } from '../form/contract.ts'
import type { Finding, Rule } from './rule.ts'
import type { ContractView, FieldView, TypeView } from './view.ts'
import { wordsOf } from './words.ts'

/** What a word of a field's name lets expect in its value. */
const tellingWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'an e-mail address': ['email', 'mail'],
    'a host name': ['host', 'hostname', 'fqdn', 'domain'],
    'a path': ['path', 'dir', 'directory', 'folder', 'cwd', 'home', 'file', 'filename'],
    'a person': [
      'user',
      'username',
      'login',
      'person',
      'author',
      'customer',
      'employee',
      'member',
      'birthday',
      'birthdate',
      'gender'
    ],
    'an IP address': ['ip', 'ipv4', 'ipv6'],
    'a secret': [
      'token',
      'secret',
      'password',
      'passwd',
      'passphrase',
      'credential',
      'cookie',
      'key',
      'apikey'
    ],
    'an address': [
      'address',
      'addr',
      'street',
      'city',
      'zip',
      'postcode',
      'latitude',
      'longitude',
      'lat',
      'lon',
      'lng'
    ],
    'a telephone number': ['phone', 'telephone', 'tel', 'mobile', 'fax'],
    'an address with names in it': ['url', 'uri', 'dsn', 'href'],
    'what somebody asked or wrote': [
      'query',
      'sql',
      'statement',
      'message',
      'comment',
      'text',
      'description',
      'title',
      'stacktrace',
      'traceback'
    ],
    'a name that somebody chose': [
      'branch',
      'table',
      'database',
      'bucket',
      'cluster',
      'project',
      'repository',
      'repo',
      'tenant',
      'workspace'
    ]
  }).flatMap(([what, words]) => words.map((word) => [word, what] as const))
)

/** A name that ends so describes the thing, and is not the thing: `path_length`, `host_kind`. */
const describing = new Set([
  'kind',
  'type',
  'class',
  'format',
  'size',
  'length',
  'count',
  'number',
  'version',
  'state',
  'status',
  'mode',
  'level',
  'engine',
  'limit'
])

/** Numbers that are personal as they are. */
const tellingNumbers = new Set([
  'ip',
  'ipv4',
  'phone',
  'telephone',
  'mobile',
  'lat',
  'lon',
  'lng',
  'latitude',
  'longitude',
  'zip',
  'postcode',
  'birthday',
  'birthdate'
])

export const personalRules: readonly Rule[] = [
  {
    code: 'PERSONAL_DATA_LIKELY',
    severity: 'error',
    finds:
      'a readable field whose name says that it holds an e-mail address, host, path, person, ' +
      'address, secret or text of somebody',
    why:
      'What is kept readably can be read by whoever gets the records, can leak, and must be ' +
      'found and deleted when a person asks.',
    mend:
      'Keep a class of it (an enum), a token of it (keyed-hash), how many there are (integer), ' +
      'or nothing (`collector: drops`).',
    bad:
      "user_email: { type: pattern, pattern: '^[a-z]{1,20}@[a-z]{1,20}[.]org$', says: who runs " +
      'it }',
    good:
      'users: { type: integer, unit: users, max: 100000, round: 2 digits, says: how many ' +
      'people run it }',
    *find(view) {
      for (const field of keptFields(view)) {
        const what = whatItTells(field)
        if (what === undefined) continue
        yield {
          spot: field,
          message:
            `\`${field.field.name}\` sounds like ${what}, and would be kept readably: keep a ` +
            'class, a token (`keyed-hash`) or a count of it, or drop it.'
        }
      }
    }
  },
  {
    code: 'PATTERN_FREE',
    severity: 'error',
    finds: 'a pattern that lets through whole sentences',
    why:
      'It is free text by another name, and free text ends up holding names, paths and secrets ' +
      'that nobody meant to send.',
    mend: 'List the words (enum), describe the form exactly, or use `string` with a review.',
    bad: "answer: { type: pattern, pattern: '^.*$', says: what was answered }",
    good: 'answer: { type: enum, values: [yes, no], other: collapse, says: what was answered }',
    *find(view) {
      for (const { type, pattern, lengthMax } of patternsOf(view)) {
        if (!accepts(pattern, sentence.slice(0, lengthMax), lengthMax)) continue
        yield {
          spot: type,
          place: placeOfPattern(type),
          message:
            'This pattern lets any sentence through, so it bounds nothing: list the words, ' +
            'or describe the form.'
        }
      }
    }
  },
  {
    code: 'PATTERN_PERSONAL',
    severity: 'warning',
    finds:
      'a pattern that an e-mail address, IP address, host name, path, telephone number or ' +
      'chosen name would fit',
    why:
      'Sooner or later a client sends one, by mistake or because its user named something so, ' +
      'and then it is kept.',
    mend:
      'Narrow the pattern until none of these fits, list the words (enum), or keep a token ' +
      '(keyed-hash).',
    bad: "build: { type: pattern, pattern: '^[a-z0-9.-]{1,64}$', says: the build }",
    good: "build: { type: pattern, pattern: '^r[0-9]{1,6}$', says: the build }",
    *find(view) {
      for (const { type, pattern, lengthMax } of patternsOf(view)) {
        if (accepts(pattern, sentence.slice(0, lengthMax), lengthMax)) continue
        const fits = personalSamples.find(({ texts }) =>
          texts.some((text) => accepts(pattern, text, lengthMax))
        )
        if (fits === undefined) continue
        const sample = fits.texts.find((text) => accepts(pattern, text, lengthMax)) ?? ''
        yield {
          spot: type,
          place: placeOfPattern(type),
          message:
            `${fits.what} fits this pattern (\`${sample}\`): narrow it, list the words, or ` +
            'keep a token.'
        }
      }
    }
  },
  {
    code: 'NEVER_CONTRADICTED',
    severity: 'error',
    finds: 'a readable field whose name is something that `never` says is never collected',
    why:
      'A page that says "never" and a table that has it is what users remember of a project ' +
      'for years.',
    mend:
      'Drop the field, keep a token of it, or take the word out of `never`: then users see ' +
      'that it changed.',
    bad: "region_name: { type: pattern, pattern: '^[a-z]{2}-[0-9]$', says: where it runs }",
    good:
      'region: { type: enum, values: [eu, us], other: collapse, says: on which continent it ' +
      'runs }',
    *find(view) {
      const { sdk, collector } = view.contract.never
      for (const field of keptFields(view)) {
        const isText = field.types.some(({ type }) => isReadableText(type))
        if (!isText && !field.types.some(({ type }) => type.is === 'uuid')) continue
        const promises = [...(field.field.sdk === 'sends' ? sdk : []), ...collector]
        const broken = promises.find((promise) => isNamedBy(wordsOf(field.column), promise, isText))
        if (broken === undefined) continue
        yield {
          spot: field,
          message:
            `\`never\` says that ${broken} are never collected, and \`${field.field.name}\` ` +
            'keeps them: drop it, keep a token, or correct `never`.'
        }
      }
    }
  }
]

/** Fields that leave something in a table. */
function keptFields(view: ContractView): readonly FieldView[] {
  return view.fields.filter((field) => field.isKept)
}

function isReadableText(type: FieldType): boolean {
  if (type.is === 'map') return type.keys.is === 'pattern'
  return type.is === 'pattern' || type.is === 'string'
}

/** What a field of this name lets expect in its values, whatever its type is. */
export function tellingOf(name: string): string | undefined {
  const words = wordsOf(name)
  if (describing.has(words.at(-1) ?? '')) return undefined
  // The last word is what it is, those before it say whose.
  return tellingWords.get(words.findLast((word) => tellingWords.has(word)) ?? '')
}

function whatItTells({ field, types }: FieldView): string | undefined {
  const last = wordsOf(field.name).at(-1) ?? ''
  if (describing.has(last)) return undefined
  const what = tellingOf(field.name)
  if (types.some(({ type }) => isReadableText(type))) return what
  // A UUID can hold no name or text, but be whose it is.
  if (types.some(({ type }) => type.is === 'uuid'))
    return what === 'a person' || what === 'a secret' ? what : undefined
  const isExact = types.some(
    ({ type }) => (type.is === 'integer' || type.is === 'number') && type.coarsen === undefined
  )
  const isDay = types.some(({ type }) => type.is === 'timestamp') && last.startsWith('birth')
  return (isExact && tellingNumbers.has(last)) || isDay ? tellingWords.get(last) : undefined
}

interface PatternAt {
  readonly type: TypeView
  readonly pattern: string
  readonly lengthMax: number
}

/** Of values and of maps' keys. */
function patternsOf(view: ContractView): readonly PatternAt[] {
  return keptFields(view).flatMap(({ types }) =>
    types.flatMap((at): readonly PatternAt[] => {
      const { type } = at
      if (type.is === 'pattern')
        return [{ type: at, pattern: type.pattern, lengthMax: type.lengthMax }]
      return type.is === 'map' && type.keys.is === 'pattern'
        ? [{ type: at, pattern: type.keys.pattern, lengthMax: type.keys.lengthMax }]
        : []
    })
  )
}

function placeOfPattern({ type, at }: TypeView): Finding['spot']['place'] {
  return at(type.is === 'map' ? 'keys' : 'pattern')
}

const expressions = new Map<string, RegExp>()

function accepts(pattern: string, text: string, lengthMax: number): boolean {
  if (text.length > lengthMax) return false
  const expression = expressions.get(pattern) ?? new RegExp(pattern, 'u')
  if (expressions.size < expressionsMax) expressions.set(pattern, expression)
  return expression.test(text)
}

/** Compiled once for the many fields that share a type; a contract has few. */
const expressionsMax = 1_000

const sentence = 'Ada L., 12 Main St: "why?"'

const personalSamples: readonly { readonly what: string; readonly texts: readonly string[] }[] = [
  { what: 'An e-mail address', texts: ['ada@example.org'] },
  { what: 'An IP address', texts: ['192.168.17.4', '2001:db8::8a2e:370:7334'] },
  { what: 'A path', texts: ['/srv/ada/notes', 'C:\\Users\\ada'] },
  { what: 'An address of the web', texts: ['https://example.org/ada'] },
  { what: 'A host name', texts: ['db1.example.org'] },
  { what: 'A hardware address', texts: ['00:1b:44:11:3a:b7', '00-1b-44-11-3a-b7'] },
  { what: 'A telephone number', texts: ['+49 30 901820', '+4930901820', '4930901820'] },
  {
    what: 'A name that somebody chose',
    texts: ['ada', 'ADA', 'Ada Lovelace', 'ada-lovelace', 'ada_lovelace', 'ada.lovelace']
  }
]

/** Words of a promise that say nothing alone: "host names" is about hosts. */
const generic = new Set([
  'name',
  'address',
  'text',
  'id',
  'content',
  'value',
  'readable',
  'of',
  'the',
  'your',
  'any',
  'that',
  'and',
  'or'
])

/**
 * Of an id, the whole promise must be named: "clone names" says nothing about a clone's random id.
 */
function isNamedBy(words: readonly string[], promise: string, isText: boolean): boolean {
  if (describing.has(words.at(-1) ?? '')) return false
  const promised = wordsOf(promise)
  const meant = promised.filter((word) => (isText ? !generic.has(word) : word !== 'readable'))
  if (meant.length === 0) return false
  return (
    meant.every((word) => words.includes(word)) ||
    words.join('').includes(promised.filter((word) => word !== 'readable').join(''))
  )
}
