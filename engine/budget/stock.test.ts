import { expect, test } from 'vitest'
import { createStock, type Stock } from './stock.ts'

/** Ten slots of 10 ms, each good for 50 ms, of a limit that may save nothing up. */
const PACE = { spacingMs: 10, lateMs: 50, savedMs: 0 }
const filled = (from: number, count: number): Stock => {
  const stock = createStock(PACE)
  expect(stock.order(from, count)).toBe(count)
  stock.receive(from, { from })
  return stock
}
/** How many are handed out at `at`. */
function takeAll(stock: Stock, at: number): number {
  let taken = 0
  while (stock.take(at)) taken++
  return taken
}

test('A slot is handed out when it is due, once, and no earlier', () => {
  const stock = filled(1000, 3)
  expect([999, 1000, 1009, 1010, 1025, 1100].map((at) => takeAll(stock, at))).toEqual([0, 1, 0, 1, 1, 0])
})

test('A slot that nobody took in time has gone by', () => {
  expect(takeAll(filled(1000, 10), 1090)).toBe(6)
  expect(takeAll(filled(1000, 10), 1141)).toBe(0)
})

test('Nothing is leased for nobody, nor while enough is here or under way', () => {
  const stock = createStock(PACE)
  expect(stock.order(0, 0)).toBe(0)
  expect(stock.order(0, 3)).toBe(3)
  expect(stock.order(0, 9)).toBe(0)
  stock.receive(0, { from: 0 })
  expect(stock.order(0, 3)).toBe(0)
  expect(stock.order(0, 4)).toBeGreaterThan(0)
})

test('What is leased ahead is little, however many wait', () => {
  const stock = filled(1000, 20)
  expect(stock.order(1000, 100)).toBe(0)
  expect(stock.order(1095, 100)).toBeGreaterThan(0)
})

test('After an order that failed it is asked again', () => {
  const stock = createStock(PACE)
  stock.order(0, 1)
  stock.receive(0, undefined)
  expect(stock.order(0, 1)).toBe(1)
})

test('A pause makes void what is here and what is on its way, and nothing is leased before it ends', () => {
  const stock = filled(0, 5)
  stock.order(0, 9)
  stock.pause(4000)
  stock.receive(1, { from: 1 })
  expect(takeAll(stock, 30)).toBe(0)
  expect(stock.order(30, 5)).toBe(0)
  expect(stock.wakeAt).toBeLessThan(4000)
  expect(stock.order(stock.wakeAt, 5)).toBeGreaterThan(0)
  stock.receive(stock.wakeAt, { from: 4000 })
  expect(takeAll(stock, 4000)).toBe(1)
})

test('It is closed only when there is nothing to be had for longer than can be waited for', () => {
  const stock = filled(0, 1)
  expect(stock.closedMs(0)).toBe(0)
  stock.order(0, 5)
  stock.receive(0, { closedUntil: 9000 })
  expect(stock.closedMs(0)).toBe(0)
  stock.take(0)
  expect(stock.closedMs(0)).toBe(9000)
  expect(stock.closedMs(4000)).toBe(0)
})

test('Nobody misses it when it holds nothing that could be used, and is not closed', () => {
  const stock = filled(0, 1)
  expect([0, 50, 51].map((at) => stock.isEmpty(at))).toEqual([false, false, true])
  stock.pause(1000)
  expect([999, 1000].map((at) => stock.isEmpty(at))).toEqual([false, true])
  stock.order(1000, 1)
  expect(stock.isEmpty(1000)).toBe(false)
})
