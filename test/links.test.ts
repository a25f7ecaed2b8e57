/** Pages of this repository lead where they say. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

it('every relative link of a page leads to a file or folder that exists', () => {
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md']
  const pages = execFileSync('git', list, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '')
  const dead = pages
    .filter((path) => existsSync(join(root, path)))
    .flatMap((path) => {
      const links = [
        ...readFileSync(join(root, path), 'utf8').matchAll(
          /\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g
        )
      ]
      return links
        .filter(([, to = '']) => !existsSync(join(root, dirname(path), to)))
        .map(([, to]) => `${path}: ${to}`)
    })
  expect(dead).toEqual([])
})
