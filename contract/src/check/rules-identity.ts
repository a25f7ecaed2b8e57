/** Rules about what links records to one installation, person or machine. */
import type { FieldType } from '../form/contract.ts'
import type { Rule } from './rule.ts'
import type { ContractView, FieldView, TypeView } from './view.ts'
import { wordsOf } from './words.ts'

const hashWords = new Set([
  'hash',
  'hashed',
  'digest',
  'sha',
  'sha1',
  'sha256',
  'sha512',
  'md5',
  'fingerprint',
  'checksum'
])
/** Hexadecimal names of what the product's own source is built from. */
const sourceWords = new Set(['commit', 'revision', 'git', 'build'])
const secretWords = new Set([
  'secret',
  'password',
  'passwd',
  'passphrase',
  'token',
  'credential',
  'cookie',
  'apikey',
  'key'
])
const hardwareWords = new Set([
  'hardware',
  'serial',
  'mac',
  'imei',
  'motherboard',
  'bios',
  'mainboard'
])
const hardwareIds = /(machine|device|disk|cpu|board|hardware|host)_?(id|uuid|guid|serial)(_|$)/
const hexSamples = [32, 40, 64].map((length) => '9f86d081884c7d65'.repeat(4).slice(0, length))

export const identityRules: readonly Rule[] = [
  {
    code: 'HASH_UNSALTED',
    severity: 'error',
    finds: 'a hash that a client made, kept as it came',
    why:
      'Names, addresses and ids are few: whoever has the hash tries them all, and the same ' +
      'value has the same hash everywhere.',
    mend: 'Declare it as `keyed-hash`: the collector makes it a token that nobody can try out.',
    bad: "pipeline_hash: { type: pattern, pattern: '^[0-9a-f]{64}$', says: the pipeline }",
    good:
      'pipeline_hash: { type: keyed-hash, collector: reduces, says: "the pipeline, as a token ' +
      'that only your installation can make" }',
    *find(view) {
      for (const { field, at } of typesKept(view)) {
        const words = wordsOf(field.field.name)
        const isText = at.type.is === 'pattern' || at.type.is === 'string' || at.type.is === 'uuid'
        if (!isText || words.some((word) => sourceWords.has(word))) continue
        if (!words.some((word) => hashWords.has(word)) && !holdsHex(at.type)) continue
        yield {
          spot: at,
          place: field.place,
          message:
            `\`${field.field.name}\` keeps a hash as a client made it, and a hash of few ` +
            'possible values can be undone: declare it `type: keyed-hash`.'
        }
      }
    }
  },
  {
    code: 'SECRET_HASHED',
    severity: 'warning',
    finds: 'a token made of a secret',
    why:
      'Even a token tells when two places share a password or key; and a client that sends its ' +
      'hash sends something worth stealing.',
    mend: 'Send whether there is one (boolean), or what kind (enum).',
    bad:
      'access_token: { type: keyed-hash, collector: reduces, says: your token as a token of ' +
      'ours }',
    good: 'has_access_token: { type: boolean, says: whether a token is set }',
    *find(view) {
      for (const { field, at } of typesKept(view)) {
        if (
          at.type.is !== 'keyed-hash' ||
          !wordsOf(field.field.name).some((word) => secretWords.has(word))
        )
          continue
        yield {
          spot: at,
          place: field.place,
          message:
            `\`${field.field.name}\` would be a token of a secret: keep whether there is one, ` +
            'or of which kind.'
        }
      }
    }
  },
  {
    code: 'HARDWARE_ID',
    severity: 'error',
    finds: "a field made of a machine's own number",
    why:
      'It outlives reinstallation, deletion and every reset: whoever has it knows the machine ' +
      'for as long as it runs.',
    mend: 'Use the random id of `identity`, which its user can reset.',
    bad: 'machine_id: { type: keyed-hash, collector: reduces, says: your machine }',
    good:
      'machines: { type: integer, unit: machines, max: 1000, says: how many machines share a ' +
      'configuration }',
    *find(view) {
      for (const { field, at } of typesKept(view)) {
        const { name } = field.field
        const isId =
          at.type.is === 'uuid' ||
          at.type.is === 'pattern' ||
          at.type.is === 'string' ||
          at.type.is === 'keyed-hash'
        if (
          !isId ||
          (!hardwareIds.test(name) && !wordsOf(name).some((word) => hardwareWords.has(word)))
        )
          continue
        yield {
          spot: at,
          place: field.place,
          message:
            `\`${name}\` sounds like a number of the machine itself, which nobody can reset: ` +
            'use the id of `identity`.'
        }
      }
    }
  },
  {
    code: 'ID_TOO_FINE',
    severity: 'error',
    finds:
      'something that links reports for longer, or of more installations, than `identity` says',
    why:
      '`identity` is what users read. A random id in a field, an account, or a token that is ' +
      'equal everywhere links what they were told is apart.',
    mend:
      'Say in `links` which short-lived thing it links, keep tokens to one installation, or ' +
      'declare the identity that you really need.',
    bad: 'trace_id: { type: uuid, says: a random id }',
    good: 'trace_id: { type: uuid, links: the steps of one run, says: a random id of the run }',
    *find(view) {
      const { kind, account } = view.contract.identity
      if (kind === 'persistent') return
      const said =
        kind === 'none' ? 'reports are not linked at all' : 'the id changes with its window'
      const spot = view.find('identity')
      if (account)
        yield {
          spot,
          place: spot.at('account'),
          message:
            `An account outlives everything, while \`identity\` says that ${said}: declare ` +
            '`kind: persistent`, or leave `account` out.'
        }
      for (const { field, at } of typesKept(view)) {
        const { name, links } = field.field
        const end = 'say in `links` which one thing it links, or declare another `identity`.'
        if (at.type.is === 'uuid' && links === undefined)
          yield {
            spot: at,
            place: field.place,
            message: `\`${name}\` is an id of its own, while \`identity\` says that ${said}: ${end}`
          }
        if (at.type.is !== 'keyed-hash') continue
        if (at.type.scope === 'product')
          yield {
            spot: at,
            place: at.at('scope'),
            message:
              `\`scope: product\` makes \`${name}\` equal everywhere and for ever, while ` +
              `\`identity\` says that ${said}: leave the scope out.`
          }
        else if (kind === 'none')
          yield {
            spot: at,
            place: field.place,
            message:
              `\`${name}\` would be a token of one installation, while \`identity\` says that ` +
              `${said}: keep a class of it instead, or declare another \`identity\`.`
          }
      }
    }
  },
  {
    code: 'LINKS_MISSING',
    severity: 'warning',
    finds: 'a random id that does not say what it links',
    why: 'Users read `links` to know whether an id follows a run, a project or them.',
    mend: 'Say in `links` which records have the same id.',
    bad: 'run_id: { type: uuid, says: a random id }',
    good: 'run_id: { type: uuid, links: the steps of one run, says: a random id }',
    *find(view) {
      if (view.contract.identity.kind !== 'persistent') return
      for (const { field, at } of typesKept(view))
        if (at.type.is === 'uuid' && field.field.links === undefined)
          yield {
            spot: at,
            place: field.place,
            message:
              `\`${field.field.name}\` does not say what it links: name the run or thing in ` +
              '`links`.'
          }
    }
  },
  {
    code: 'TIMESTAMP_FINE',
    severity: 'warning',
    finds: 'a moment kept so exactly that it is an id',
    why:
      'Nobody else installed at that millisecond: an exact moment that does not change names ' +
      'its installation better than any id.',
    mend:
      'Add `round: day` or `round: hour`; to the second only where the identity is persistent ' +
      'anyway.',
    bad: 'installed_at: { type: timestamp, says: when it was installed }',
    good: 'installed_at: { type: timestamp, round: day, says: the day on which it was installed }',
    *find(view) {
      const { kind } = view.contract.identity
      for (const { at } of typesKept(view)) {
        if (at.type.is !== 'timestamp') continue
        if (at.type.round === undefined || (at.type.round === 'second' && kind !== 'persistent'))
          yield {
            spot: at,
            place: at.at('type'),
            message:
              'A moment as exact as this singles its installation out: add `round: hour` or ' +
              '`round: day`.'
          }
      }
    }
  }
]

function typesKept(
  view: ContractView
): readonly { readonly field: FieldView; readonly at: TypeView }[] {
  return view.fields
    .filter((field) => field.isKept)
    .flatMap((field) => field.types.map((at) => ({ field, at })))
}

function holdsHex(type: FieldType): boolean {
  if (type.is !== 'pattern') return false
  const expression = new RegExp(type.pattern, 'u')
  // What takes words as well is no hash; PATTERN_PERSONAL speaks of it.
  return (
    !expression.test('xyz') &&
    hexSamples.some((sample) => sample.length <= type.lengthMax && expression.test(sample))
  )
}
