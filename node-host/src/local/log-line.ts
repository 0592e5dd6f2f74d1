// A line of the log, for people: `[time] [env] [request_id] LEVEL message`.

import type { LogLevel } from '../environment/environment.ts'
import type { About } from './system.ts'

export function logLine(level: LogLevel, message: string, about: About | undefined, now = new Date()): string {
  const { env = '-', requestId = '-' } = about ?? {}
  return `[${now.toISOString()}] [${env}] [${requestId}] ${level} ${message.replaceAll('\n', '\n  ')}`
}
