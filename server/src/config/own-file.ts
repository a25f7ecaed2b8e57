/**
 * Replaces a small file of ours: whole or not at all, one write after the other, and for this user
 * alone.
 */
import type { Effects } from '../effects.ts'

type Files = Pick<Effects['files'], 'rm' | 'writeFile' | 'rename'>

export class OwnFile {
  readonly #path: string
  readonly #text: () => string
  readonly #files: Files
  #writing: Promise<void> = Promise.resolve()

  /** `text` is asked when its turn comes, so that each write has what is true then. */
  constructor(path: string, text: () => string, files: Files) {
    this.#path = path
    this.#text = text
    this.#files = files
  }

  /** On the disk once it resolves. */
  write(): Promise<void> {
    const written = this.#writing
      .catch(() => undefined)
      .then(() => replaceFile(this.#path, this.#text(), this.#files))
    this.#writing = written
    return written
  }

  /** Resolves once nothing is on its way any more, whether it arrived or not. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined)
  }
}

/** No reader sees half of it, and it has its mode from the first byte. */
export async function replaceFile(path: string, text: string, files: Files): Promise<void> {
  const draft = `${path}.new`
  // A link that somebody planted there would be followed.
  await files.rm(draft, { force: true })
  await files.writeFile(draft, text, { mode: 0o600, flush: true })
  await files.rename(draft, path)
}
