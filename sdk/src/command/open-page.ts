/**
 * How does a page come before its reader? As a file of this user's alone, in whatever browser they
 * use.
 */

/** Writes the page, and returns where it is. */
export async function writePage(product: string, page: string): Promise<string> {
  const [{ mkdtemp, writeFile }, { tmpdir }, { join }] = await Promise.all([
    import('node:fs/promises'),
    import('node:os'),
    import('node:path')
  ])
  const folder = await mkdtemp(join(tmpdir(), `${product}-telemetry-`))
  const path = join(folder, 'view.html')
  await writeFile(path, page, { mode: 0o600 })
  return path
}

/**
 * Nobody waits for the browser, and a machine without one is no failure: the path is printed too.
 */
export async function openPage(path: string): Promise<void> {
  const [{ spawn }, process] = await Promise.all([
    import('node:child_process'),
    import('node:process')
  ])
  if (!process.stdout.isTTY) return
  const [command = '', ...words] = {
    darwin: ['open', path],
    win32: ['explorer.exe', path]
  }[process.platform as string] ?? ['xdg-open', path]
  const child = spawn(command, words, { detached: true, stdio: 'ignore' })
  child.on('error', () => {})
  child.unref()
}
