/** Where does this program run, and does a person read what it writes? */
import {
  agentSigns,
  ciSigns,
  containerSigns,
  editingSigns,
  pagingSigns,
  readerSigns,
  schedulerSigns,
  testSigns,
  type Place
} from './form.ts'
import { env, files, getBuiltinModule, platform, quietly } from './kept.ts'

const isTerminal = (descriptor: 0 | 1 | 2): boolean =>
  quietly(() => getBuiltinModule('node:tty').isatty(descriptor), false)

/** A word that says no, or none. */
export const no = /^(?:0|false|no|off)?$/

/**
 * The variables that are set and say something else than no, a line each, in order: values in small
 * letters, and without line breaks, which could pass for another variable.
 */
const surroundings = (): string =>
  Object.entries(env)
    .map(([name, value = '']) => [name, value.replaceAll(/\s/g, ' ').toLowerCase()] as const)
    .flatMap(([name, value]) => (no.test(value) ? [] : `${name}=${value}`))
    .sort()
    .join('\n')

export function placeOf(): Place {
  const world = surroundings()
  const isCi = ciSigns.test(world) && !(env['CI'] && no.test(env['CI'].toLowerCase()))
  const isScheduled = schedulerSigns.test(world)
  const automation = testSigns.test(world)
    ? 'test'
    : isCi
      ? 'ci'
      : agentSigns.test(world)
        ? 'agent'
        : 'none'
  const isContainer =
    containerSigns.test(world) ||
    /docker|libpod|kubepods|containerd|\/lxc|garden|crio/.test(
      quietly(() => files.readFileSync('/proc/1/cgroup', 'utf8'), '')
    ) ||
    files.existsSync('/.dockerenv') ||
    files.existsSync('/run/.containerenv')
  const isSomewhere = isTerminal(0) || isTerminal(1) || isTerminal(2)
  return {
    automation,
    isScheduled,
    isContainer,
    isTerminal: isSomewhere,
    isKept: !isCi && !isScheduled && (isSomewhere || !isContainer),
    // In doubt nobody reads: a notice that a program swallowed would count as seen.
    isRead:
      automation === 'none' &&
      isTerminal(0) &&
      isTerminal(2) &&
      (platform === 'win32' || /^TERM=(?!dumb$)|^INSIDE_EMACS=[^]*^TERM=/m.test(world)) &&
      env['GIT_TERMINAL_PROMPT'] !== '0' &&
      !readerSigns.test(world) &&
      !(pagingSigns.test(world) && editingSigns.test(world))
  }
}
