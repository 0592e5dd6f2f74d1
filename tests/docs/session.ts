// A page's blocks, run one after another as whoever reads it would: in one folder and one shell, with a server at hand.

import { spawn } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '../../node-host/src/server/serve.ts'
import { electricity } from '../choices.ts'
import { pythonProgram } from '../real-parts.ts'
import { EXAMPLES, edit, folder, PROGRAM } from '../support.ts'
import type { Block } from './page.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const { scripts } = JSON.parse(readFileSync(here('../../package.json'), 'utf8')) as { scripts: { start: string } }

/** What is run as a whole elsewhere, and where. */
const ELSEWHERE = new Map([
  ['npm test', 'is what runs this'],
  ['npm test -- native', 'setup/check.mjs'],
  ['npm run lint', 'setup/check.mjs'],
  ['.ci/run', 'setup/check.mjs'],
  ['npm run bundle', 'setup/bundle.mjs, before these tests'],
  ['npx switchyard serve', 'serve.test.ts; what asks it asks a server of this process'],
])

/** How the commands of the documentation differ here: they take seconds, disturb no other server, and need no account. */
function standIns(text: string, server: string): string {
  return text
    .split('\n')
    .filter((line) => !ELSEWHERE.has(line.replace(/#.*/, '').trim()))
    .join('\n')
    .replaceAll(/^npm start/gm, scripts.start.replace('node setup/ready.mjs build && ', ''))
    .replaceAll(/--visits \d+_000/g, '--visits 1_000')
    .replaceAll('http://127.0.0.1:4000', server)
    .replaceAll(' --server ', ` --server ${server} `)
    .replaceAll(' --cli-binary-format raw-in-base64-out', '') // of AWS CLI 2: what pip has is version 1
}

const LANGUAGES: Record<string, (file: string) => string> = {
  sh: (file) => `. ${file}`,
  r: (file) => `Rscript ${here('value.R')} ${file}`,
  python: (file) => `python ${here('value.py')} ${file}`,
  sql: (file) => `python ${here('value.py')} ${file}`,
}

export const isRun = ({ language }: Block) => language in LANGUAGES

/** Runs all blocks that can be run, and gives what each printed. The first that fails ends it, and is named with what it said. */
export async function run(t: TestContext, page: string, blocks: Block[]): Promise<Map<Block, string>> {
  const cwd = folder(t)
  furnish(cwd, page)
  const server = await serve({ port: 0, data: join(cwd, '.switchyard'), workers: 2, retryScale: 0.001, log: () => {} })
  t.after(() => server.close())
  const file = (at: number, ending: string) => join(cwd, `.block-${at}.${ending}`)
  const runnable = blocks.filter(isRun)
  const commands = runnable.map(({ language, text }, at) => {
    writeFileSync(file(at, language), standIns(text, server.url))
    return `${LANGUAGES[language]?.(file(at, language))} > ${file(at, 'out')} 2>&1`
  })
  const failed = await shell(cwd, `${PRELUDE}${commands.join('\n')}\n`, server.url)
  const printed = runnable.flatMap((block, at) => {
    return existsSync(file(at, 'out')) ? [[block, readFileSync(file(at, 'out'), 'utf8')] as const] : []
  })
  const [last, said] = printed.at(-1) ?? []
  if (failed) throw new Error(`${last?.place}: ended with ${failed}:\n${said}`)
  return new Map(printed)
}

/** What the page takes for granted: the examples and the data that it names. */
function furnish(cwd: string, page: string): void {
  const isRest = page === 'docs/rest.md'
  cpSync(EXAMPLES, isRest ? cwd : join(cwd, 'examples'), { recursive: true })
  writeFileSync(join(cwd, 'electricity.csv.gz'), electricity())
  if (!isRest) return
  // What it fits is not shown: few draws and visits are enough.
  edit(join(cwd, 'spec.json'), (text) => text.replace('"count": 200', '"count": 16'))
  edit(join(cwd, 'visits.csv'), (text) => text.split('\n').slice(0, 6000).join('\n'))
}

const PRELUDE = `set -e
switchyard() { node ${PROGRAM} "$@"; }
npx() { "$@"; }
curl() { command curl --fail-with-body "$@"; }
`

/** How it ended, if not well. */
function shell(cwd: string, script: string, server: string): Promise<string | undefined> {
  const path = [dirname(process.execPath), dirname(pythonProgram('python')), process.env.PATH].join(delimiter)
  const aws = { AWS_REGION: 'eu-west-2', AWS_DEFAULT_REGION: 'eu-west-2', AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' }
  const env = { ...process.env, ...aws, PATH: path, SERVER: server, SWITCHYARD_SERVER: '' }
  const child = spawn('sh', ['-c', script], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] })
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)))
  })
}
