/**
 * Names what a user agreed to: a digest of only what concerns them, so that a corrected sentence
 * asks nobody again.
 */
import { endOf } from '#values/expiry'
import type { Contract, Digest, FieldDeclaration, FieldType } from './contract.ts'
import { contractDigest } from './digest.ts'

export type TermsInput = Pick<
  Contract,
  | 'recipients'
  | 'location'
  | 'retention'
  | 'consent'
  | 'identity'
  | 'environment'
  | 'presence'
  | 'records'
>

/**
 * Of each record its level, its last day and the fields that the SDK may send, with type, bounds
 * and level; identity, environment parts, presence, recipients and their place, location,
 * retention. What is at its default is left out, so that a newer grammar changes no terms.
 */
export function termsDigest(contract: TermsInput): Digest {
  const { identity } = contract
  return contractDigest({
    recipients: contract.recipients.map((recipient) => ({
      name: recipient.name,
      where: recipient.where,
      for: recipient.for
    })),
    location: contract.location,
    retention: contract.retention,
    levels: contract.consent.levels.map((level) => level.name),
    defaultLevel: contract.consent.defaultLevel,
    identity: {
      kind: identity.kind,
      days: identity.days,
      account: identity.account || undefined,
      sdk: sdkIdentity(identity),
      lineage: identity.lineage || undefined
    },
    environment: sorted(contract.environment),
    presence: contract.presence.length === 0 ? undefined : sorted(contract.presence),
    records: Object.fromEntries(
      [...contract.records.values()].map((record) => [
        record.name,
        {
          level: record.level,
          expires: lastDay(record.expires),
          identity: record.identity,
          time: record.time,
          sample: record.sample,
          fields: termsOfFields(record.fields, record.expires)
        }
      ])
    )
  })
}

/** Names what no notice is enough for: all of the terms but the records. */
export function frameDigest(contract: TermsInput): Digest {
  return termsDigest({ ...contract, records: new Map() })
}

/** Only where it differs, so that no terms change that were agreed to before it could. */
function sdkIdentity({ kind, sdkKind }: Contract['identity']): string | undefined {
  return sdkKind === kind ? undefined : sdkKind
}

/** A day; undefined for what has no end. */
function lastDay(expires: string | undefined): string | undefined {
  return endOf({ expires }) === Infinity ? undefined : expires
}

/** An end that only follows that of what holds the field is said there. */
function termsOfFields(
  fields: ReadonlyMap<string, FieldDeclaration>,
  heldUntil: string | undefined
): Record<string, unknown> {
  const sent = [...fields.values()].filter((field) => field.sdk === 'sends')
  return Object.fromEntries(
    sent.map((field) => {
      const { collector, level, onlyWhen } = field
      return [
        field.name,
        {
          level,
          expires:
            lastDay(field.expires) === lastDay(heldUntil)
              ? undefined
              : (lastDay(field.expires) ?? 'never'),
          type: termsOfType(field.type, field.expires),
          collector: collector === 'keeps' ? undefined : collector,
          onlyWhen: onlyWhen === undefined ? undefined : Object.fromEntries(onlyWhen)
        }
      ]
    })
  )
}

function termsOfType(type: FieldType, heldUntil: string | undefined): unknown {
  switch (type.is) {
    case 'integer':
    case 'number':
      return { is: type.is, min: type.min, max: type.max, coarsen: type.coarsen }
    case 'duration':
      return { is: type.is, max: type.max, coarsen: type.coarsen }
    case 'enum':
      return { is: type.is, values: sorted(type.values) }
    case 'pattern':
      return { is: type.is, pattern: type.pattern, lengthMax: type.lengthMax }
    case 'keyed-hash':
      return { is: type.is, scope: type.scope === 'product' ? type.scope : undefined }
    case 'string':
      return { is: type.is, lengthMax: type.lengthMax }
    case 'list':
      return { is: type.is, of: termsOfType(type.of, heldUntil), itemsMax: type.itemsMax }
    case 'map':
      return {
        is: type.is,
        keys:
          type.keys.is === 'enum'
            ? sorted(type.keys.values)
            : { pattern: type.keys.pattern, lengthMax: type.keys.lengthMax },
        values: termsOfType(type.values, heldUntil),
        entriesMax: type.entriesMax,
        others: type.others === 'violation' ? undefined : type.others
      }
    case 'object':
      return {
        is: type.is,
        fields: termsOfFields(type.fields, heldUntil),
        others: type.others === 'violation' ? undefined : type.others
      }
    case 'timestamp':
      return { is: type.is, round: type.round }
    case 'version':
      return { is: type.is, parts: type.parts }
    default:
      return { is: type.is }
  }
}

function sorted(words: readonly string[]): readonly string[] {
  return [...words].sort()
}
