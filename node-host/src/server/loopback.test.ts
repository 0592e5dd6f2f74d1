import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLoopback } from './loopback.ts'

test('this machine, and not what only looks like it', () => {
  for (const host of ['localhost', 'LOCALHOST:4000', 'a.localhost:1', '127.0.0.1', '127.1.2.3:80', '[::1]', '[::1]:4000']) {
    assert.ok(isLoopback(host), host)
  }
  for (const host of [
    '',
    'example.com',
    'localhost.example.com',
    '127.0.0.1.example.com',
    '128.0.0.1',
    '0.0.0.0',
    '[::2]:1',
    'xlocalhost',
  ]) {
    assert.ok(!isLoopback(host), host)
  }
})
