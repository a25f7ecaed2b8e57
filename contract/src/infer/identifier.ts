/** Turns a name as it is sent into one that a contract may have. */

/**
 * `cloneCreated` and `Clone Created` as `clone_created`; short enough that four of them still make
 * a column.
 */
export function identifier(sent: string): string {
  const words = sent
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .slice(0, 40)
  return /^[a-z]/.test(words) ? words : `n_${words}`
}
