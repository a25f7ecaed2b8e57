/** Holds a contract against what Debian’s maintainers count as a privacy bug of a package. */
import type { PolicyRule } from './policy-rule.ts'

const list = 'https://lists.debian.org/debian-policy/2008/02/msg00093.html'
const wiki = 'https://wiki.debian.org/PrivacyIssues'

export const debianRules: readonly PolicyRule[] = [
  {
    code: 'DEBIAN_PHONE_HOME',
    severity: 'error',
    finds: 'a contract that reports by default',
    asks: 'No package contacts a server for its makers’ statistics unless its user began it.',
    mend: 'Write `default: opt-in` or `default: ask`.',
    source: list,
    *find(view) {
      if (view.contract.consent.default === 'opt-out')
        yield {
          spot: view.find('consent', 'default'),
          message: 'It phones home without being asked: write `opt-in` or `ask`.'
        }
    }
  },
  {
    code: 'DEBIAN_CONFFILE',
    severity: 'error',
    finds: 'a contract without a switch for the whole machine',
    asks:
      'An administrator decides for all users of a machine, in a file that a package may ' +
      'bring.',
    mend: 'Offer a control with a `policy`, or a `key` or `file` whose `scope` is the machine.',
    source: wiki,
    *find(view) {
      const isThere = view.contract.controls.some(
        (control) =>
          control['policy'] !== undefined ||
          ((control['file'] !== undefined || control['key'] !== undefined) &&
            control['project'] === undefined &&
            control['honoured'] !== false)
      )
      if (!isThere)
        yield {
          spot: view.find('controls'),
          message: 'No file switches it off for a machine: offer a `policy`, `file` or `key`.'
        }
    }
  },
  {
    code: 'DEBIAN_THIRD_PARTY',
    severity: 'error',
    finds: 'reports to an analytics service of somebody else',
    asks: 'No third party learns of a user from a package.',
    mend: 'Collect it yourselves, or argue in a waiver why that service may know.',
    source: wiki,
    *find(view) {
      if (view.contract.endpoint?.['segment'] !== undefined)
        yield {
          spot: view.find('endpoint', 'segment'),
          message: 'It goes to a service of somebody else: collect it yourselves.'
        }
    }
  },
  {
    code: 'DEBIAN_ID',
    severity: 'warning',
    finds: 'an id that lives as long as the installation',
    asks:
      'What identifies a user from one connection to the next is the first thing that is ' +
      'asked.',
    mend: 'Let the id rotate (`kind: window`), or do without one.',
    source: list,
    *find(view) {
      if (view.contract.identity.sdkKind === 'persistent')
        yield {
          spot: view.find('identity'),
          message: 'It is known by one id for good: let it rotate, or do without one.'
        }
    }
  }
]
