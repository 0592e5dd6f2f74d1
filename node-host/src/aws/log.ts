// Logs as JSON lines with the keys that Powertools has made known, and the run's.

import { Logger } from '@aws-lambda-powertools/logger'
import type { Host } from '../../../wasm/pkg/switchyard.js'

export const logger = new Logger({ serviceName: 'switchyard' })

/** What components log. */
export const log: Host['log'] = (level, message) => {
  const write = { DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const
  logger[write[level]](message)
}

/** Logs an error with its stack. */
export function logError(what: string, error: unknown): void {
  logger.error(what, error instanceof Error ? error : new Error(String(error)))
}

// The module tells a panic's message and place here, just before it traps.
console.error = (...words: unknown[]) => {
  const [message = '', ...stack] = words.map(String).join(' ').split('\n')
  logger.error(message, { stack: stack.join('\n') })
}
