import { expect, test } from 'vitest'
import { median, renderTable, show, spread } from './table.ts'

test('the median of an even number lies between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([3, 1, 2])).toBe(2)
})

test('spread is half of the range in percent of the median', () => {
  expect(spread([90, 100, 110])).toBe(10)
  expect(spread([7])).toBe(0)
})

test('numbers are shown with as many digits as they are worth', () => {
  expect([12345.6, 45.67, 0.1234].map(show)).toEqual(['12,346', '45.7', '0.12'])
})

test('a table is Markdown with cells of one width', () => {
  expect(
    renderTable([
      { a: '1', long: 'x' },
      { a: '22', long: '' },
    ]).split('\n'),
  ).toEqual(['| a  | long |', '| -- | ---- |', '| 1  | x    |', '| 22 |      |'])
})
