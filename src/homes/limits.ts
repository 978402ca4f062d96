/** Sizes in bytes, characters or entries beyond which a home's content is refused or a caller has to come back later. */
export const homeLimits = {
  kubeconfigBytes: 256 * 1024,
  credentialBytes: 64 * 1024,
  logBytes: 1024 * 1024,
  pathLength: 4096,
  waiting: 256,
  remembered: 10_000,
} as const
