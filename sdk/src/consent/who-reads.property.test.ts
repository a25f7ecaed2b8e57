import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { detectEnvironment } from '../environment/environment.ts'
import { systemEffects, type Effects, type FileSystem } from '../effects.ts'
import { openStateFolder } from '../state/state-folder.ts'
import { openMemoryFiles } from '../state/memory-files.test-support.ts'
import { askConsent, type AskedConsent } from './asking/ask-consent.ts'
import { openConsent } from './consent.ts'
import { formWith } from './form.test-support.ts'

/**
 * Each world says who reads in it. The lists here are what such worlds really look like, as they
 * were seen; none is taken from the tables that are judged.
 */
interface World {
  readonly who: 'human' | 'program' | 'nobody'
  readonly terminals: readonly ('stdin' | 'stdout' | 'stderr')[]
  readonly variables: Readonly<Record<string, string>>
}
type Variables = Readonly<Record<string, string>>

const everyTerminal = ['stdin', 'stdout', 'stderr'] as const
const profile: Variables = {
  HOME: '/eve',
  USER: 'eve',
  LOGNAME: 'eve',
  SHELL: '/bin/zsh',
  PATH: '/eve/.cargo/bin:/usr/local/bin:/usr/bin:/bin',
  LANG: 'en_GB.UTF-8',
  PWD: '/eve/work'
}
/** What people have in their shells, each by itself: desktops, keys, editors, pagers, prompts. */
const ofPeople: readonly Variables[] = [
  { SSH_AGENT_PID: '2211', SSH_AUTH_SOCK: '/tmp/ssh-x/agent.2210' },
  { SSH_AUTH_SOCK: '/run/user/1000/keyring/ssh', SSH_AGENT_LAUNCHER: 'gnome-keyring' },
  { GPG_AGENT_INFO: '/run/user/1000/gnupg/S.gpg-agent:0:1', GPG_TTY: '/dev/pts/3' },
  { TMUX: '/tmp/tmux-1000/default,2214,0', TMUX_PANE: '%3', TERM: 'tmux-256color' },
  { STY: '991.pts-2.host', TERM: 'screen.xterm-256color', WINDOW: '0' },
  { TERM_PROGRAM: 'vscode', VSCODE_GIT_IPC_HANDLE: '/run/x.sock', VSCODE_INJECTION: '1' },
  { TERM_PROGRAM: 'vscode', GIT_ASKPASS: '/usr/share/code/askpass.sh', COLORTERM: 'truecolor' },
  { TERM_PROGRAM: 'vscode', CURSOR_TRACE_ID: 'b21f77ac' },
  { TERM_PROGRAM: 'vscode', CLAUDE_CODE_SSE_PORT: '41771', ENABLE_IDE_INTEGRATION: 'true' },
  { TERM_PROGRAM: 'vscode', GEMINI_CLI_IDE_SERVER_PORT: '40123' },
  { TERM_PROGRAM: 'zed', ZED_TERM: 'true' },
  { TERMINAL_EMULATOR: 'JetBrains-JediTerm', TERM_SESSION_ID: 'c9f6a2' },
  { TERM_PROGRAM: 'iTerm.app', ITERM_SESSION_ID: 'w0t0p0', LC_TERMINAL: 'iTerm2' },
  { TERM_PROGRAM: 'Apple_Terminal', TERM_SESSION_ID: '5B0C' },
  { TERM_PROGRAM: 'WarpTerminal', WARP_IS_LOCAL_SHELL_SESSION: '1' },
  { TERM_PROGRAM: 'ghostty', TERM: 'xterm-ghostty' },
  { KITTY_WINDOW_ID: '1', TERM: 'xterm-kitty' },
  { ALACRITTY_LOG: '/tmp/Alacritty-1.log', TERM: 'alacritty' },
  { WT_SESSION: '2a7b', WSL_DISTRO_NAME: 'Debian', WSLENV: 'WT_SESSION::' },
  { INSIDE_EMACS: '30.1,comint', TERM: 'dumb' },
  { INSIDE_EMACS: 'vterm', TERM: 'eterm-color' },
  { NVIM: '/run/user/1000/nvim.1.0', VIM: '/usr/share/nvim', MYVIMRC: '/eve/.vimrc' },
  {
    SSH_TTY: '/dev/pts/0',
    SSH_CONNECTION: '10.0.0.2 51 10.0.0.3 22',
    SSH_CLIENT: '10.0.0.2 51 22'
  },
  { XCURSOR_THEME: 'Adwaita', XCURSOR_SIZE: '24', WAYLAND_DISPLAY: 'wayland-0' },
  { XDG_CURRENT_DESKTOP: 'KDE', DESKTOP_SESSION: 'plasma', DISPLAY: ':0' },
  { EDITOR: 'vim', VISUAL: 'code --wait', PAGER: 'less', GIT_PAGER: 'delta', LESS: '-R' },
  { OPENAI_API_KEY: 'sk-x', ANTHROPIC_API_KEY: 'sk-y', GEMINI_API_KEY: 'z' },
  { CLAUDE_CONFIG_DIR: '/eve/.claude', CODEX_HOME: '/eve/.codex', AIDER_MODEL: 'gpt' },
  { GOOGLE_CLOUD_PROJECT: 'eve-1', AWS_PROFILE: 'work', AWS_REGION: 'eu-central-1' },
  { CI: '', CONTINUOUS_INTEGRATION: 'false' },
  { CI: 'false' },
  { AGENT: '', COPILOT_AGENT: '0' },
  { NVM_DIR: '/eve/.nvm', CONDA_PREFIX: '/opt/conda', VIRTUAL_ENV: '/eve/v' },
  { NO_COLOR: '1' },
  { HISTFILE: '/eve/.zsh_history', STARSHIP_SHELL: 'zsh', ZSH: '/eve/.oh-my-zsh' },
  { SUDO_USER: 'eve', SUDO_COMMAND: '/bin/bash' },
  { NIX_PROFILES: '/nix/var/nix/profiles/default', DIRENV_DIR: '-/eve/work' },
  { SCRIPT: '/eve/typescript' },
  { AIRFLOW_HOME: '/eve/airflow' }
]

/** What some of them have besides: one of these is a taste, and no program's doing. */
const tastes: readonly Variables[] = [
  {},
  {},
  { PAGER: 'cat' },
  { PAGER: 'cat', GIT_PAGER: 'cat', GH_PAGER: 'cat', TERM_PROGRAM: 'iTerm.app' },
  { GIT_EDITOR: 'true' },
  { EDITOR: ':' }
]

const known: readonly Variables[] = [
  { CLAUDECODE: '1', CLAUDE_CODE_ENTRYPOINT: 'cli' },
  { AGENT: 'claude' },
  { AGENT: 'amp' },
  { COPILOT_AGENT_SESSION_ID: 'f3c1' },
  { COPILOT_CLI: '1' },
  { TERM_PROGRAM: 'vscode', GIT_PAGER: 'cat', PAGER: 'cat' },
  { CURSOR_AGENT: '1' },
  { CURSOR_SANDBOX: '1' },
  { CURSOR_TRACE_ID: 'b21f', PAGER: 'head -n 10000 | cat' },
  { CODEX_SANDBOX: 'seatbelt' },
  { CODEX_CI: '1' },
  { GEMINI_CLI: '1' },
  { OPENCODE: '1' },
  { CLINE_ACTIVE: 'true' },
  { AUGMENT_AGENT: '1' },
  { GOOSE_TERMINAL: '1' },
  { WINDSURF_CASCADE: '1' },
  { ROO_ACTIVE: 'true' },
  { JUNIE_RUN: '1' },
  { TRAE_AI_SHELL_ID: '7' },
  { ANTIGRAVITY_AGENT: '1' },
  { DEVIN_SESSION: 'x' },
  { OPENHANDS_SANDBOX_ID: '3' },
  { KIRO_AGENT_ACTIVE: '1' },
  { AI_AGENT: 'custom' },
  { TERM: 'dumb' },
  { GIT_EDITOR: 'true', PAGER: 'cat' },
  { EDITOR: ':', GIT_PAGER: 'cat', GH_PAGER: 'cat' },
  { GIT_TERMINAL_PROMPT: '0' },
  { DEBIAN_FRONTEND: 'noninteractive' }
]
const ci: readonly Variables[] = [
  { CI: 'true', GITHUB_ACTIONS: 'true' },
  { CI: '1' },
  { GITLAB_CI: 'true' },
  { JENKINS_URL: 'https://ci.example.org', BUILD_NUMBER: '7' },
  { TEAMCITY_VERSION: '2025.1' },
  { TF_BUILD: 'True' },
  { BUILDKITE: 'true' },
  { VITEST: 'true' },
  { NODE_ENV: 'test' }
]

const some = (from: readonly Variables[], least: number, most: number): fc.Arbitrary<Variables> =>
  fc
    .subarray([...from], { minLength: least, maxLength: most })
    .map((chosen) => Object.assign({}, ...chosen) as Variables)
const brand = fc.constantFrom('ACME', 'NOVA', 'ZETA', 'MOONSHOT', 'LUNA', 'PILOTFISH', 'X9')
/** Agents that nobody has heard of yet leave a trace of what they are. */
const unknown: fc.Arbitrary<Variables> = fc
  .tuple(
    brand,
    fc.constantFrom('AGENT', 'COPILOT', 'ASSISTANT', 'SUBAGENT', 'AI', 'LLM', 'BOT', 'HEADLESS'),
    fc.constantFrom('', 'ID', 'SESSION', 'SESSION_ID', 'ACTIVE', 'MODE', 'VERSION', 'RUN', 'TURN'),
    fc.boolean(),
    fc.constantFrom('1', 'true', 'claude', 'f81d4fae-7dec', '2.1.0')
  )
  .map(([name, what, end, isFirst, value]) => ({
    [[...(isFirst ? [what, name] : [name, what]), ...(end === '' ? [] : [end])].join('_')]: value
  }))

/** A kind of terminal, unless the place has one of its own. */
const terminalKind: Variables = { TERM: 'xterm-256color' }
const onTerminal = (who: World['who'], variables: fc.Arbitrary<Variables>): fc.Arbitrary<World> =>
  fc.tuple(some(ofPeople, 0, 5), variables).map(([people, own]) => ({
    who,
    terminals: everyTerminal,
    // Emacs's own dumb terminal is not what an agent runs in, and CI=false is a person's word.
    variables: {
      ...profile,
      ...terminalKind,
      ...(who === 'human' ? people : without(people, 'INSIDE_EMACS', 'TERM', 'CI')),
      ...own
    }
  }))
const places: fc.Arbitrary<World> = fc.oneof(
  // Two editors have agents that are known by an editor's terminal whose pager is `cat`.
  {
    weight: 4,
    arbitrary: onTerminal('human', fc.constantFrom(...tastes)).filter(
      ({ variables }) =>
        !(variables['TERM_PROGRAM'] === 'zed' && variables['PAGER'] === 'cat') &&
        !('CURSOR_TRACE_ID' in variables && variables['PAGER'] !== undefined)
    )
  },
  { weight: 3, arbitrary: onTerminal('program', some(known, 1, 2)) },
  { weight: 3, arbitrary: onTerminal('program', unknown) },
  { weight: 2, arbitrary: onTerminal('nobody', some(ci, 1, 2)) },
  // A pty that nobody gave a kind: `script` in a job, a program's own.
  {
    weight: 1,
    arbitrary: some(ofPeople, 0, 3).map((people) => ({
      who: 'nobody' as const,
      terminals: everyTerminal,
      variables: without({ ...profile, ...people }, 'TERM')
    }))
  },
  // These are cron, systemd, and a pipe on either side.
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        some(ofPeople, 0, 3),
        fc.subarray([...everyTerminal]).filter((list) => !isBoth(list))
      )
      .map(([people, terminals]) => ({
        who: 'nobody' as const,
        terminals,
        variables: { ...profile, ...terminalKind, ...people }
      }))
  }
)

function without(variables: Variables, ...names: readonly string[]): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([name]) => !names.includes(name)))
}
function isBoth(list: readonly string[]): boolean {
  return list.includes('stdin') && list.includes('stderr')
}

/** What was written to the terminals of one place, and a disk that no other place has. */
interface Machine {
  readonly files: FileSystem
  written: string
}

/** One run of a program there. */
function run({ terminals, variables }: World, machine: Machine): AskedConsent {
  const effects: Effects = {
    ...systemEffects,
    now: () => Date.UTC(2026, 10, 20),
    variables,
    files: machine.files,
    system: {
      ...systemEffects.system,
      platform: 'linux',
      home: () => '/eve',
      isTerminal: (stream) => terminals.includes(stream),
      writeError(text) {
        machine.written += text
      }
    }
  }
  const form = formWith()
  const state = openStateFolder({ product: form.product, effects })
  const environment = (): ReturnType<typeof detectEnvironment> => detectEnvironment(effects)
  const input = { form, options: {}, state, environment, effects }
  return askConsent(openConsent(input), input)
}

it('only a human reads a notice, in ten thousand places; where none does, nothing is marked and nothing may be sent', () => {
  const seen = { human: 0, program: 0, nobody: 0 }
  fc.assert(
    fc.property(places, (place) => {
      seen[place.who] += 1
      const machine: Machine = { files: openMemoryFiles(), written: '' }
      machine.files.mkdirSync('/eve', { recursive: true })
      run(place, machine).maybeShowNotice()
      const next = run(place, machine)
      const isHuman = place.who === 'human'
      expect(machine.written !== '', JSON.stringify(place)).toBe(isHuman)
      expect(machine.files.readdirSync('/eve').length > 0).toBe(isHuman)
      expect(next.allows('command_init') !== undefined).toBe(isHuman)
    }),
    { numRuns: 10_000 }
  )
  for (const places of Object.values(seen)) expect(places).toBeGreaterThan(1_000)
})
