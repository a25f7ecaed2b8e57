/** Does a human read what is written to this terminal? Only where nothing speaks for a program. */
import { isNo } from './places.ts'

interface World {
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly system: {
    readonly platform: string
    isTerminal(stream: 'stdin' | 'stderr'): boolean
  }
}

/**
 * In doubt nobody reads: a notice that a program swallowed would count as seen, and data would
 * follow it. `automation` is what the table of known places says.
 */
export function isHumanReading({ variables, system }: World, automation: string): boolean {
  if (automation !== 'none' || !system.isTerminal('stdin') || !system.isTerminal('stderr'))
    return false
  // Whoever makes a terminal for a program to run in often gives it no kind, or the dumbest one.
  const term = variables['TERM'] ?? ''
  const isEmacs = isTelling(variables['INSIDE_EMACS'])
  if (system.platform !== 'win32' && (term === '' || (term === 'dumb' && !isEmacs))) return false
  return (
    !isUnattended(variables) &&
    !Object.keys(variables).some((name) => isTrace(name, variables[name]))
  )
}

/** What any agent calls itself, its sandbox or its session, and those that are known by name. */
export const agentWords: ReadonlySet<string> = new Set(
  `AGENT AGENTS AGENTIC AI AIDER AMAZONQ AMP ANTIGRAVITY ASSISTANT AUGMENT AUTOGPT AUTOMATED
  AUTOMATION AUTONOMOUS BOT CLAUDE CLAUDECODE CLINE CODEIUM CODEX CODY COPILOT CRUSH CURSOR
  DEVIN DROID GEMINI GOOSE HEADLESS JULES JUNIE KILO KILOCODE KIRO LLM MCP NONINTERACTIVE
  OPENCODE OPENHANDS PLANDEX QODO QWEN REPLIT ROO ROOCODE SANDBOX SUBAGENT SWE TABNINE TRAE
  WINDSURF`.split(/\s+/)
)

/**
 * What people set in their profile for the same programs: where they lie, and how they are paid.
 */
export const settingWords: readonly string[] =
  `KEY KEYS TOKEN SECRET URL URI ENDPOINT HOST PORT HOME DIR DIRS PATH ROOT FILE CONFIG MODEL MODELS
  REGION PROJECT ORG ORGANIZATION PROFILE THEME SIZE EDITOR PROXY`.split(/\s+/)

const settings = new RegExp(`(?:^|_)(?:${settingWords.join('|')})$`)

/** Agents of another kind, and editors in which people type. */
export const harmless: ReadonlySet<string> = new Set([
  'SSH_AGENT_PID',
  'SSH_AGENT_LAUNCHER',
  'SSH_AGENT_SOCK',
  'GPG_AGENT_INFO',
  'GPG_AGENT_SOCK',
  'CURSOR_TRACE_ID',
  'ENABLE_IDE_INTEGRATION'
])

/**
 * What programs tell the commands that they run, so that none waits for a key or draws a page. By
 * kind: paging and editing by themselves are also somebody's taste, as `PAGER=cat` in a profile.
 */
export const unattended: readonly (readonly [kind: string, name: string, value: RegExp])[] = [
  ['paging', 'PAGER', /^cat$/],
  ['paging', 'GIT_PAGER', /^cat$/],
  ['paging', 'GH_PAGER', /^cat$/],
  ['editing', 'GIT_EDITOR', /^(?:true|:)$/],
  ['editing', 'EDITOR', /^(?:true|:)$/],
  ['piping', 'PAGER', /[ |/]cat$/],
  ['piping', 'GIT_PAGER', /[ |/]cat$/],
  ['prompting', 'GIT_TERMINAL_PROMPT', /^0$/],
  ['prompting', 'DEBIAN_FRONTEND', /^noninteractive$/i]
]

/** One taste is a person's; two of them at once, or what nobody has for taste, is a program's. */
function isUnattended(variables: World['variables']): boolean {
  const kinds = new Set(
    unattended.flatMap(([kind, name, value]) => (value.test(variables[name] ?? '') ? [kind] : []))
  )
  return kinds.size > 1 || kinds.has('piping') || kinds.has('prompting')
}

/** Whether a variable's name alone speaks for an agent, known or not. */
export function isTrace(name: string, value: string | undefined): boolean {
  if (!isTelling(value) || harmless.has(name)) return false
  const upper = name.toUpperCase()
  return !settings.test(upper) && upper.split(/[^A-Z]+/).some((word) => agentWords.has(word))
}

function isTelling(value: string | undefined): boolean {
  return value !== undefined && value !== '' && !isNo(value)
}
