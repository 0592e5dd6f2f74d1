import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeEnvironment } from '../environment/test-environment.ts'
import { planInput } from './start.ts'

const plan = async (asked: unknown, stored: Record<string, string> = {}) => {
  const at = new FakeEnvironment()
  for (const [key, text] of Object.entries(stored)) await at.write(key, new TextEncoder().encode(text))
  return { input: await planInput(at, 'R', asked), blobs: at.texts }
}

test('a scenario in the request is stored, and the files beside it', async () => {
  const files = { 'tariffs.csv': { text: 'a' }, '../rates.csv': { path: 'my/rates.csv', text: 'b' } }
  const { input, blobs } = await plan({
    scenario: { path: 'small.json', text: '{}' },
    files,
    seed: 0,
    allow_lost: { percent: 5 },
  })
  assert.deepEqual(input, {
    scenario: { path: 'small.json', key: 'dev/inputs/R/scenario.json' },
    files: {
      'tariffs.csv': { path: 'tariffs.csv', key: 'dev/inputs/R/files/0' },
      '../rates.csv': { path: 'my/rates.csv', key: 'dev/inputs/R/files/1' },
    },
    seed: 0,
    allow_lost: { percent: 5 },
  })
  assert.deepEqual(blobs, { 'dev/inputs/R/scenario.json': '{}', 'dev/inputs/R/files/0': 'a', 'dev/inputs/R/files/1': 'b' })
})

test('what is stored already is named by its key, or by its path alone', async () => {
  const stored = { 'my/small.json': '{}', 't.csv': 'a' }
  const scenario = { path: 'my/small.json', key: 'my/small.json' }
  const files = { 'tariffs.csv': { path: 'tariffs.csv', key: 't.csv' } }
  const asked = { scenario: { path: 'my/small.json' }, files: { 'tariffs.csv': 't.csv' } }
  assert.deepEqual(await plan(asked, stored), { input: { scenario, files }, blobs: stored })
  const named = { scenario: 'my/small.json', visits: 5 }
  assert.deepEqual(await plan(named, stored), { input: { scenario, visits: 5 }, blobs: stored })
})

for (const [asked, message] of [
  [[], 'the body: got `[]`, expected a JSON object'],
  [{}, 'scenario: empty, expected the key of a blob, or {"path", "text"}'],
  [{ scenario: 'no' }, 'scenario: got `no`, expected the key of a blob, or {"path", "text"} (no blob is stored under this key)'],
  [{ scenario: '' }, 'scenario: empty, expected the key of a blob, or {"path", "text"}'],
  [{ scenario: { text: 'x' } }, 'scenario.path: empty, expected the name that messages are to call it by'],
  [{ scenario: { path: 'a' } }, 'scenario: got `a`, expected the key of a blob'],
  [{ scenario: { path: 'a', txt: 'x' } }, 'scenario: got `txt`, expected fields of path, text, key'],
  [{ scenario: { path: 'a', text: '' }, files: { b: { text: 3 } } }, 'files.b.text: got `3`, expected the text of the file'],
  [{ scenario: 'a', vists: 3 }, 'the body: got `vists`, expected fields of scenario, files, visits, seed, by, chunk, allow_lost'],
  [{ scenario: 'a', visits: 0 }, 'visits: got `0`, expected a whole number from 1 to 2^53'],
  [{ scenario: 'a', seed: 1.5 }, 'seed: got `1.5`, expected a whole number from 0 to 2^53'],
  [{ scenario: 'a', chunk: '9' }, 'chunk: got `9`, expected a whole number from 1 to 2^53'],
  [{ scenario: 'a', by: ['region'] }, 'by: got `["region"]`, expected lists of dimensions, such as [["region", "payment"]]'],
  [{ scenario: 'a', allow_lost: { percent: 100 } }, 'allow_lost: got `{"percent":100}`, expected {"count": a whole number}'],
  [{ scenario: 'a', allow_lost: { count: 1, percent: 1 } }, 'allow_lost: got `{"count":1,"percent":1}`, expected {"count"'],
] as const) {
  test(`refused: ${message}`, async () => {
    await assert.rejects(plan(asked), (error: Error) => error.message.startsWith(message))
  })
}
