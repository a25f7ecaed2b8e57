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
    frontMatter = false
  }: { readonly format?: DisclosureFormat; readonly frontMatter?: boolean } = {}
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
            `${JSON.stringify(description)}\n---\n\n${toMarkdown(blocks.slice(1))}`
        : toMarkdown(blocks)
  }
}
