/** Where does this program run, and does a person read what it writes? */
import { isHumanReading } from '#values/human-reader'
import { holds, isNo } from '#values/places'
import {
  agentSigns,
  ciSigns,
  containerSigns,
  schedulerSigns,
  testSigns,
  type Place
} from './form.ts'
import { disk, quietly } from './kept.ts'

const isTerminal = (descriptor: 0 | 1 | 2): boolean =>
  quietly(false, () => process.getBuiltinModule('node:tty').isatty(descriptor))

export function placeOf(): Place {
  const { env, platform } = process
  const names = new Set(Object.keys(env))
  const has = (signs: readonly string[]): boolean => signs.some((sign) => holds(sign, env, names))
  const isCi = !isNo(env['CI'] ?? '') && has(ciSigns)
  const isScheduled = has(schedulerSigns)
  const automation = has(testSigns) ? 'test' : isCi ? 'ci' : has(agentSigns) ? 'agent' : 'none'
  const group = quietly('', () => disk().readFileSync('/proc/1/cgroup', 'utf8'))
  const isContainer =
    has(containerSigns) ||
    /docker|libpod|kubepods|containerd|\/lxc|garden|crio/.test(group) ||
    ['/.dockerenv', '/run/.containerenv'].some((path) => disk().existsSync(path))
  const somewhere = isTerminal(0) || isTerminal(1) || isTerminal(2)
  return {
    automation,
    isScheduled,
    isContainer,
    isTerminal: somewhere,
    isKept: !isCi && !isScheduled && (somewhere || !isContainer),
    isRead: isHumanReading(
      {
        variables: env,
        system: { platform, isTerminal: (stream) => isTerminal(stream === 'stdin' ? 0 : 2) }
      },
      automation
    )
  }
}
