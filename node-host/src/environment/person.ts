// Who asks, as runs remember it.

import { hostname, userInfo } from 'node:os'

/** The person at this command line: `command-line (ann@laptop)`. */
export function commandLine(): string {
  return `command-line (${user()}@${hostname()})`
}

function user(): string {
  try {
    return userInfo().username
  } catch {
    // The system does not know this user.
    return process.env.USER || String(process.getuid?.() ?? 'somebody')
  }
}
