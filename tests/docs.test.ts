// What the documentation tells one to type is typed.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { serve } from '../node-host/src/server/serve.ts'
import { EXAMPLES, edit, folder, switchyard } from './support.ts'

test('docs/rest.md: every command of it works', async (t) => {
  const path = folder(t)
  for (const name of ['undercut.json', 'tariffs.csv', 'rates.csv', 'visits.csv', 'model.json', 'spec.json']) {
    cpSync(join(EXAMPLES, name), join(path, name))
  }
  // Draws enough to fit with, not to publish.
  edit(join(path, 'spec.json'), (text) => text.replace('"count": 200', '"count": 16'))
  const server = await serve({ port: 0, data: join(path, 'data'), workers: 2, retryScale: 0.001, log: () => {} })
  t.after(() => server.close())
  const blocks = blocksOf('rest.md', 'sh')
  const script = `set -e; curl() { command curl --fail-with-body "$@"; }\n${blocks.join('\n')}`
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { cwd: path, env: { ...process.env, SERVER: server.url } })
  assert.match(stdout, /cancelled by ann\n/)
  assert.match(stdout, /^\w{16} completed \d+$/m)
  assert.match(stdout, /dev\/runs\/\w{16}\/report\.json$/m)
  const json = (name: string) => JSON.parse(readFileSync(join(path, name), 'utf8')) as Record<string, Record<string, unknown>>
  assert.equal(json('report.json').visits, 20_000)
  assert.equal(typeof json('sent.json').run, 'string')
  assert.deepEqual(Object.keys(json('fitted.json')), ['coefficients', 'covariance'])
})

test('docs/fit.md: its specification is one', async (t) => {
  const path = folder(t)
  const [spec = '', component = ''] = blocksOf('fit.md', 'json')
  writeFileSync(join(path, 'spec.json'), spec)
  const visits = readFileSync(join(EXAMPLES, 'visits.csv'), 'utf8').split('\n').slice(0, 600)
  writeFileSync(join(path, 'visits.csv'), visits.join('\n'))
  const args = ['fit', 'visits.csv', '--market', join(EXAMPLES, 'undercut.json'), '--spec', 'spec.json', '--json', '--quiet']
  const { code, stdout, stderr } = await switchyard(path, args)
  assert.ok(code === 0 || code === 3, stderr)
  const { coefficients } = JSON.parse(stdout) as { coefficients: Record<string, { estimate: number; z: number | null }> }
  assert.deepEqual([coefficients.green?.estimate, coefficients.green?.z], [0.5, null])
  assert.deepEqual(Object.keys(JSON.parse(component)), ['data', 'spec', 'chunks', 'also'])
})

/** The blocks of a page of docs/ in a language. */
function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(fileURLToPath(new URL(`../docs/${page}`, import.meta.url)), 'utf8')
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block)
}
