/**
 * Keeps an answer for a while, so that many readers cost the store one query; while it is being
 * made, all wait for the same.
 */
import type { Clock } from '../effects.ts'

export interface KeptAnswers<Answer> {
  of(key: string, make: () => Promise<Answer>): Promise<Answer>
}

export function keepAnswers<Answer>(
  clock: Pick<Clock, 'now'>,
  { ms, keysMax }: { ms: number; keysMax: number }
): KeptAnswers<Answer> {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>()
  return {
    of(key, make) {
      const now = clock.now()
      const found = kept.get(key)
      if (found !== undefined && Math.abs(now - found.at) < ms) return found.answer
      const answer = make()
      kept.delete(key)
      const [oldest] = kept.keys()
      if (oldest !== undefined && kept.size >= keysMax) kept.delete(oldest)
      kept.set(key, { at: now, answer })
      // A failure is not kept: the next reader tries again.
      answer.catch(() => kept.get(key)?.answer === answer && kept.delete(key))
      return answer
    }
  }
}
