/** What is a user told whose word could not be kept? That it could not, and what holds instead. */
import { variablePrefix } from '../consent/sources.ts'
import type { Status } from '../telemetry.ts'

/** Nothing where the word was kept. */
export function unkeptLines(
  { unkept, product }: Pick<Status, 'unkept' | 'product'>,
  to: 'on' | 'off' | 'local' | 'id'
): readonly string[] {
  if (unkept === undefined) return []
  const variable = `${variablePrefix({ product })}_TELEMETRY`
  const instead = {
    off:
      `DO_NOT_TRACK=1 or ${variable}=off where programs start, or {"telemetry":"off"} in the ` +
      `machine’s policy, ${policyFile(product)}`,
    on: `${variable}=on where programs start`,
    local: `${variable}=local where programs start`,
    id: 'a state folder that can be written to'
  }[to]
  return [`That could not be kept: ${unkept}.`, `What holds instead: ${instead}.`]
}

function policyFile(product: string): string {
  return `/etc/candor.d/${product}.json`
}
