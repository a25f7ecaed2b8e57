/**
 * Which variables say where a program runs? One row a place; every row is tested by its own words.
 */

/**
 * A name, a colon, then what is each enough by itself, with commas between. `A` is a variable that
 * is set and not to nothing, `0`,
 * `false`, `no` or `off`; `A=v` one with just that value; `A^v` one whose value begins so; all the
 * parts of `A B` together.
 */
export type DetectionRule = `${string}: ${string}`

/** The name first. */
export function partsOf(row: DetectionRule): readonly string[] {
  return row.split(/: |, /)
}

/** Vendors document these: most are in the list of the `ci-info` package as well. */
export const ciVendors: readonly DetectionRule[] = [
  'appcircle: AC_APPCIRCLE',
  'appveyor: APPVEYOR',
  'azure_pipelines: TF_BUILD, SYSTEM_TEAMFOUNDATIONCOLLECTIONURI',
  'bamboo: bamboo_planKey, bamboo_buildKey, bamboo.buildKey',
  'bitbucket: BITBUCKET_COMMIT, BITBUCKET_BUILD_NUMBER',
  'bitrise: BITRISE_IO',
  'buddy: BUDDY_WORKSPACE_ID',
  'buildkite: BUILDKITE',
  'circleci: CIRCLECI',
  'cirrus: CIRRUS_CI',
  'cloudflare_pages: CF_PAGES',
  'codebuild: CODEBUILD_BUILD_ARN, CODEBUILD_BUILD_ID, CODEBUILD_BATCH_BUILD_IDENTIFIER',
  'codefresh: CF_BUILD_ID',
  'codemagic: CM_BUILD_ID',
  'codeship: CI_NAME=codeship',
  'drone: DRONE',
  'dsari: DSARI',
  'expo: EAS_BUILD',
  'gerrit: GERRIT_PROJECT',
  'github_actions: GITHUB_ACTIONS',
  'gitlab: GITLAB_CI',
  'gocd: GO_PIPELINE_LABEL',
  'google_cloud_build: BUILDER_OUTPUT',
  'harness: HARNESS_BUILD_ID',
  'hudson: HUDSON_URL',
  'jenkins: JENKINS_URL',
  'layerci: LAYERCI',
  'magnum: MAGNUM',
  'netlify: NETLIFY',
  'nevercode: NEVERCODE',
  'prow: PROW_JOB_ID',
  'sail: SAILCI',
  'screwdriver: SCREWDRIVER',
  'semaphore: SEMAPHORE',
  'sourcehut: CI_NAME=sourcehut',
  'strider: STRIDER',
  'taskcluster: TASK_ID RUN_ID',
  'teamcity: TEAMCITY_VERSION',
  'travis: TRAVIS',
  'vela: VELA',
  'vercel: NOW_BUILDER',
  'woodpecker: CI=woodpecker',
  'xcode_cloud: CI_XCODE_PROJECT, CI_XCODE_CLOUD',
  'unknown: CI, CONTINUOUS_INTEGRATION, BUILD_NUMBER'
]

export const tests: readonly DetectionRule[] = [
  'vitest: VITEST',
  'jest: JEST_WORKER_ID',
  'mocha: MOCHA_WORKER_ID',
  'node_test: NODE_TEST_CONTEXT',
  'tap: TAP',
  'playwright: PLAYWRIGHT_TEST',
  'cypress: CYPRESS',
  'pytest: PYTEST_CURRENT_TEST, PYTEST_VERSION',
  'bats: BATS_TEST_NAME',
  'nextest: NEXTEST',
  'bazel: TEST_TMPDIR TEST_SRCDIR',
  'unknown: NODE_ENV=test'
]

/**
 * An editor's own terminal, where a human types, is none: only what an agent sets for the commands
 * that it runs.
 */
export const agents: readonly DetectionRule[] = [
  'claude_code: CLAUDECODE, AGENT=claude',
  'cursor: CURSOR_AGENT, CURSOR_SANDBOX, CURSOR_TRACE_ID PAGER=head -n 10000 | cat',
  'codex: CODEX_SANDBOX, CODEX_SANDBOX_NETWORK_DISABLED, CODEX_THREAD_ID, CODEX_CI',
  'gemini: GEMINI_CLI',
  'copilot: COPILOT_AGENT, COPILOT_AGENT_SESSION_ID, COPILOT_CLI, TERM_PROGRAM=vscode GIT_PAGER=cat',
  'amazon_q: AWS_EXECUTION_ENV^AmazonQ',
  'cline: CLINE_ACTIVE',
  'opencode: OPENCODE, OPENCODE_BIN_PATH, OPENCODE_SERVER',
  'augment: AUGMENT_AGENT',
  'qwen: QWEN_CODE',
  'goose: GOOSE_TERMINAL, AGENT=goose',
  'amp: AGENT=amp',
  'zed: TERM_PROGRAM=zed PAGER=cat',
  'replit: REPL_ID REPLIT_MODE=assistant',
  'unknown: AI_AGENT'
]

export const orchestrators: readonly DetectionRule[] = [
  'airflow: AIRFLOW_CTX_DAG_ID, AIRFLOW_CTX_TASK_ID',
  'dagster: DAGSTER_RUN_JOB_NAME, DAGSTER_RUN_ID, DAGSTER_PIPES_CONTEXT',
  'prefect: PREFECT__FLOW_RUN_ID, PREFECT_FLOW_RUN_ID',
  'argo: ARGO_TEMPLATE, ARGO_NODE_ID',
  'flyte: FLYTE_INTERNAL_EXECUTION_ID',
  'nomad: NOMAD_ALLOC_ID',
  'slurm: SLURM_JOB_ID',
  'aws_batch: AWS_BATCH_JOB_ID',
  'databricks: DATABRICKS_RUNTIME_VERSION'
]

export const serverless: readonly DetectionRule[] = [
  'aws_lambda: AWS_LAMBDA_FUNCTION_NAME',
  'gcp_cloud_function: FUNCTION_TARGET K_SERVICE, FUNCTION_TARGET, FUNCTION_NAME GCP_PROJECT',
  'gcp_cloud_run: K_SERVICE, CLOUD_RUN_JOB',
  'gcp_app_engine: GAE_SERVICE',
  'azure_functions: FUNCTIONS_WORKER_RUNTIME, AZURE_FUNCTIONS_ENVIRONMENT',
  'vercel: VERCEL',
  'heroku: DYNO',
  'fly: FLY_ALLOC_ID, FLY_MACHINE_ID',
  'render: RENDER',
  'railway: RAILWAY_ENVIRONMENT'
]

export const notebooks: readonly DetectionRule[] = [
  'colab: COLAB_RELEASE_TAG, COLAB_JUPYTER_IP',
  'kaggle: KAGGLE_KERNEL_RUN_TYPE',
  'deepnote: DEEPNOTE_PROJECT_ID',
  'hex: HEX_PROJECT_ID',
  'notebook: JPY_PARENT_PID, JPY_SESSION_NAME'
]

export const workspaces: readonly DetectionRule[] = [
  'codespaces: CODESPACES',
  'gitpod: GITPOD_WORKSPACE_ID'
]

/** By variable; files tell of the others. */
export const containers: readonly DetectionRule[] = [
  'kubernetes: KUBERNETES_SERVICE_HOST',
  'ecs: ECS_CONTAINER_METADATA_URI_V4, ECS_CONTAINER_METADATA_URI',
  'unknown: container'
]

type Variables = Readonly<Record<string, string | undefined>>

/** The names of the rows that hold, in the table's order. `names` are those of all variables. */
export function placesIn(
  rows: readonly DetectionRule[],
  variables: Variables,
  names: ReadonlySet<string>
): readonly string[] {
  const places: string[] = []
  for (const row of rows) {
    const [name = '', ...signs] = partsOf(row)
    if (signs.some((sign) => holds(sign, variables, names))) places.push(name)
  }
  return places
}

/** A word that says no. */
export function isNo(value: string): boolean {
  return /^(?:0|false|no|off)$/.test(value.toLowerCase())
}

/** Set, and not to a word that says no. */
function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && !isNo(value)
}

/**
 * What must all be there. A space separates parts only where a variable's name follows; the values
 * themselves have spaces.
 */
export function signParts(sign: string): readonly string[] {
  return sign.split(/ (?=[A-Z_]+(?:$|[ =^]))/)
}

/** Whether a sign of a row is there. `names` are those of all variables. */
function holds(sign: string, variables: Variables, names: ReadonlySet<string>): boolean {
  if (!/[ =^]/.test(sign)) return names.has(sign) && isSet(variables[sign])
  return signParts(sign).every((part) => {
    const end = part.search(/[=^]/)
    if (end < 0) return isSet(variables[part])
    const value = variables[part.slice(0, end)]
    const wanted = part.slice(end + 1)
    return part.charAt(end) === '=' ? value === wanted : value?.startsWith(wanted) === true
  })
}
