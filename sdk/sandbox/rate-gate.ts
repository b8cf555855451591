/** Lets so many requests of one key through in any second, and says how long the next must wait. */
export type RateGate = {
  /** Milliseconds to wait, 0 for let through. What is refused does not count. */
  admit(key: string, perSecond: number): number
}

export function createRateGate(now: () => number = () => performance.now()): RateGate {
  const passedAt = new Map<string, number[]>()
  return {
    admit(key, perSecond) {
      if (perSecond <= 0) return 0
      const recent = (passedAt.get(key) ?? []).filter((at) => at > now() - 1000)
      passedAt.set(key, recent)
      const oldest = recent.at(-perSecond)
      if (oldest !== undefined) return Math.max(1, oldest + 1000 - now())
      recent.push(now())
      return 0
    },
  }
}
