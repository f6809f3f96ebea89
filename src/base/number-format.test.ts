import { expect, test } from 'bun:test'
import { generalFormat, jsonNumber, shortestFormat } from './number-format.ts'

test.each([
  [0.5, 6, '0.5'],
  [300_000, 6, '300000'],
  [1_800_000, 6, '1.8e+06'],
  [12_345_678, 6, '1.23457e+07'],
  [0.00001, 6, '1e-05'],
  [0.0001, 6, '0.0001'],
  [0, 6, '0'],
  [-2.5, 6, '-2.5'],
  [Number.NaN, 6, 'nan'],
  [106_900.41990149146, 32, '106900.41990149146295152604579926'],
  [15.714285714285715, 32, '15.714285714285715300775336800143'],
  [3_600_000, 32, '3600000'],
  [171.18740849, 3, '171'],
])('printf %%g of %p with %p digits', (value, digits, text) => {
  expect(generalFormat(value, digits)).toBe(text)
})

test.each([
  [1.05, '1.05'],
  [253.33333333333334, '253.33333333333334'],
  [105_000, '105000'],
  [1e16, '1e+16'],
  [0.00001, '1e-05'],
  [Number.NaN, 'nan'],
  [Infinity, 'inf'],
])('fmt of %p', (value, text) => {
  expect(shortestFormat(value)).toBe(text)
})

test.each([
  [60_000, '60000'],
  [300_000, '3e+05'],
  [1_800_000, '1800000'],
  [12_345_678, '12345678'],
  [0.00001, '1e-05'],
  [0.1, '0.1'],
  [99.9, '99.9'],
  [1e21, '1e+21'],
  [-0, '0'],
  [Number.NaN, 'null'],
])('JSON of %p', (value, text) => {
  expect(jsonNumber(value)).toBe(text)
})
