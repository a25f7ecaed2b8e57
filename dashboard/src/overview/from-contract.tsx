/** The questions that the contract itself asks, each answered by the fields that serve it. */
import type { ProductContract } from '../api/answers.ts'
import { SimpleGrid, Stack, Text, Title } from '@mantine/core'
import type { ReactElement } from 'react'
import { useContract, type QuestionCatalogue } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'
import { fieldsServing, type ServingField } from './fields-serving.ts'

export function FromContract({
  catalogue,
  product
}: {
  readonly catalogue: QuestionCatalogue
  readonly product: string
}): ReactElement | null {
  const { data } = useContract(product)
  const breakdown = catalogue.questions.find(({ name }) => name === 'breakdown')
  const distribution = catalogue.questions.find(({ name }) => name === 'distribution')
  const shapes = catalogue.questions.find(({ name }) => name === 'query-shapes')
  if (data === undefined || breakdown === undefined || distribution === undefined) return null
  const asked = sections(data, catalogue)
  const silent = asked
    .filter(({ fields, before }) => fields.length === 0 && before.length === 0)
    .map(({ says }) => says)
  return (
    <>
      {asked
        .filter(({ fields, before }) => fields.length > 0 || before.length > 0)
        .map(({ name, says, fields, before }) => (
          <Stack key={name} gap="sm" component="section" mt="md">
            <div>
              <Title order={2}>{says}</Title>
              {before.length > 0 && (
                <Text size="sm" c="dimmed">
                  {fields.length > 0 ? 'Also' : 'Answered'} by {before.join(' and ')}, above.
                </Text>
              )}
            </div>
            <SimpleGrid
              cols={{ base: 1, md: fields.length === 1 ? 1 : 2, xl: Math.min(3, fields.length) }}
              spacing="md"
            >
              {fields.map((field) =>
                field.isShape && shapes !== undefined ? (
                  <AnswerCard
                    key={field.name}
                    headingOrder={3}
                    question={shapes}
                    title={field.name}
                    says={field.says}
                    own={{ field: field.name }}
                    height={220}
                    rowsMax={3}
                  />
                ) : (
                  <AnswerCard
                    key={field.name}
                    headingOrder={3}
                    question={field.isNumber ? distribution : breakdown}
                    title={field.name}
                    says={field.says}
                    own={{ field: field.name, of: field.isOfSnapshot ? 'latest' : undefined }}
                    height={220}
                  />
                )
              )}
            </SimpleGrid>
          </Stack>
        ))}
      {silent.length > 0 && (
        <Text size="sm" c="dimmed" mt="md">
          The contract also asks: {silent.join(' ')} No field that answers it has arrived in the
          last week; the contract page tells which were seen when.
        </Text>
      )}
    </>
  )
}

interface Section {
  readonly name: string
  readonly says: string
  readonly fields: readonly ServingField[]
  /** Fields that stand under an earlier question already. */
  readonly before: readonly string[]
}

function sections(
  { contract, records }: ProductContract,
  catalogue: QuestionCatalogue
): readonly Section[] {
  const shown = new Set<string>()
  return Object.entries(contract.questions ?? {}).map(([name, says]) => {
    const serving = fieldsServing(name, records, catalogue.fields)
    const fields = serving.filter((field) => !shown.has(field.name))
    const before = serving.filter((field) => shown.has(field.name)).map((field) => field.name)
    for (const field of fields) shown.add(field.name)
    return { name, says, fields, before }
  })
}
