/** Takes an answer elsewhere: as a link, CSV, SQL, or the line that asks the same in a terminal. */
import { Button, Group } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useState, type ReactElement } from 'react'
import type { Answer } from '../api/answers.ts'
import { apiPath } from '../api/client.ts'
import { askLine } from '../filters/own-parameters.ts'
import { AddToBoard } from './add-to-board.tsx'

export interface CopyActionsProps {
  readonly question: string
  readonly parameters: Readonly<Record<string, string>>
  readonly answer: Answer | undefined
}

export function CopyActions({ question, parameters, answer }: CopyActionsProps): ReactElement {
  const { copy, copied, error } = useClipboard({ timeout: 2000 })
  const [what, setWhat] = useState('')
  const take = (name: string, text: string): void => {
    setWhat(name)
    copy(text)
  }
  const label = (name: string, text: string): string =>
    what === name && copied
      ? 'Copied'
      : what === name && error !== null
        ? 'Not allowed to copy'
        : text
  return (
    <Group gap="xs" className="no-print" aria-live="polite">
      <Button size="xs" variant="default" onClick={() => take('link', location.href)}>
        {label('link', 'Copy link')}
      </Button>
      <Button
        size="xs"
        variant="default"
        component="a"
        href={apiPath(`questions/${question}`, { ...parameters, format: 'csv' })}
        download={`${parameters['product'] ?? 'candor'}-${question}.csv`}
      >
        CSV
      </Button>
      {answer?.sql !== undefined && (
        <Button size="xs" variant="default" onClick={() => take('sql', answer.sql ?? '')}>
          {label('sql', 'Copy SQL')}
        </Button>
      )}
      <Button
        size="xs"
        variant="default"
        onClick={() => take('line', askLine(question, parameters))}
      >
        {label('line', 'Copy candor ask')}
      </Button>
      <AddToBoard question={question} parameters={parameters} />
    </Group>
  )
}
