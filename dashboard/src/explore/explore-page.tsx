/** Any question, with any field and filter: as a chart, as a table, and to take elsewhere. */
import { Skeleton, Stack } from '@mantine/core'
import type { ReactElement } from 'react'
import { useLocation } from 'wouter'
import { useProducts, useQuestions } from '../api/queries.ts'
import { FilterBar } from '../filters/filter-bar.tsx'
import { useView } from '../filters/use-view.ts'
import { PageTitle } from '../look/page-title.tsx'
import { Problem } from '../look/problem.tsx'
import { exploreAddress } from '../filters/address.ts'
import { Asked } from './asked.tsx'
import classes from './explore.module.css'
import { QuestionList, sqlEntry } from './question-list.tsx'
import { SqlConsole } from './sql-console.tsx'

export function ExplorePage(): ReactElement {
  const { view, own } = useView()
  const [, navigate] = useLocation()
  const product = view.product ?? ''
  const { data: products } = useProducts()
  const { data: catalogue, error, refetch } = useQuestions(product)
  const wanted = own.get('question')
  const question =
    catalogue?.questions.find(({ name }) => name === wanted) ?? catalogue?.questions[0]
  const isSql = wanted === sqlEntry
  const title = products?.find((one) => one.product === product)?.title ?? product
  return (
    <Stack gap="md">
      <PageTitle title="Explore" of={isSql ? 'SQL' : (question?.title ?? title)} />
      {!isSql && <FilterBar />}
      {error !== null && <Problem error={error} retry={() => void refetch()} />}
      {catalogue === undefined && error === null && <Skeleton height={420} />}
      {catalogue !== undefined && question !== undefined && (
        <div className={classes['page']}>
          <div className="no-print">
            <QuestionList
              questions={catalogue.questions}
              chosen={isSql ? sqlEntry : question.name}
              view={view}
              onChoose={(name) => navigate(exploreAddress(view, name))}
            />
          </div>
          {isSql ? (
            <SqlConsole />
          ) : (
            <Asked key={question.name} question={question} catalogue={catalogue} />
          )}
        </div>
      )}
    </Stack>
  )
}
