/** Sizes in bytes, characters or entries beyond which a home's content is refused or a caller has to come back later. */
export const homeLimits = {
  kubeconfigBytes: 256 * 1024,
  credentialBytes: 64 * 1024,
  /** What the aliases of a kubeconfig may stand for, all in all. */
  aliases: 100,
  logBytes: 1024 * 1024,
  /** Kubeconfigs that could not be used, kept in one home. */
  keptAside: 5,
  folderEntries: 10_000,
  pathLength: 4096,
  waiting: 256,
  /** Homes that a helper is asked for in one message. */
  together: 64,
  remembered: 10_000,
} as const
