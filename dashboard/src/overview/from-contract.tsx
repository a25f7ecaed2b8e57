/** The questions that the contract itself asks, each whole, under its own words. */
import { SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useIntersection } from '@mantine/hooks'
import { useState, type ReactElement } from 'react'
import type { ContractRecord } from '../api/answers.ts'
import { useContract, type QuestionCatalogue } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'
import { useView } from '../filters/use-view.ts'
import { useWhole } from '../look/use-printing.ts'
import classes from './from-contract.module.css'

export function FromContract({
  catalogue
}: {
  readonly catalogue: QuestionCatalogue
}): ReactElement {
  const { view } = useView()
  // It is below what a first screen shows, and what it rests on is the longest answer of the page.
  const { ref, entry } = useIntersection({ rootMargin: '600px' })
  const isWhole = useWhole()
  const [isNear, setNear] = useState(false)
  if (!isNear && (entry?.isIntersecting === true || isWhole)) setNear(true)
  const { data } = useContract(view.product ?? '', { isWanted: isNear })
  if (data === undefined) return isNear ? <Skeleton height={320} /> : <div ref={ref} />
  return (
    <>
      {sections(catalogue, data.records).map(({ name, says, asks, before, unseen }) => (
        <Stack key={name} gap="sm" component="section" mt="md" data-contract-question={name}>
          <div>
            <Title order={2}>{says}</Title>
            {before.length > 0 && (
              <Text size="sm" c="dimmed">
                {asks.length > 0 ? 'Also' : 'Answered'} by {before.join(', ')}, above.
              </Text>
            )}
            {unseen.length > 0 && (
              <Text size="sm" c="dimmed" data-unseen>
                In no record of the last week: {unseen.join(', ')}.
              </Text>
            )}
          </div>
          <SimpleGrid cols={{ base: 1, md: asks.length === 1 ? 1 : 2 }} spacing="md">
            {asks.map(({ title, question, parameters }) => (
              <div
                key={`${question.name} ${JSON.stringify(parameters)}`}
                className={question.name === 'fleet' ? classes['wide'] : classes['card']}
              >
                <AnswerCard
                  headingOrder={3}
                  question={question}
                  title={title}
                  own={parameters}
                  fullDays={isOfPeriod(question.name, parameters)}
                  height={220}
                  {...(question.name === 'fleet' && { kind: 'table' as const })}
                />
              </div>
            ))}
          </SimpleGrid>
        </Stack>
      ))}
    </>
  )
}

/** Lines go on to today, and what is latest is so now. */
function isOfPeriod(question: string, { unit = 'all', of }: Readonly<Record<string, string>>) {
  return !['fleet', 'retention', 'sessions'].includes(question) && unit === 'all' && of !== 'latest'
}

type ContractQuestion = QuestionCatalogue['contractQuestions'][number]

interface Section extends Pick<ContractQuestion, 'name' | 'says'> {
  readonly asks: readonly (Omit<ContractQuestion['asks'][number], 'question'> & {
    readonly question: QuestionCatalogue['questions'][number]
  })[]
  /** Titles of cards that stand under an earlier question already. */
  readonly before: readonly string[]
  /** Fields that it asks for and that nobody sent: an empty card each says nothing. */
  readonly unseen: readonly string[]
}

function sections(
  { contractQuestions, questions }: QuestionCatalogue,
  records: readonly ContractRecord[]
): readonly Section[] {
  const shown = new Set<string>()
  const seen = new Set(
    records.flatMap(({ fields }) =>
      fields.filter(({ observedShare }) => (observedShare ?? 0) > 0).map(({ name }) => name)
    )
  )
  const isDeclared = new Set(records.flatMap(({ fields }) => fields.map(({ name }) => name)))
  const isUnseen = ({ field }: Readonly<Record<string, string>>): boolean =>
    field !== undefined && isDeclared.has(field) && !seen.has(field)
  return contractQuestions.map(({ name, says, asks }) => {
    const known = asks.flatMap(({ question, ...ask }) => {
      const found = questions.find((one) => one.name === question)
      return found === undefined
        ? []
        : [{ ...ask, question: found, id: JSON.stringify([question, ask.parameters]) }]
    })
    const fresh = known.filter(({ id, parameters }) => !shown.has(id) && !isUnseen(parameters))
    const before = known.filter(({ id }) => shown.has(id)).map(({ title }) => title)
    for (const { id } of fresh) shown.add(id)
    const unseen = known.filter(({ parameters }) => isUnseen(parameters)).map(({ title }) => title)
    return { name, says, before, unseen, asks: fresh }
  })
}
