/** What is a user told whose word could not be kept? That first, and then what holds instead. */
import { variablePrefix } from '../consent/sources.ts'
import type { Status } from '../telemetry.ts'

/** `is`: what the answer says where all was kept. */
export function keptLines(
  is: string,
  { unkept, product }: Pick<Status, 'unkept' | 'product'>,
  to: 'on' | 'off' | 'local'
): readonly string[] {
  switch (unkept?.is) {
    case 'project':
      return [is, `The project’s file still says what it said: ${unkept.why}.`]
    case 'word': {
      const variable = `${variablePrefix({ product })}_TELEMETRY`
      const holds = to === 'off' ? `DO_NOT_TRACK=1 or ${variable}=off` : `${variable}=${to}`
      const policy =
        to === 'off'
          ? `, or {"telemetry":"off"} in the machine’s policy, ${policyFile(product)}`
          : ''
      return [
        `What you said holds until this run ends, and no longer: ${unkept.why}.`,
        `What holds instead: ${holds} where programs start${policy}.`
      ]
    }
    default:
      return [is]
  }
}

/** Of the id alone: that a word of before is kept nowhere, `status` says. */
export function keptId({ unkept, identity }: Pick<Status, 'unkept' | 'identity'>): {
  readonly text: string
  readonly exitCode: 0 | 1
} {
  return unkept?.is === 'id'
    ? { text: `The id is the one of before: ${unkept.why}.`, exitCode: 1 }
    : { text: `The id is ${identity.id ?? 'none'} now.`, exitCode: 0 }
}

function policyFile(product: string): string {
  return `/etc/candor.d/${product}.json`
}
