/**
 * A sentence as it stands in a contract or a note, with what it puts between backticks set as code.
 */
import { Fragment, type ReactElement } from 'react'

export function Prose({ text }: { readonly text: string }): ReactElement {
  return (
    <>
      {text.split('`').map((part, index) => (
        <Fragment key={index}>{index % 2 === 1 ? <code>{part}</code> : part}</Fragment>
      ))}
    </>
  )
}
