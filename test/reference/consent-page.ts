/** What each state of consent lets happen, and who may say what, from the lists that decide. */
import { consentSources, consentStates } from '../../sdk/src/consent/decision.ts'
import { code, page, table } from './page.ts'

export function consentPage(): string {
  return page(
    'Consent',
    'What the SDK may do is one of five states, and nine sources may say which. ' +
      '`telemetry status` tells all that were heard, and which one decided.',
    '## States',
    table(
      ['state', 'records', 'makes reports', 'sends', 'what it means'],
      Object.entries(consentStates).map(([state, { records, prepares, sends, says }]) => [
        code(state),
        ...[records, prepares, sends].map((does) => (does ? 'yes' : 'no')),
        says
      ])
    ),
    '## Sources',
    'The strongest stands first. **Any off wins over any on**, from wherever it comes; ' +
      'of all that is no off, the strongest decides. ' +
      'A word that means nothing counts as off, and is told.',
    table(
      ['source', 'where it is', 'what it may say', 'makes a user’s word louder'],
      consentSources.map((source) => [
        code(source.name),
        source.where.includes('_')
          ? source.where.replaceAll(/[A-Z<][A-Z_<>]+/g, '`$&`')
          : source.where,
        source.says,
        'onlyLowers' in source ? 'never' : ''
      ])
    )
  )
}
