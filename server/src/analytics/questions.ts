/** Every question that can be asked, by name. */
import { CandorError } from '../errors.ts'
import { activeInstallations } from './active-installations.ts'
import { drift } from './drift.ts'
import { events } from './events.ts'
import { closest } from 'fastest-levenshtein'
import type { Question } from './question.ts'
import { versions } from './versions.ts'

export const questions: readonly Question[] = [activeInstallations, versions, events, drift]

export function questionNamed(name: string): Question {
  const found = questions.find((question) => question.name === name)
  if (found !== undefined) return found
  const names = questions.map((question) => question.name)
  throw new CandorError(
    'QUESTION_UNKNOWN',
    `There is no such question; did you mean "${closest(name.slice(0, 60), names)}"? There are: ${names.join(', ')}`
  )
}
