/** Finds in a page the commands that are marked to be run, and what it says that they print. */

export interface Block {
  readonly commands: string
  readonly printed: string
}

/** A block marked `sh run`, and the block `text` right after it. */
export function runnableBlocks(page: string): readonly Block[] {
  return [...page.matchAll(/^```sh run\n([\s\S]*?)^```\n```text\n([\s\S]*?)^```$/gm)].map(
    ([, commands = '', printed = '']) => ({
      commands,
      printed
    })
  )
}

/** What differs from one run to the next: days, times, tokens, the disk. */
export function timeless(printed: string): string {
  return (
    printed
      .replaceAll(/\d{4}-\d\d-\d\d/g, 'DAY')
      .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME')
      .replaceAll(/\b[0-9a-f]{32}\b/g, 'TOKEN')
      .replaceAll(/\b[0-9a-f]{8}\b/g, 'TOKEN8')
      .replaceAll(/^[✓!] disk: .*$/gm, 'DISK')
      // How many there may be is the machine's own limit.
      .replaceAll(/^✓ connections: \d+ of \d+/gm, 'CONNECTIONS')
      .trimEnd()
  )
}

/**
 * For a page's script: `sleep` gives `candor tail` as long as it needs to be connected to this
 * port, on a machine that is busy as well,
 * and a second more for its question to be heard.
 */
export function patientSleep(port: number): string {
  const connected = `:${port.toString(16).toUpperCase().padStart(4, '0')} 01 `
  return (
    `sleep() { for _ in {1..150}; do grep -q '${connected}' /proc/net/tcp && break; command ` +
    'sleep 0.2; done; command sleep 1; }\n'
  )
}
