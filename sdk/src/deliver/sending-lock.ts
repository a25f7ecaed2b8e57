/** Who of several processes sends now? One of them; the others have better things to do. */
import type { StateAccess } from '../state/state-folder.ts'

const file = 'sending.lock'
/** Longer than any attempt. A process that died keeps the others from sending for so long. */
const heldMsMax = 10_000

/**
 * Undefined: somebody else has it. Nothing depends on it but courtesy: two that send at once send
 * the same bytes.
 */
export function takeLock({ state, effects }: StateAccess<'now'>): (() => void) | undefined {
  const now = effects.now()
  const text = JSON.stringify({ until: now + heldMsMax })
  let made = state.createOnce(file, text)
  if (made === 'exists' && isOver(state.read(file), now)) {
    state.remove(file)
    made = state.createOnce(file, text)
  }
  return made === 'made' ? () => state.remove(file) : undefined
}

function isOver(text: string | undefined, now: number): boolean {
  try {
    const { until } = JSON.parse(text ?? '{}') as { readonly until?: unknown }
    return typeof until !== 'number' || until < now || until > now + heldMsMax
  } catch {
    return true
  }
}
