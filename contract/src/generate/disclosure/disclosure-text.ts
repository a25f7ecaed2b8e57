/**
 * Writes the disclosure as a file: Markdown for a repository or a docs site, HTML for anybody, JSON
 * for programs.
 */
import type { Contract } from '../../form/contract.ts'
import { discloseContract } from './disclosure.ts'
import { disclosurePage, pageDescription, pageTitle } from './disclosure-page.ts'
import { toHtml } from './html.ts'
import { toMarkdown } from './markdown.ts'

export const disclosureFormats = ['md', 'html', 'json'] as const
export type DisclosureFormat = (typeof disclosureFormats)[number]

/**
 * The page that tells users what is collected; the same contract gives the same bytes.
 *
 * @example
 * await writeFile('TELEMETRY.md', generateDisclosure(contract))
 * await writeFile('docs/telemetry.md', generateDisclosure(contract, { frontMatter: true }))
 */
export function generateDisclosure(
  contract: Contract,
  {
    format = 'md',
    frontMatter = false,
    before
  }: {
    readonly format?: DisclosureFormat
    readonly frontMatter?: boolean
    /** The page as it stands now: of its front matter stays what is not written here. */
    readonly before?: string | undefined
  } = {}
): string {
  const disclosure = discloseContract(contract)
  const [title, description] = [pageTitle(disclosure), pageDescription(disclosure)]
  const blocks = disclosurePage(disclosure)
  switch (format) {
    case 'json':
      return `${JSON.stringify(disclosure, null, 2)}\n`
    case 'html':
      return toHtml(blocks, { title, description })
    case 'md':
      // Docs sites write the title themselves.
      return frontMatter
        ? `---\ntitle: ${JSON.stringify(title)}\ndescription: ` +
            `${JSON.stringify(description)}\n${keptFrontMatter(before)}---\n\n` +
            toMarkdown(blocks.slice(1))
        : toMarkdown(blocks)
  }
}

/** `sidebar_label`, `keywords` and whatever else a docs site reads there, line for line. */
function keptFrontMatter(page = ''): string {
  const found = /^---\r?\n(?<lines>(?:.*\r?\n)*?)---\r?\n/.exec(page)
  let isOurs = false
  return (found?.groups?.['lines'] ?? '')
    .split(/\r?\n/)
    .filter((line) => {
      const key = /^(?<name>[A-Za-z_][\w-]*)\s*:/.exec(line)?.groups?.['name']
      // What is indented, or an item of a list, belongs to the key above it.
      if (key !== undefined) isOurs = key === 'title' || key === 'description'
      return !isOurs && line !== ''
    })
    .map((line) => `${line}\n`)
    .join('')
}
