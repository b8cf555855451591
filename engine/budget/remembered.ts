import type { Gate } from './slots.ts'

const MANY = 1000

/** Makes a gate when it is first asked for. Those that nobody would miss are forgotten, for paths with ids in them are many. */
export function remembered<Limit, Kind extends Gate>(create: (id: string, limit: Limit) => Kind) {
  const gates = new Map<string, Kind>()
  return (id: string, limit: Limit): Kind => {
    const known = gates.get(id)
    if (known) return known
    if (gates.size >= MANY) for (const [old, gate] of gates) if (gate.isIdle()) gates.delete(old)
    const gate = create(id, limit)
    gates.set(id, gate)
    return gate
  }
}
