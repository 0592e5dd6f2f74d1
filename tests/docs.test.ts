// What the documentation tells one to type is typed.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { serve } from '../node-host/src/server/serve.ts'
import { EXAMPLES, folder } from './support.ts'

const jq = await promisify(execFile)('jq', ['--version']).then(
  () => false,
  () => 'no jq',
)

test('docs/rest.md: every command of it works', { skip: jq && `skipped: ${jq}` }, async (t) => {
  const path = folder(t)
  for (const name of ['undercut.json', 'tariffs.csv', 'rates.csv', 'visits.csv', 'model.json', 'spec.json']) {
    cpSync(join(EXAMPLES, name), join(path, name))
  }
  const server = await serve({ port: 0, data: join(path, 'data'), workers: 2, retryScale: 0.001, log: () => {} })
  t.after(() => server.close())
  const text = readFileSync(fileURLToPath(new URL('../docs/rest.md', import.meta.url)), 'utf8')
  const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block)
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
