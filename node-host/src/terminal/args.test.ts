import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '../errors.ts'
import { parse, shellLine, wholeNumber } from './args.ts'

test('whole numbers may have underscores between digits, and nothing else', () => {
  const good: [string, number][] = [
    ['0', 0],
    ['2_000_000', 2_000_000],
    ['007', 7],
    ['9007199254740992', 2 ** 53],
  ]
  for (const [text, number] of good) assert.equal(wholeNumber('--seed', text, 0, 2 ** 53), number)
  for (const text of ['', 'abc', '-1', '+1', '1.5', '2e6', '1__0', '_1', '1_', ' 1', '0x10', '9007199254740993']) {
    assert.throws(() => wholeNumber('--seed', text, 0, 2 ** 53), UsageError, text)
  }
})

test('a wrong number is named with what was expected', () => {
  const message = 'got `abc`, expected a whole number from 1 to'
  assert.throws(() => wholeNumber('--visits', 'abc', 1, 2 ** 53), { message: `--visits: ${message} 2^53` })
  assert.throws(() => wholeNumber('--chunk', 'abc', 1, 20_000_000), { message: `--chunk: ${message} 20,000,000` })
  assert.throws(() => wholeNumber('--chunk', '', 1, 9), { message: '--chunk: empty, expected a whole number from 1 to 9' })
})

test('unknown options and missing values are named', () => {
  const options = { seed: { type: 'string' }, quiet: { type: 'boolean' } } as const
  assert.throws(() => parse(['--sed', '1'], options), { message: "Unknown option '--sed'" })
  for (const args of [['--seed'], ['--seed', '-x'], ['--seed', '--quiet']]) {
    assert.throws(() => parse(args, options), { message: '--seed: expected a value after it' })
  }
})

test('a negative number after an option is its value', () => {
  const options = { seed: { type: 'string' }, quiet: { type: 'boolean' } } as const
  assert.deepEqual({ ...parse(['--quiet', '--seed', '-3', '--seed', '-.5e3'], options).values }, { quiet: true, seed: '-.5e3' })
  assert.throws(() => parse(['--quiet', '-3'], options), { message: "Unknown option '-3'" })
  assert.deepEqual(parse(['--', '--seed', '-3'], options).positionals, ['--seed', '-3'])
})

test('arguments are quoted where a shell would take them apart', () => {
  assert.equal(shellLine(['a/b.json', '--out', "it's $HOME"]), String.raw`a/b.json --out 'it'\''s $HOME'`)
})
