/**
 * What does a vendor beside others collect? The word that tells it from them is all over its
 * contract.
 */
export const shopContract = (product: string, word: string): string => `candor: 1
product: ${product}
title: The ${word} shop
purpose: To know how ${word}s are counted.
contact: privacy@${word}.example
recipients: [{ name: The ${word} team, where: Norway, for: planning }]
retention: { records: 90 days, aggregates: 25 months }
consent: { default: opt-out, levels: { basic: What a ${word} counts. } }
identity: { kind: persistent, random: true, says: A random ${word} id. }
controls: [{ variable: ${word.toUpperCase()}_TELEMETRY, off: 'off' }]
questions: { ${word}_use: Is the ${word} used? }
events:
  ${word}_count:
    when: Always.
    level: basic
    since: 0.1.0
    owner: ${word}
    expires: never
    serves: [${word}_use]
    fields:
      ${word}s: { type: integer, min: 0, max: 100, says: how many ${word}s }
      ${word}_kind: { type: enum, values: [${word}_small, other], says: which ${word} }
`
