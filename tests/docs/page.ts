// The pages of the documentation and the blocks in them: what is between fences, with its language.

import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export interface Block {
  /** `README.md, line 12`: where its first line is. */
  place: string
  language: string
  text: string
}

/** The pages that tell people what to type: all but ARCHITECTURE.md, which tells how it is built. */
export const PAGES = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: ROOT })
  .filter((page) => page !== 'ARCHITECTURE.md')
  .sort()

export function textOf(page: string): string {
  return readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8')
}

/** The blocks of a page, in their order. One without fences, or without a language, is an error: nobody would know how to run it. */
export function blocksOf(page: string, text = textOf(page)): Block[] {
  const blocks: Block[] = []
  let open: Block | undefined
  let before = ''
  for (const [at, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line)
    const place = `${page}, line ${at + 1}`
    if (open && fence) {
      blocks.push(open)
      open = undefined
    } else if (open) {
      open.text += `${line}\n`
    } else if (fence) {
      if (fence[1] === '') throw new Error(`${place}: expected the language of the block after its fence`)
      open = { place, language: fence[1] ?? '', text: '' }
    } else if (before === '' && /^( {4}|\t)/.test(line)) {
      throw new Error(`${place}: expected a block between fences, with its language, not one that is indented`)
    }
    before = line.trim()
  }
  return blocks
}

/** The commands of Switchyard in a page's own text, between backquotes. */
export function mentionsOf(page: string): string[] {
  const prose = textOf(page).replaceAll(/^```.*?^```/gms, '')
  return [...prose.matchAll(/`(?:npx )?(switchyard [^`]+)`/g)].map(([, command = '']) => command)
}
