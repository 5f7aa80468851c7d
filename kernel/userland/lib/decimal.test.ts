/** printf's %f %e %g: what C makes of the same numbers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, buildForHost, run } from '../testing/on-host.ts';

beforeAll(buildForHost, BUILD_TIMEOUT_MS);

describe('numbers with a point', () => {
  it.each([
    ['%e', '1.5', '1.500000e+00'],
    ['%.3E', '12345.678', '1.235E+04'],
    ['%.0e', '9.5', '1e+01'],
    ['%e', '0', '0.000000e+00'],
    ['%e', '1e-100', '1.000000e-100'],
    ['%+.1e', '0', '+0.0e+00'],
    ['%g', '100000', '100000'],
    ['%g', '1000000', '1e+06'],
    ['%g', '123456789', '1.23457e+08'],
    ['%g', '0.0001', '0.0001'],
    ['%g', '0.00001', '1e-05'],
    ['%.3g', '0.00012345', '0.000123'],
    ['%g', '0', '0'],
    ['%g', '999999.5', '1e+06'],
    ['%#g', '1', '1.00000'],
    ['%G', '1e-10', '1E-10'],
    ['%f', '1.5', '1.500000'],
    ['%f', '1e3', '1000.000000'],
    ['%f', '.5E1', '5.000000'],
    ['%.0f', '0.5', '0'],
    ['%.0f', '0.6', '1'],
    ['%.0f', '0.05', '0'],
    ['%.0f', '1.5', '2'],
    ['%.0f', '2.5', '2'],
    ['%#.0f', '3', '3.'],
    ['%.2f', '0.006', '0.01'],
    ['%.2f', '0.004', '0.00'],
    ['%.2f', '9.999', '10.00'],
    ['%.20f', '0.1', '0.10000000000000000000'],
    ['%f', '123456789012345678901', '123456789012345678901.000000'],
    ['%08.2f', '-3.14159', '-0003.14'],
    ['%-8.1f|', '2', '2.0     |'],
    ['%8f', 'inf', '     inf'],
    ['%08f', 'nan', '     nan'],
    ['%F', '-infinity', '-INF'],
    ['%f', '0x10', '16.000000'],
    ['%.1f', "'A", '65.0'],
  ])('%s of %s is %s', (format, number, text) => {
    expect(run('bin/printf', [format, number])).toMatchObject({ stdout: text, stderr: '', status: 0 });
  });

  it.each([
    ['x', '0.0', 'expected numeric value'],
    ['', '0.0', 'expected numeric value'],
    ['1.5x', '1.5', 'not completely converted'],
    ['1e', '1.0', 'not completely converted'],
    ['1.2.3', '1.2', 'not completely converted'],
  ])('complains about %j', (number, text, complaint) => {
    const outcome = run('bin/printf', ['%.1f', number]);
    expect([outcome.stdout, outcome.status]).toEqual([text, 1]);
    expect(outcome.stderr).toContain(complaint);
  });
});
