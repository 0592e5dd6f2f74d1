// The examples are synthetic, and nobody edits them by hand.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

test('the committed examples are what their generator writes', () => {
  const generator = fileURLToPath(new URL('../examples/make.ts', import.meta.url))
  assert.doesNotThrow(() => execFileSync(process.execPath, [generator, '--check'], { stdio: 'pipe' }))
})
