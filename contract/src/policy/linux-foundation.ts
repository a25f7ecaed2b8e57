/** Holds a contract against what the Linux Foundation asks of its projects. */
import type { PolicyRule } from './policy-rule.ts'

const policy = 'https://www.linuxfoundation.org/legal/telemetry-data-policy'
const guidance = 'https://bestpractices.linuxfoundation.org/privacy/telemetry.html'

export const linuxFoundationRules: readonly PolicyRule[] = [
  {
    code: 'LF_CONSENT',
    severity: 'error',
    finds: 'a contract that collects from whoever said nothing',
    asks: 'Users are told every relevant detail, and consent before anything is collected.',
    mend: 'Write `default: opt-in` or `default: ask`, or argue for the notice in a waiver.',
    source: policy,
    *find(view) {
      if (view.contract.consent.default === 'opt-out')
        yield {
          spot: view.find('consent', 'default'),
          message: 'Nobody consented before it begins: write `opt-in` or `ask`.'
        }
    }
  },
  {
    code: 'LF_ANONYMOUS',
    severity: 'error',
    finds: 'an id by which an installation is known for good, or that links several',
    asks: 'The data is shown to be anonymous: it does not let anybody track or identify a user.',
    mend: 'Let the id rotate (`kind: window`) or do without one (`kind: none`, `presence`).',
    source: policy,
    *find(view) {
      const { kind, account, lineage } = view.contract.identity
      if (kind === 'persistent' || account || lineage)
        yield {
          spot: view.find('identity'),
          message:
            'Its id makes an installation pseudonymous, not anonymous: let it rotate, or do ' +
            'without one.'
        }
    }
  },
  {
    code: 'LF_CONFIDENTIAL',
    severity: 'error',
    finds: 'free text, or a field that is content or sensitive',
    asks: 'No confidential information of users or their employers is among the data.',
    mend: 'Reduce it to a list of words, or stop collecting it.',
    source: policy,
    *find(view) {
      for (const field of view.fields) {
        const { sensitivity = field.record.record.sensitivity } = field.field
        const isText = field.types.some(({ type }) => type.is === 'string')
        if (field.isKept && (isText || /^(?:content|sensitive)$/.test(sensitivity ?? '')))
          yield {
            spot: field,
            message:
              `\`${field.field.name}\` may hold what an organisation keeps to itself: reduce it ` +
              'to words, or stop collecting it.'
          }
      }
    }
  },
  {
    code: 'LF_STORED',
    severity: 'error',
    finds: 'a contract that does not say where the data is stored',
    asks: 'How the data is stored is part of what is reviewed.',
    mend: 'Say it in `location`.',
    source: policy,
    *find(view) {
      if (view.contract.location === undefined)
        yield { spot: view, message: 'Where it is stored is not said: write `location`.' }
    }
  },
  {
    code: 'LF_SHARED',
    severity: 'warning',
    finds: 'a contract that makes nothing public',
    asks: 'What is collected is there for the whole community, and not for one participant.',
    mend: 'Say in `publication` what everybody may see.',
    source: guidance,
    *find(view) {
      if (view.contract.publication === undefined)
        yield {
          spot: view,
          message: 'Nothing says what the community may see of it: write `publication`.'
        }
    }
  }
]
