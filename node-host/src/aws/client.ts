// How AWS is asked: bounded waits, and retries (with backoff and jitter) of what throttling, 5xx and the network may have broken.

/** Options of every client. */
export const CLIENT = {
  retryMode: 'standard',
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, socketTimeout: 10_000, throwOnRequestTimeout: true },
} as const

/** The signal that ends a request with all its attempts. */
export function bounded(ms = 30_000): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(ms) }
}
