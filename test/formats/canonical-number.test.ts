import { expect, it } from 'vitest';
import { canonicalNumber } from '../../src/formats/canonical-number.ts';

/** The examples of the specification, and others that Go's `strconv.FormatFloat(x, 'g', -1, 64)` gives. */
const WRITTEN = [
  ...['1e-10', '1e-09', '1e-08', '1e-07', '1e-06', '1e-05', '0.0001', '0.001', '0.01', '0.1'],
  ...['0.0', '0.001', '0.002', '0.099', '1.0', '10.0', '100.0', '1000.0', '10000.0', '100000.0'],
  ...['1e+06', '1e+07', '1e+08', '1e+09', '1e+10', '1.234567e+06', '123456.7', '-2.5e-05'],
  ...['5e-324', '1.7976931348623157e+308', '+Inf', '-Inf', 'NaN', '-1.0'],
];

it.each(WRITTEN)('writes %s', (text) => {
  expect(canonicalNumber(Number(text.replace('Inf', 'Infinity')))).toBe(text);
});
