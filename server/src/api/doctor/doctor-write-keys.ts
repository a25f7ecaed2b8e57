/**
 * Which products are still known by their names alone, and what comes with keys that nobody gave
 * out.
 */
import type { WriteKey, WriteKeys } from '../../products/write-keys.ts'
import type { DoctorCheck } from './doctor.ts'

export function writeKeyCheck(
  keys: readonly WriteKey[],
  { requests, nearest }: ReturnType<WriteKeys['unknown']>
): DoctorCheck {
  const named = keys.filter(({ from }) => from === 'name').map(({ product }) => product)
  const known =
    named.length === 0
      ? 'each product has keys of its own'
      : `the name is the key of ${named.join(', ')}; \`candor write-key create\` gives out another`
  if (requests === 0) return { name: 'write keys', is: 'ok', says: known }
  return {
    name: 'write keys',
    is: 'warning',
    says:
      `${requests} ${requests === 1 ? 'request' : 'requests'} today with keys that nobody gave ` +
      `out${nearest === undefined ? '' : `, nearest \`${nearest}\``}; ${known}`
  }
}
