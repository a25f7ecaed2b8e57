/** Who runs what an advisory names, since it was published. */
import { NativeSelect } from '@mantine/core'
import { useState, type ReactElement } from 'react'
import type { Question } from '../api/answers.ts'
import { useReleases } from '../api/queries.ts'
import { AnswerCard } from '../chart/answer-card.tsx'

export interface ExposureCardProps {
  readonly question: Question
  readonly product: string
}

export function ExposureCard({ question, product }: ExposureCardProps): ReactElement | null {
  const { data: releases } = useReleases(product)
  const [chosen, setChosen] = useState<string>()
  const known = (releases?.advisories ?? []).filter(({ withdrawn }) => withdrawn !== true)
  // What was published last is what somebody has to answer for now.
  const newest = known.toSorted((one, other) => (one.date < other.date ? 1 : -1))[0]
  const advisory = known.find(({ id }) => id === chosen) ?? newest
  if (advisory === undefined) return null
  return (
    <AnswerCard
      question={question}
      says={`${advisory.title}: installations that run an affected version, at least and at most.`}
      own={{ advisory: advisory.id, unit: 'week' }}
      marks={[{ day: advisory.date, label: 'published' }]}
      controls={
        known.length > 1 && (
          <NativeSelect
            size="xs"
            aria-label="Advisory"
            data={known.map(({ id }) => id)}
            value={advisory.id}
            onChange={({ currentTarget }) => setChosen(currentTarget.value)}
          />
        )
      }
    />
  )
}
