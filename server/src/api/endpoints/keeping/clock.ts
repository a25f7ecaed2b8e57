/** Which time is it here, and is the machine believed? An operator may say that it is right. */
import { z } from 'zod'
import type { PlausibleClock } from '../../../plausible-clock.ts'
import type { Audit } from '../../access/audit.ts'
import {
  endpoint,
  json,
  type AnswerOf,
  type Endpoint,
  type Reply
} from '../../describe/endpoint.ts'
import { instant, named } from '../../describe/shapes.ts'

const answer = named('Clock', () =>
  z.strictObject({ clock: z.enum(['believed', 'held']), says: instant(), is: instant() })
)
export type ClockAnswer = AnswerOf<typeof answer>

export function clockEndpoints(services: {
  readonly clock: PlausibleClock
  readonly audit: Pick<Audit, 'write'>
}): readonly Endpoint[] {
  const told = (): Reply<ClockAnswer> => {
    const { clock } = services
    const state = clock.state()
    const now = clock.now()
    const iso = (at: number): string => new Date(at).toISOString()
    const says = state.is === 'held' ? state.says : now
    return json({ clock: state.is, says: iso(says), is: iso(now) })
  }
  return [
    endpoint({
      method: 'GET',
      path: '/api/v1/clock',
      says: 'what time it is held to be, and what the machine says',
      scope: 'operate',
      answer,
      handle: told
    }),
    endpoint({
      method: 'POST',
      path: '/api/v1/clock',
      says: 'the machine’s clock is right: it is believed from now on; audited',
      scope: 'operate',
      answer,
      async handle({ who }) {
        await services.audit.write({ who: who.name, act: 'clock-believe' })
        services.clock.believe()
        return told()
      }
    })
  ]
}
