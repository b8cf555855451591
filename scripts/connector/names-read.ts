import { pointerTo } from '@tributary/sdk'
import { isContainer } from './leaves.ts'

/**
 * The pointers that `read` asks for by name, at whatever depth. Who lists the keys of an object (a spread, a schema that lets
 * unknown fields through) takes whatever is there, so what is asked of that object from then on is not by name.
 */
export function namesRead(payload: object, read: (payload: object) => unknown): Set<string> {
  const names = new Set<string>()
  read(watched(payload, '', names))
  return names
}

function watched(value: object, pointer: string, names: Set<string>): object {
  let listed = false
  return new Proxy(value, {
    ownKeys(target) {
      listed = true
      return Reflect.ownKeys(target)
    },
    get(target, key) {
      const held: unknown = Reflect.get(target, key)
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return held
      const at = pointer + pointerTo(key)
      if (!listed) names.add(at)
      return isContainer(held) ? watched(held, at, names) : held
    },
  })
}
