/** The cards of a board, each asked within the view that the reader has, and taken off again. */
import type { Board } from '../api/answers.ts'
import { Button, SimpleGrid, Skeleton } from '@mantine/core'
import type { ReactElement } from 'react'
import { useSaveBoard } from '../api/boards.ts'
import { useMay, useQuestions } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'
import { FilterBar } from '../filters/filter-bar.tsx'
import { Problem } from '../look/problem.tsx'

export function BoardCards({ board }: { readonly board: Board }): ReactElement {
  const { data: catalogue, error, refetch } = useQuestions(board.product)
  const mayWrite = useMay('maintain', board.product) && board.from === 'saved'
  const save = useSaveBoard()
  if (error !== null) return <Problem error={error} retry={() => void refetch()} />
  if (catalogue === undefined) return <Skeleton height={320} />
  const without = (index: number): void =>
    save.mutate({ ...board, cards: board.cards.filter((_, other) => other !== index) })
  return (
    <>
      <FilterBar />
      {save.error !== null && <Problem error={save.error} />}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        {board.cards.map(({ question: name, title, parameters }, index) => {
          const question = catalogue.questions.find((one) => one.name === name)
          const key = `${index} ${name} ${JSON.stringify(parameters)}`
          if (question === undefined)
            return (
              <Problem
                key={key}
                error={new Error(`There is no question “${name}” any more; take it off the board.`)}
              />
            )
          return (
            <AnswerCard
              key={key}
              question={question}
              own={parameters}
              {...(title !== undefined && { title })}
              controls={
                mayWrite &&
                board.cards.length > 1 && (
                  <Button size="compact-xs" variant="subtle" onClick={() => without(index)}>
                    Take off
                  </Button>
                )
              }
            />
          )
        })}
      </SimpleGrid>
    </>
  )
}
