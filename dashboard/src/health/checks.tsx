/** What the doctor found, what is wrong first. */
import type { Health } from '../api/answers.ts'
import type { ReactElement } from 'react'
import { Prose } from '../look/prose.tsx'
import classes from './health.module.css'

const order = { failed: 0, warning: 1, ok: 2 } as const
const marks = { failed: '✗', warning: '!', ok: '✓' } as const

export function Checks({ checks }: { readonly checks: Health['doctor'] }): ReactElement {
  return (
    <ul className={classes['checks']}>
      {checks
        .toSorted((a, b) => order[a.is] - order[b.is])
        .map(({ name, is, says }) => (
          <li key={name} data-is={is}>
            <span className={classes['mark']} role="img" aria-label={is}>
              {marks[is]}
            </span>
            <span>
              <strong>{name}</strong>: <Prose text={says} />
            </span>
          </li>
        ))}
    </ul>
  )
}
