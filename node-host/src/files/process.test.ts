// Who is there: whether the process that a file names still is.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isRunning, ownMark } from './process.ts'

test('a process is there as long as it is at work, and no other that has its id', {
  skip: process.platform !== 'linux',
}, async (t) => {
  // `sleep`'s parent never asks how its child ended: it stays as a zombie.
  const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  t.after(() => parent.kill('SIGKILL'))
  const pid = String(((await once(parent.stdout, 'data')) as [Buffer])[0]).trim()
  const start = (of: string) =>
    readFileSync(`/proc/${of}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19]
  assert.equal(ownMark(), `${process.pid} ${start('self')}`)
  assert.deepEqual([pid, `${pid} ${start(pid)}`, `${pid} 1`, '0', ownMark()].map(isRunning), [true, true, false, false, false])
  process.kill(Number(pid), 'SIGKILL')
  while (!/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.equal(isRunning(pid), false)
})
