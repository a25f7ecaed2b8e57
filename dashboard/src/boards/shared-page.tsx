/** What a link shows to somebody without a token: one board, as of now, and nothing else. */
import { Container, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import { useSharedBoard } from '../api/boards.ts'
import { AnswerTable } from '../chart/answer-table.tsx'
import { AnswerView } from '../chart/answer-view.tsx'
import { formatMoment } from '../look/numbers-and-dates.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { Prose } from '../look/prose.tsx'
import { kindOf } from './kind.ts'

export function SharedPage(): ReactElement {
  // The fragment stays in the address: whoever was given the link may keep it as a bookmark.
  const [secret] = useState(() => location.hash.slice(1))
  const { data, error, dataUpdatedAt } = useSharedBoard(secret)
  return (
    <Container size={1320} component="main" py="lg">
      <Stack gap="md">
        <PageTitle
          title={data?.board.title ?? 'A board'}
          of={data?.board.product ?? ''}
          says={
            data === undefined
              ? ''
              : `As of ${formatMoment(new Date(dataUpdatedAt).toISOString())}; days are UTC.`
          }
        />
        {error !== null && data === undefined && <Problem error={error} />}
        {data === undefined && error === null && <Skeleton height={320} />}
        <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
          {data?.cards.map(({ title, question, answer, problem }, index) => (
            <Paper key={`${index} ${question}`} component="section" p="md" data-question={question}>
              <Title order={2} size="h4" mb="xs">
                {title ?? question.replaceAll('-', ' ')}
              </Title>
              {answer === null ? (
                <Text size="sm">{problem}</Text>
              ) : kindOf(answer) === 'table' ? (
                <AnswerTable answer={answer} caption={title ?? question} />
              ) : (
                <AnswerView
                  answer={answer}
                  title={title ?? question}
                  kind={kindOf(answer)}
                  measure={undefined}
                  height={280}
                />
              )}
              {answer?.notes.slice(0, 2).map((note) => (
                <Text size="xs" c="dimmed" key={note}>
                  <Prose text={note} />
                </Text>
              ))}
            </Paper>
          ))}
        </SimpleGrid>
      </Stack>
    </Container>
  )
}
