/**
 * What strangers can use up, how much of it is taken, and whether a bound was met since the start.
 */
import type { DoctorCheck } from './doctor.ts'
import type { BudgetStates, DoorState } from '../endpoints/metrics.ts'

export function examineBounds({
  doors,
  budgets
}: {
  /** The reports' own first. */
  readonly doors: () => readonly DoorState[]
  readonly budgets: () => BudgetStates
}): readonly DoctorCheck[] {
  const [reports] = doors()
  const { marked, turnedAway, kibibytesTurnedAway, deletionKeysTurnedAway } = budgets()
  const isOver = marked + turnedAway + kibibytesTurnedAway + deletionKeysTurnedAway > 0
  return [
    ...(reports === undefined ? [] : doorChecks(reports)),
    {
      name: 'budgets',
      is: isOver ? 'warning' : 'ok',
      says:
        `${marked} records of networks above their share were marked since the start, ` +
        `${turnedAway}, ${kibibytesTurnedAway} KiB and ${deletionKeysTurnedAway} deletion keys ` +
        'turned away; network.records_per_hour sets it'
    }
  ]
}

function doorChecks(door: DoorState): readonly DoctorCheck[] {
  const { connections, connectionsMax, closedCrowded } = door
  const { bodiesBytes, bodiesBytesMax, bodiesTurnedAway } = door
  return [
    {
      name: 'connections',
      is: closedCrowded > 0 ? 'warning' : 'ok',
      says:
        `${connections} of ${connectionsMax} for reports; ${closedCrowded} closed since the ` +
        'start to make room'
    },
    {
      name: 'bodies',
      is: bodiesTurnedAway > 0 ? 'warning' : 'ok',
      says:
        `${mib(bodiesBytes)} of ${mib(bodiesBytesMax)} MiB; ${bodiesTurnedAway} turned away ` +
        'since the start to make room'
    }
  ]
}

function mib(bytes: number): number {
  return Math.ceil(bytes / 1_048_576)
}
