#!/usr/bin/env node
// Starts the command line. The sources are TypeScript, which Node runs as they are from 22.18 on.
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

if (process.features.typescript) {
  // Stripping the types takes 40 ms in each thread; the cache, which threads find by this variable, keeps what comes of it.
  const cache = process.env.XDG_CACHE_HOME || (home() && join(home(), '.cache'))
  if (cache) process.env.NODE_COMPILE_CACHE ??= join(cache, 'switchyard/compiled')
  if (process.env.NODE_COMPILE_CACHE) module.enableCompileCache(process.env.NODE_COMPILE_CACHE)
  await import('../src/main.ts')
} else {
  console.error(
    `switchyard needs Node 22.18 or later, this is ${process.version}: use \`npx switchyard\` or \`npm start\`, which bring their own.`,
  )
  process.exit(1)
}

/** None has a user whom the system does not know, where HOME does not tell. */
function home() {
  try {
    return homedir()
  } catch {
    return undefined
  }
}
