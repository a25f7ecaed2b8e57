/** Every question that can be asked, and SQL for those that none of them answers. */
import { NativeSelect } from '@mantine/core'
import type { ReactElement } from 'react'
import { Link } from 'wouter'
import type { Question } from '../api/answers.ts'
import { writeView, type View } from '../filters/view.ts'
import classes from './explore.module.css'

export const sqlEntry = 'sql'

export interface QuestionListProps {
  readonly questions: readonly Question[]
  readonly chosen: string
  readonly view: View
  readonly onChoose: (name: string) => void
}

export function QuestionList({
  questions,
  chosen,
  view,
  onChoose
}: QuestionListProps): ReactElement {
  const entries = [
    ...questions.map(({ name, title }) => ({ name, title })),
    { name: sqlEntry, title: 'SQL' }
  ]
  const address = (name: string): string => {
    const query = new URLSearchParams(writeView(view))
    query.set('question', name)
    return `/explore?${query.toString().replaceAll('%2C', ',')}`
  }
  return (
    <>
      <NativeSelect
        className={classes['choice'] ?? ''}
        label="Question"
        value={chosen}
        onChange={({ currentTarget }) => onChoose(currentTarget.value)}
        data={entries.map(({ name, title }) => ({ value: name, label: title }))}
      />
      <nav aria-label="Questions" className={classes['list']}>
        {entries.map(({ name, title }) => (
          <Link
            key={name}
            href={address(name)}
            className={classes['entry'] ?? ''}
            aria-current={name === chosen ? 'page' : undefined}
          >
            {title}
          </Link>
        ))}
      </nav>
    </>
  )
}
