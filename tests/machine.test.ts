// What the machine refuses, and signals to end: a line and an exit code, no stack, and nothing that is left behind.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { folder, market, PROGRAM } from './support.ts'

/** A fit of long.csv that takes no time. */
const FIT = 'switchyard fit --long long.csv --choice c --id s --alt a --vars x --quiet'
const MODEL = 'switchyard predict small.json --quiet --visits 2000 --out out --model-command'

function choices(t: TestContext): string {
  const path = folder(t)
  const rows = Array.from({ length: 40 }, (_, n) => {
    const [x, y] = [(n * 7) % 11, (n * 5) % 7]
    const chosen = x > y !== (n % 5 === 0)
    return `${n},a,${x},${Number(chosen)}\n${n},b,${y},${Number(!chosen)}\n`
  })
  writeFileSync(join(path, 'long.csv'), `s,a,x,c\n${rows.join('')}`)
  return path
}

/** Runs a line of a shell, which knows how to redirect. */
function shell(cwd: string, line: string, env: NodeJS.ProcessEnv = {}) {
  const command = line.replace('switchyard', `"${process.execPath}" "${PROGRAM}"`)
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { cwd, env: { ...process.env, ...env }, encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

test('a full standard output is told, and takes nothing with it', (t) => {
  const path = market(t)
  const says = 'the standard output: it could not be written (no space left on the disk)\n'
  for (const [line, left] of [
    ['switchyard --help', undefined],
    ['switchyard predict small.json --quiet --visits 2000 --out out', ['paired', 'report.json', 'run.json']],
  ] as const) {
    const { code, stderr } = shell(path, `${line} > /dev/full`)
    assert.deepEqual([code, stderr], [1, says])
    if (left) assert.deepEqual(readdirSync(join(path, 'out')).sort(), left)
  }
})

test('TMPDIR that is none, and HOME of a user whom nobody knows', (t) => {
  const path = choices(t)
  const none = shell(path, FIT, { TMPDIR: '/no' })
  assert.deepEqual([none.code, none.stderr], [1, 'TMPDIR: got `/no`, expected a folder to write to (no such file or folder)\n'])
  // As Node tells of such a user, whoever runs the test.
  const unknown = `require('node:os').homedir = () => { throw new Error('uv_os_homedir returned ENOENT') }`
  writeFileSync(join(path, 'nobody.cjs'), `${unknown}\nrequire('node:module').syncBuiltinESMExports()\n`)
  const known = shell(path, 'switchyard --version', {
    NODE_OPTIONS: `--require ${join(path, 'nobody.cjs')}`,
    NODE_COMPILE_CACHE: '',
  })
  assert.deepEqual([known.code, known.stderr], [0, ''])
})

test('what a fit is to write is checked before; what cannot be written then takes nothing from the result', (t) => {
  const path = choices(t)
  for (const [options, says] of [
    ['--out no/m.json', '--out: got `no/m.json`, expected a file to write to (there is no folder `no`)'],
    ['--out long.csv', '--out: got `long.csv`, expected another file than `long.csv`, which is read'],
    ['--out m --tastes m', '--tastes: got `m`, expected another file than --out'],
  ]) {
    const { code, stdout, stderr } = shell(path, `${FIT} ${options}`)
    assert.deepEqual([code, stdout, stderr], [2, '', `${says}\n`])
  }
  const full = shell(path, `${FIT} --out /dev/full`)
  assert.equal(full.code, 1)
  assert.match(full.stdout, /^Conditional logit$/m)
  assert.match(full.stderr, /\n--out: got `\/dev\/full`, expected a file to write to \(no space left on the disk\)\n$/)

  mkdirSync(join(path, 'models'))
  writeFileSync(join(path, 'm.json.new'), 'mine')
  symlinkSync('models/m.json', join(path, 'm.json'))
  assert.equal(shell(path, `${FIT} --out m.json`).code, 0)
  const model = readFileSync(join(path, 'models/m.json'), 'utf8')
  assert.deepEqual(
    [Object.keys(JSON.parse(model)), readFileSync(join(path, 'm.json.new'), 'utf8')],
    [['coefficients', 'covariance'], 'mine'],
  )
  assert.ok(shell(path, `${FIT} --out /dev/stdout`).stdout.includes(model.trim()))
})

for (const [signal, expected] of [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} ends a command, and the commands that it runs`, async (t) => {
    const path = market(t)
    const script = 'echo $$ > pid; cat > /dev/null; sleep 100 & wait'
    const args = [...MODEL.split(' ').slice(1), script]
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: path, stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (!existsSync(join(path, 'pid')) || readFileSync(join(path, 'pid'), 'utf8') === '') await sleep(5)
    child.kill(signal)
    assert.deepEqual(await ended, [expected, null])
    const group = Number(readFileSync(join(path, 'pid'), 'utf8'))
    const isThere = () => spawnSync('pgrep', ['-g', String(group)]).status === 0
    for (let tries = 0; isThere() && tries < 200; tries += 1) await sleep(5)
    assert.equal(isThere(), false)
  })
}

test('what a fit that was killed left behind goes with the next', (t) => {
  const path = choices(t)
  for (const name of ['switchyard-fit-99999999-abcdef', 'switchyard-fit-mine']) mkdirSync(join(path, name))
  assert.equal(shell(path, FIT, { TMPDIR: path }).code, 0)
  assert.deepEqual(readdirSync(path).sort(), ['long.csv', 'switchyard-fit-mine'])
})
