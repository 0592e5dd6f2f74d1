// How much is asked for at most.

/** More visits would take long to write and fill disks: each is about ninety rows. */
export const KEPT_VISITS_MAX = 1_000_000
