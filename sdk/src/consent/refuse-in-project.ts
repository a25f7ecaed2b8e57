/** How is a no written into a project's own file? */
import type { Effects } from '../effects.ts'
import { hex } from '../state/state-folder.ts'
import { readObject } from './policy.ts'

/** Only a file that is there is changed, and only its one word. */
export function refuseInProject(
  path: string,
  { files, randomBytes }: Pick<Effects, 'files' | 'randomBytes'>
): boolean {
  const document = readObject(path, files)
  if (document === undefined) return !files.existsSync(path)
  try {
    const temporary = `${path}.${hex(randomBytes(6))}.tmp`
    const text = `${JSON.stringify({ ...document, telemetry: 'off' }, null, 2)}\n`
    files.writeFileSync(temporary, text, { mode: files.statSync(path).mode })
    files.renameSync(temporary, path)
    return true
  } catch {
    return false
  }
}
