#!/usr/bin/env node
// Starts the command line. The sources are TypeScript, which Node runs as they are from 22.18 on.
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

if (process.features.typescript) {
  // Stripping the types takes 40 ms in each thread; the cache, which threads find by this variable, keeps what comes of it.
  process.env.NODE_COMPILE_CACHE ??= join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'switchyard/compiled')
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  await import('../src/main.ts')
} else {
  console.error(
    `switchyard needs Node 22.18 or later, this is ${process.version}: use \`npx switchyard\` or \`npm start\`, which bring their own.`,
  )
  process.exit(1)
}
