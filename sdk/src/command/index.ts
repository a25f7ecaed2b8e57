/**
 * What a program with a command line may use besides: its users' `telemetry` subcommand, and its
 * flags.
 */
export { measureCommand, type CommandRun } from './report-command.ts'
export { applySwitches, readSwitches, receiptLines, type CommandLineSwitches } from './switches.ts'
export {
  statusText,
  telemetryCommand,
  telemetryVerbs,
  type CommandSurroundings
} from './telemetry-command.ts'
