import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { about, isElsewhere, onlyHere, openElsewhere, parseWhere } from './where.ts'

const URL = 'http://127.0.0.1:9'
afterEach(() => {
  delete process.env.SWITCHYARD_SERVER
})

const parsed = (...args: string[]) => {
  const { values, positionals } = parseWhere(args, {})
  return [values.server, values.env, positionals]
}

test('--server may stand alone, before anything but a URL', () => {
  assert.deepEqual(parsed('--server', 'small.json'), ['', undefined, ['small.json']])
  assert.deepEqual(parsed('--server', URL, 'R'), [URL, undefined, ['R']])
  assert.deepEqual(parsed('R', '--server', '--env', 'prod'), ['', 'prod', ['R']])
})

test('the variable counts as --server does, for every command; what it is to be without, it names', async () => {
  assert.deepEqual([isElsewhere({}), isElsewhere({ env: 'dev' })], [false, true])
  process.env.SWITCHYARD_SERVER = ''
  assert.equal(isElsewhere({}), false)
  process.env.SWITCHYARD_SERVER = URL
  assert.equal(isElsewhere({}), true)
  // A server's, not one on AWS of the same name.
  for (const env of [undefined, 'PROD']) {
    const at = await openElsewhere({ env })
    assert.deepEqual([at.where, at.name], [`the development server at ${URL}`, env?.toLowerCase() ?? 'dev'])
  }
  assert.equal((await openElsewhere({ server: 'http://localhost:8' })).where, 'the development server at http://localhost:8')
  assert.throws(() => onlyHere({}, { workers: '2' }, 'no'), {
    message: `--workers: got \`2\`, expected none: no (SWITCHYARD_SERVER is ${URL})`,
  })
  process.env.SWITCHYARD_SERVER = 'nonsense'
  await assert.rejects(openElsewhere({}), /^Error: SWITCHYARD_SERVER: got `nonsense`, expected a URL/)
})

test('what is to be typed next means the same environment', () => {
  assert.equal(about({}, 'resume', 'R'), 'switchyard resume R')
  assert.equal(about({ server: URL, env: 'prod' }, 'resume', 'R'), `switchyard resume R --server ${URL} --env prod`)
  assert.equal(about({ server: '' }, 'runs'), 'switchyard runs --server')
})
