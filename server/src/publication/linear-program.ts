/** The linear programs of rounding and of the attack, in the words of HiGHS, which solves them. */
import highsModule from 'highs'

interface LinearProgram {
  readonly goal: 'minimize' | 'maximize'
  readonly objective: ReadonlyMap<string, number>
  readonly constraints: readonly Constraint[]
  readonly bounds: ReadonlyMap<string, Bounds>
}

export interface Constraint {
  readonly terms: ReadonlyMap<string, number>
  readonly is: '=' | '<=' | '>='
  readonly value: number
}

/** A missing end is open. */
export interface Bounds {
  readonly least: number
  readonly most?: number
}

type Solution =
  | { readonly is: 'solved'; readonly value: number; readonly at: ReadonlyMap<string, number> }
  | { readonly is: 'infeasible' }
  | { readonly is: 'unbounded' }

export interface Solver {
  solve(program: LinearProgram): Solution
}

// Its types are written for require(): imported, the loader is the default itself.
const loadHighs = highsModule as unknown as typeof highsModule.default

/** Loading compiles it, which takes a tenth of a second. */
export async function openSolver(): Promise<Solver> {
  const highs = await loadHighs()
  return {
    solve(program) {
      const names = new Map([...program.bounds.keys()].map((name, index) => [name, `x${index}`]))
      const { Status: status, ...found } = highs.solve(written(program, names), {
        // Vertices are what makes a rounding whole.
        solver: 'simplex'
      })
      if (status === 'Infeasible') return { is: 'infeasible' }
      if (status === 'Unbounded' || status === 'Primal infeasible or unbounded')
        return { is: 'unbounded' }
      if (status !== 'Optimal' && status !== 'Empty')
        throw new Error(`a linear program ended as ${status}`)
      const columns: Readonly<Record<string, object>> = found.Columns
      const at = new Map(
        [...names].map(([name, short]) => {
          const column = columns[short]
          return [name, column !== undefined && 'Primal' in column ? Number(column.Primal) : 0]
        })
      )
      return { is: 'solved', value: found.ObjectiveValue, at }
    }
  }
}

function written(
  { goal, objective, constraints, bounds }: LinearProgram,
  names: ReadonlyMap<string, string>
): string {
  const sum = (terms: ReadonlyMap<string, number>): string =>
    [...terms].map(([name, factor]) => `${signed(factor)} ${names.get(name)}`).join(' ')
  return [
    goal === 'minimize' ? 'Minimize' : 'Maximize',
    ` o: ${sum(objective)}`,
    'Subject To',
    ...constraints.map(({ terms, is, value }, index) => ` c${index}: ${sum(terms)} ${is} ${value}`),
    'Bounds',
    ...[...bounds].map(([name, { least, most }]) =>
      most === undefined
        ? ` ${names.get(name)} >= ${least}`
        : ` ${least} <= ${names.get(name)} <= ${most}`
    ),
    'End'
  ].join('\n')
}

function signed(factor: number): string {
  return factor < 0 ? `- ${-factor}` : `+ ${factor}`
}
