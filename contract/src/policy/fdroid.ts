/** Holds a contract against what F-Droid marks as anti-features of an app. */
import type { PolicyRule } from './policy-rule.ts'

const source = 'https://f-droid.org/docs/Anti-Features/'

export const fdroidRules: readonly PolicyRule[] = [
  {
    code: 'FDROID_TRACKING',
    severity: 'error',
    finds: 'a contract that reports by default',
    asks:
      'An app that reports activity by default is marked “Tracking”, also if it can be ' +
      'turned off.',
    mend: 'Write `default: opt-in` or `default: ask`.',
    source,
    *find(view) {
      if (view.contract.consent.default === 'opt-out')
        yield {
          spot: view.find('consent', 'default'),
          message: 'It reports by default and would be marked Tracking: write `opt-in` or `ask`.'
        }
    }
  },
  {
    code: 'FDROID_VERSION_CHECK',
    severity: 'error',
    finds: 'a version check that nobody asked for',
    asks: 'Looking for updates without the user’s permission is marked “Tracking” too.',
    mend: 'Leave `version_check` out: the client of the catalogue updates apps.',
    source,
    *find(view) {
      if (view.contract.versionCheck !== undefined)
        yield {
          spot: view.find('version_check'),
          message: 'It looks for versions by itself: leave `version_check` out of this build.'
        }
    }
  },
  {
    code: 'FDROID_ENDPOINT',
    severity: 'error',
    finds: 'an address that its user can’t change',
    asks: 'An app that depends on a service that can’t be changed is marked “NonFreeNet”.',
    mend: 'Name in `endpoint` the `key`, `variable` or `flag` that changes it.',
    source,
    *find(view) {
      const { endpoint = {} } = view.contract
      const isFixed = !['key', 'variable', 'flag'].some((way) => endpoint[way] !== undefined)
      if (isFixed)
        yield {
          spot: view.find('endpoint'),
          message:
            'Nothing says how to send it elsewhere: name a `key`, `variable` or `flag` in ' +
            '`endpoint`.'
        }
    }
  }
]
