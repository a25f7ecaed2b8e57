/** Prints the page whole: what nobody scrolled to is asked first, and everything else anew. */
import { ActionIcon } from '@mantine/core'
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useState, type ReactElement } from 'react'
import { PrintIcon } from '../look/icons.tsx'
import { showWhole } from '../look/use-printing.ts'

/** Longer than one slow question takes; what is not there by then is printed as it is. */
const deadlineMs = 30_000
const lookMs = 100
const quietLooks = 3
/** Charts draw once their answer is there, and not in the same moment. */
const drawnMs = 600

/** Which also stands in a menu, where a phone's head has no room for a button. */
export function usePrintPage(): {
  readonly isWaiting: boolean
  readonly printPage: () => Promise<void>
} {
  const queries = useQueryClient()
  const [isWaiting, setWaiting] = useState(false)
  const printPage = async (): Promise<void> => {
    setWaiting(true)
    showWhole(true)
    try {
      await pause(lookMs)
      await queries.refetchQueries({ queryKey: ['answer'], type: 'active' })
      await untilAnswered(queries)
      await pause(drawnMs)
      window.print()
    } finally {
      showWhole(false)
      setWaiting(false)
    }
  }
  return { isWaiting, printPage }
}

export function PrintButton(): ReactElement {
  const { isWaiting, printPage } = usePrintPage()
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label="Print this page"
      title="Print this page, whole"
      loading={isWaiting}
      onClick={() => void printPage()}
    >
      <PrintIcon />
    </ActionIcon>
  )
}

async function untilAnswered(queries: QueryClient): Promise<void> {
  const endsAt = Date.now() + deadlineMs
  // What one answer brings onto the page may ask the next ones a moment later.
  for (let quiet = 0; quiet < quietLooks && Date.now() < endsAt; await pause(lookMs))
    quiet = queries.isFetching() > 0 ? 0 : quiet + 1
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
