// The command line itself: what it lists, and how it refuses.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { folder, switchyard } from './support.ts'

test('help and version are answers, anything unknown is exit code 2', async (t) => {
  const path = folder(t)
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await switchyard(path, args)
    return [code, stdout.split('\n')[0], stderr.split('\n')[0]]
  }
  const question = 'What would happen if this tariff launched tomorrow?'
  assert.deepEqual(await run('--help'), [0, question, ''])
  assert.deepEqual(await run('predict', '--help'), [0, 'usage: switchyard predict SCENARIO [options]', ''])
  assert.deepEqual(await run(), [2, '', question])
  assert.deepEqual(await run('constructor'), [2, '', 'switchyard: no command is called `constructor`. See switchyard --help'])
  assert.match((await run('--version')).join(), /^0,switchyard \d+\.\d+\.\d+,$/)
})
