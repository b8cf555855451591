/** What was started, to be stopped in the opposite order: who uses something stops before it. */
export type Stopper = { add(stop: () => Promise<unknown>): void; stopAll(): Promise<void> }

export function createStopper(): Stopper {
  const stops: (() => Promise<unknown>)[] = []
  return {
    add: (stop) => void stops.push(stop),
    async stopAll() {
      for (const stop of stops.splice(0).reverse()) await stop()
    },
  }
}
