/** Which contracts ask for more than a client without a package has? */
import type { Contract, FieldDeclaration, FieldType } from '../../form/contract.ts'
import { recordsOf } from '../client/records-of.ts'

/** Each with what can be done; empty: all that the contract says can be kept. */
export function lacksOf(contract: Contract): readonly string[] {
  const { identity, presence, delivery, endpoint, retired, edition } = contract
  return [
    ...(presence.length > 0 ? ['`presence` is told by the package only'] : []),
    ...(identity.account ? ['`identity: account` is carried by the package only'] : []),
    ...(identity.lineage ? ['`identity: lineage` is carried by the package only'] : []),
    ...(delivery === 'in-process'
      ? ['`delivery: in-process`: this client sends by a process of its own, or not at all']
      : []),
    ...(endpoint?.['segment'] !== undefined && endpoint['default'] === undefined
      ? ['`endpoint.segment`: this client speaks the native wire only']
      : []),
    ...(edition === undefined ? [] : ['an edition’s own streams are carried by the package only']),
    ...(retired ? ['`retired`: a product that no longer collects needs no client'] : []),
    ...recordsOf(contract).flatMap((record) => [
      ...(record.identity === 'none'
        ? [`${record.name}: a record without the report's id is told by the package only`]
        : []),
      ...[...record.fields.values()].flatMap((field) => lacksOfField(record.name, field))
    ])
  ]
}

function lacksOfField(record: string, { name, sdk, type, onlyWhen }: FieldDeclaration): string[] {
  if (sdk !== 'sends') return []
  const lacking = typeLacking(type)
  return [
    ...(onlyWhen === undefined
      ? []
      : [`${record}.${name}: \`only_when\` is read by the package only`]),
    ...(lacking === undefined
      ? []
      : [`${record}.${name}: the type ${lacking} is read by the package only`])
  ]
}

/** In the word that its author wrote. */
function typeLacking(type: FieldType): string | undefined {
  if (type.is === 'list') return typeLacking(type.of)
  if (type.is === 'map' && type.counts !== undefined)
    return type.counts.is === 'labels' ? 'labelled-counter' : 'distribution'
  return /^(?:keyed-hash|map|object|sql-shape)$/.test(type.is) ? type.is : undefined
}
