/**
 * Does an advisory concern a version? By the same comparison as the SDK's own check, so that
 * operators and users read the same.
 */
import type { Advisory } from '../api/answers.ts'
import { isInRange, readVersion } from '#values/version-order'

export function concerns(
  { affected, withdrawn }: Pick<Advisory, 'affected' | 'withdrawn'>,
  version: string
): boolean {
  const read = readVersion(version)
  return withdrawn !== true && read !== undefined && isInRange(read, affected)
}
