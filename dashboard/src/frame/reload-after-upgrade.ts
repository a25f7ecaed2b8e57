/**
 * Loads the dashboard anew when the server was upgraded under an open page: files of the old one
 * are gone then.
 */

/**
 * Once in so long, so that a file that is missing for good ends in a sentence and not in a circle.
 */
const onceInMs = 60_000
const key = 'candor-reloaded-at'

export function reloadAfterUpgrade(): void {
  addEventListener('vite:preloadError', (event) => {
    const last = Number(sessionStorage.getItem(key) ?? 0)
    if (Date.now() - last < onceInMs) return
    sessionStorage.setItem(key, String(Date.now()))
    event.preventDefault()
    location.reload()
  })
}
