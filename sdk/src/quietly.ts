/** What fails is never its host's trouble: another answer stands for it. */

export function quietly<Result>(otherwise: Result, call: () => Result): Result {
  try {
    return call()
  } catch {
    return otherwise
  }
}
