/** Where does this program run, and does a person read what it writes? */
import {
  agentSigns,
  ciSigns,
  containerSigns,
  editingSigns,
  pagingSigns,
  readerSigns,
  schedulerSigns,
  tellsAutomation,
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
    .flatMap(([name, value = '']) => {
      const line = value.replaceAll(/\s/g, ' ').toLowerCase()
      return no.test(line) ? [] : `${name}=${line}`
    })
    .sort()
    .join('\n')

export function placeOf(): Place {
  const world = surroundings()
  const isCi = ciSigns.test(world) && !(env['CI'] && no.test(env['CI'].toLowerCase()))
  const isScheduled = schedulerSigns.test(world)
  const isTest = tellsAutomation && testSigns.test(world)
  const isAgent = tellsAutomation && agentSigns.test(world)
  const isUnattended = isCi || isTest || isScheduled
  const isContainer =
    containerSigns.test(world) ||
    /docker|libpod|kubepods|containerd|\/lxc|garden|crio/.test(
      quietly(() => files.readFileSync('/proc/1/cgroup', 'utf8'), '')
    ) ||
    files.existsSync('/.dockerenv') ||
    files.existsSync('/run/.containerenv')
  const isSomewhere = isTerminal(0) || isTerminal(1) || isTerminal(2)
  const isKept = !isUnattended && (isSomewhere || !isContainer)
  return {
    automation: isTest ? 'test' : isCi ? 'ci' : isAgent ? 'agent' : 'none',
    isScheduled,
    isUnattended,
    isContainer,
    isTerminal: isSomewhere,
    isKept,
    // In doubt nobody reads: a notice that a program swallowed would count as seen.
    isRead:
      isKept &&
      !isAgent &&
      isTerminal(0) &&
      isTerminal(2) &&
      (platform === 'win32' || /^TERM=(?!dumb$)|^INSIDE_EMACS=[^]*^TERM=/m.test(world)) &&
      env['GIT_TERMINAL_PROMPT'] !== '0' &&
      !readerSigns.test(world) &&
      !(pagingSigns.test(world) && editingSigns.test(world))
  }
}
