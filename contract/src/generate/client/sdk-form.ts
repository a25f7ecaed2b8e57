/**
 * The contract as a program carries it: plain JSON without what only the collector needs. What is
 * at its default is left out.
 */
import { endOf } from '#values/expiry'
import type {
  Coarsen,
  Contract,
  Counts,
  FieldDeclaration,
  FieldType,
  RecordDeclaration,
  Stream
} from '../../form/contract.ts'

/** JSON whose members may be absent: they are left out when it is written. */
export interface Form {
  readonly [key: string]: FormValue | undefined
}
type FormValue = string | number | boolean | readonly FormValue[] | Form

/**
 * What the SDK's `ContractForm` describes. Fields that the SDK never sends are not in it: a program
 * cannot even name them.
 *
 * @example
 * const telemetry = createTelemetry({ contract: sdkForm(contract), version: '1.26.0' })
 */
export function sdkForm(contract: Contract): Form {
  const { consent, identity, versionCheck } = contract
  return {
    candor: 1,
    product: contract.product,
    title: contract.title,
    purpose: contract.purpose,
    digest: contract.digest,
    terms: contract.terms,
    contact: contract.contact,
    page: contract.page,
    notice: contract.notice,
    consent: {
      default: consent.default,
      levels: consent.levels.map(({ name, says }) => ({ name, says })),
      defaultLevel: consent.defaultLevel,
      graceHours: consent.graceHours
    },
    identity: {
      kind: identity.sdkKind,
      days: identity.sdkKind === 'window' ? identity.days : undefined,
      lineage: identity.lineage || undefined,
      account: identity.account ? { from: identity.accountFrom } : undefined,
      says: identity.sdkSays ?? identity.says
    },
    environment: contract.environment,
    presence: contract.presence,
    recipients: contract.recipients.map((recipient) => ({
      name: recipient.name,
      where: recipient.where,
      for: recipient.for
    })),
    location: contract.location,
    retention: {
      recordsDays: contract.retention.recordsDays,
      aggregatesDays: contract.retention.aggregatesDays,
      backupsDays: contract.retention.backupsDays
    },
    records: Object.fromEntries(
      [...contract.records.values()].map((record) => [record.name, recordForm(record)])
    ),
    versionCheck:
      versionCheck === undefined
        ? undefined
        : {
            says: versionCheck.says,
            url: versionCheck.url,
            keys:
              versionCheck.keys.length === 0
                ? undefined
                : versionCheck.keys.map(({ id, key }) => ({ id, key }))
          },
    controls: contract.controls,
    endpoint: contract.endpoint,
    delivery: contract.delivery === 'in-process' ? contract.delivery : undefined,
    never: contract.never.sdk,
    retired: contract.retired || undefined,
    edition:
      contract.edition === undefined
        ? undefined
        : {
            name: contract.edition.name,
            says: contract.edition.says,
            streams: [...contract.edition.streams.values()].map(streamForm)
          }
  }
}

function streamForm({ name, required, account, contract }: Stream): Form {
  const { identity, recipients, location, retention } = contract
  return {
    name,
    product: contract.product,
    digest: contract.digest,
    purpose: contract.purpose,
    contact: contract.contact,
    required: required && { basis: required.basis, because: required.because },
    account: account === undefined ? undefined : { says: account, from: identity.accountFrom },
    identity: { kind: identity.kind, says: identity.says },
    recipients: recipients.map((each) => ({ name: each.name, where: each.where, for: each.for })),
    location,
    retention: {
      recordsDays: retention.recordsDays,
      aggregatesDays: retention.aggregatesDays,
      backupsDays: retention.backupsDays
    },
    records: [...contract.records.keys()]
  }
}

function recordForm(record: RecordDeclaration): Form {
  return {
    kind: record.kind,
    when: record.when,
    level: record.level,
    perDayMax: record.every?.perDayMax,
    expires: lastDay(record),
    identity: record.identity,
    time: record.time,
    sample: record.sample,
    fields: fieldForms(record.fields, record)
  }
}

type Holder = Pick<FieldDeclaration, 'level' | 'expires'>

/** Undefined: it has no end. */
function lastDay({ expires }: Holder): string | undefined {
  return endOf({ expires }) === Infinity ? undefined : expires
}

function fieldForms(fields: ReadonlyMap<string, FieldDeclaration>, holder: Holder): Form {
  const sent = [...fields.values()].filter((field) => field.sdk === 'sends')
  return Object.fromEntries(sent.map((field) => [field.name, fieldForm(field, holder)]))
}

function fieldForm(field: FieldDeclaration, holder: Holder): Form {
  return {
    says: field.says,
    level: field.level === holder.level ? undefined : field.level,
    expires: lastDay(field) === lastDay(holder) ? undefined : lastDay(field),
    type: typeForm(field.type, field),
    onlyWhen: field.onlyWhen === undefined ? undefined : Object.fromEntries(field.onlyWhen),
    collector: field.collector === 'keeps' ? undefined : field.collector,
    at: segmentPlace(field)
  }
}

/**
 * Where a client of this product puts it in a Segment call. Other clients' places mean nothing
 * there.
 */
function segmentPlace({ name, from }: FieldDeclaration): string | undefined {
  const place = from.find((path) => /^(properties|context)\./.test(path))
  return place === `properties.${name}` ? undefined : place
}

function typeForm(type: FieldType, holder: Holder): Form {
  switch (type.is) {
    case 'integer':
    case 'number':
      return {
        is: type.is,
        unit: type.unit,
        min: type.min,
        max: type.max,
        coarsen: coarsenForm(type.coarsen)
      }
    case 'duration':
      return { is: type.is, unit: type.unit, max: type.max, coarsen: coarsenForm(type.coarsen) }
    case 'timestamp':
      return { is: type.is, round: type.round }
    case 'version':
      return { is: type.is, parts: type.parts }
    case 'enum':
      return {
        is: type.is,
        values: type.values,
        aliases: type.aliases.size === 0 ? undefined : Object.fromEntries(type.aliases),
        strip: type.strip.length === 0 ? undefined : type.strip,
        ignoreCase: type.ignoreCase || undefined,
        matches: type.matches.size === 0 ? undefined : Object.fromEntries(type.matches),
        collapse: type.other === 'collapse' || undefined
      }
    case 'pattern':
      return {
        is: type.is,
        pattern: type.pattern,
        lengthMax: type.lengthMax,
        collapse: type.other === 'collapse' || undefined
      }
    case 'uuid':
      return { is: type.is, form: type.form }
    case 'sql-shape':
      return { is: type.is, dialect: type.dialect }
    case 'keyed-hash':
      return { is: type.is, lengthMax: type.lengthMax }
    case 'string':
      return { is: type.is, lengthMax: type.lengthMax }
    case 'list':
      return { is: type.is, of: typeForm(type.of, holder), itemsMax: type.itemsMax }
    case 'map':
      return {
        is: type.is,
        keys:
          type.keys.is === 'enum'
            ? { values: type.keys.values }
            : { pattern: type.keys.pattern, lengthMax: type.keys.lengthMax },
        values: typeForm(type.values, holder),
        entriesMax: type.entriesMax,
        others: type.others === 'violation' ? undefined : type.others,
        counts: countsForm(type.counts)
      }
    case 'object':
      return {
        is: type.is,
        fields: fieldForms(type.fields, holder),
        others: type.others === 'violation' ? undefined : type.others
      }
    default:
      return { is: type.is }
  }
}

function countsForm(counts: Counts | undefined): Form | undefined {
  return counts?.is === 'buckets' ? { is: counts.is, bounds: counts.bounds } : counts
}

function coarsenForm(coarsen: Coarsen | undefined): Form | undefined {
  switch (coarsen?.by) {
    case 'digits':
      return { by: 'digits', digits: coarsen.digits }
    case 'bucket':
      return { by: 'bucket', bounds: coarsen.bounds }
    case 'nearest':
      return { by: 'nearest', step: coarsen.step }
    case undefined:
      return undefined
  }
}
