import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { checkOutputs, writeOutput } from './output.ts'

function folder(t: TestContext): (name: string) => string {
  const path = mkdtempSync(join(tmpdir(), 'switchyard-'))
  t.after(() => rmSync(path, { recursive: true }))
  return (name) => join(path, name)
}

const bytes = new TextEncoder().encode('new')
const write = (path: string) => writeOutput({ option: '--out', path }, bytes)

test('- is no name of a file', () => {
  const says = { message: '--out: got `-`, expected a file to write to (the standard output is for the result)' }
  assert.throws(() => checkOutputs([{ option: '--out', path: '-' }], []), says)
})

test('a file is written through links to what they name, which keeps its rights, and nothing else is there afterwards', (t) => {
  const at = folder(t)
  mkdirSync(at('elsewhere'))
  writeFileSync(at('elsewhere/m.json'), 'old')
  chmodSync(at('elsewhere/m.json'), 0o600)
  symlinkSync('elsewhere/m.json', at('a'))
  symlinkSync('a', at('b'))
  symlinkSync('elsewhere/new.json', at('dangling'))
  for (const name of ['b', 'dangling']) write(at(name))
  assert.deepEqual([lstatSync(at('b')).isSymbolicLink(), readFileSync(at('elsewhere/m.json'), 'utf8')], [true, 'new'])
  assert.equal(statSync(at('elsewhere/m.json')).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(at('elsewhere')).sort(), ['m.json', 'new.json'])
})

test('a device and a pipe are written to as they are', (t) => {
  const at = folder(t)
  execFileSync('mkfifo', [at('pipe')])
  const script = `import('${new URL('./output.ts', import.meta.url)}').then(({ writeOutput }) =>
    writeOutput({ option: '--out', path: process.argv[1] }, new TextEncoder().encode('new')))`
  const shell = `"${process.execPath}" -e "$1" "$2" & cat "$2"; wait`
  assert.equal(execFileSync('sh', ['-c', shell, 'sh', script, at('pipe')], { encoding: 'utf8' }), 'new')
  for (const path of ['/dev/null', '/dev/stdout']) execFileSync(process.execPath, ['-e', script, path], { stdio: 'pipe' })
  assert.equal(statSync('/dev/null').isCharacterDevice(), true)
  assert.throws(() => write('/dev/full'), /^Error: --out: got `\/dev\/full`, expected a file to write to \(no space left on/)
  const redirected = `"${process.execPath}" -e "$1" /dev/stdout > "$2"; echo more >> "$2"; cat "$2"`
  assert.equal(execFileSync('sh', ['-c', redirected, 'sh', script, at('file')], { encoding: 'utf8' }), 'newmore\n')
})

test('what cannot be written, or would destroy what is read, is refused before', (t) => {
  const at = folder(t)
  writeFileSync(at('in.csv'), '')
  symlinkSync('in.csv', at('link'))
  symlinkSync('round', at('round'))
  const refusal = (...paths: string[]) => {
    const named = paths.map((path, n) => ({ option: n === 0 ? '--out' : '--tastes', path }))
    try {
      checkOutputs(named, [at('in.csv')])
      return ''
    } catch (error) {
      return (error as Error).message.replaceAll(`${at('.')}/`, '').replaceAll(at('.'), '.')
    }
  }
  assert.equal(refusal(at('m.json'), at('t.csv')), '')
  assert.equal(refusal('/dev/null', '/dev/null'), '')
  assert.equal(refusal(at('no/m.json')), '--out: got `no/m.json`, expected a file to write to (there is no folder `no`)')
  assert.equal(refusal(at('.')), '--out: got `.`, expected a file to write to (it is a folder)')
  assert.equal(refusal(at('round')), '--out: got `round`, expected a file to write to (its links lead in a circle)')
  assert.equal(refusal(at('link')), '--out: got `link`, expected another file than `in.csv`, which is read')
  assert.equal(refusal(at('m'), at('./m')), '--tastes: got `m`, expected another file than --out')
})
