/** A board as the file that lies beside a contract: `boards/<name>.yaml`, reviewed like code. */
import type { Board } from '../api/answers.ts'

/** YAML in which every text is quoted as JSON does it, which YAML reads the same. */
export function boardFile({ title, since, cards }: Board): string {
  const text = (value: string): string => JSON.stringify(value)
  return [
    `title: ${text(title)}`,
    `since: ${text(since)}`,
    'cards:',
    ...cards.flatMap(({ question, title: ofCard, parameters }) => [
      `  - question: ${text(question)}`,
      ...(ofCard === undefined ? [] : [`    title: ${text(ofCard)}`]),
      ...(Object.keys(parameters).length === 0
        ? []
        : [
            '    parameters:',
            ...Object.entries(parameters).map(([name, value]) => `      ${name}: ${text(value)}`)
          ])
    ]),
    ''
  ].join('\n')
}
