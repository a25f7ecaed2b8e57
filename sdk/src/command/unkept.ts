/** What is a user told whose word could not be kept? That first, and then what holds instead. */
import { variablePrefix } from '../consent/sources.ts'
import type { Status } from '../telemetry.ts'

type Asked = 'on' | 'off' | 'local' | 'id'

/** `is`: what the answer says where all was kept. */
export function keptLines(
  is: string,
  { unkept, product }: Pick<Status, 'unkept' | 'product'>,
  to: Asked
): readonly string[] {
  if (unkept === undefined) return [is]
  const variable = `${variablePrefix({ product })}_TELEMETRY`
  switch (unkept.is) {
    case 'project':
      return [is, `The project’s file still says what it said: ${unkept.why}.`]
    case 'id':
      return [`The id is the one of before: ${unkept.why}.`]
    case 'word': {
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
  }
}

function policyFile(product: string): string {
  return `/etc/candor.d/${product}.json`
}
