/** Is the page being printed? Paper is white, whatever the screen is. */
import { useSyncExternalStore } from 'react'
import { flushSync } from 'react-dom'

let isPrinting = false

function subscribe(changed: () => void): () => void {
  // Before the printer takes its picture, and not after.
  const now = (): void => flushSync(changed)
  addEventListener('beforeprint', now)
  addEventListener('afterprint', now)
  return () => {
    removeEventListener('beforeprint', now)
    removeEventListener('afterprint', now)
  }
}

export function usePrinting(): boolean {
  return useSyncExternalStore(subscribe, () => isPrinting)
}

/** Once, before anything is drawn: dark pages turn light for the paper, and back. */
export function printInLight(page: HTMLElement): void {
  const attribute = 'data-mantine-color-scheme'
  let before = 'light'
  addEventListener('beforeprint', () => {
    isPrinting = true
    before = page.getAttribute(attribute) ?? 'light'
    page.setAttribute(attribute, 'light')
  })
  addEventListener('afterprint', () => {
    isPrinting = false
    page.setAttribute(attribute, before)
  })
}

let isWhole = false
const waiting = new Set<() => void>()

/** Whether a page shows also what nobody scrolled to. */
export function useWhole(): boolean {
  return useSyncExternalStore(
    (changed) => {
      waiting.add(changed)
      return () => waiting.delete(changed)
    },
    () => isWhole
  )
}

export function showWhole(wanted: boolean): void {
  isWhole = wanted
  for (const changed of waiting) changed()
}
