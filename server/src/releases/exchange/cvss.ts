/** What does a CVSS vector score, and how bad is that in words? */
import calculator from 'ae-cvss-calculator'

export interface CvssScore {
  readonly version: '2.0' | '3.0' | '3.1' | '4.0'
  readonly base: number
  readonly level: 'info' | 'low' | 'medium' | 'high' | 'critical'
}

const versions = ['2.0', '3.0', '3.1', '4.0'] as const

/** Undefined: it is no vector, or lacks what a base score is made of. */
export function scoreOf(vector: string): CvssScore | undefined {
  const read = readVector(vector)
  const version = versions.find((known) => read?.getVectorName() === `CVSS:${known}`)
  const base = read?.calculateScores().base
  if (version === undefined || base === undefined) return undefined
  return { version, base, level: levelOf(base) }
}

/** What is used of the library, whose own types do not resolve. */
interface Vector {
  getVectorName(): string
  calculateScores(): { readonly base?: number | undefined }
}

/** The library throws for some texts, and answers nothing for others. */
function readVector(vector: string): Vector | undefined {
  try {
    return (calculator.fromVector(vector) as Vector | null) ?? undefined
  } catch {
    return undefined
  }
}

/** The bands of the standard since its version 3. */
function levelOf(base: number): CvssScore['level'] {
  if (base >= 9) return 'critical'
  if (base >= 7) return 'high'
  if (base >= 4) return 'medium'
  return base > 0 ? 'low' : 'info'
}
