// The reports that the tests look at: real runs of kipc, and one that is blown up to the size the page is made for.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TOP = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const KIPC = process.env.KIPC || join(TOP, 'build/release/kipc');
export const FOLDER = mkdtempSync(join(tmpdir(), 'kipc-viewer-test-'));

/** Runs kipc; what it prints. An exit code of 1 is a verdict, not an accident. */
export function kipc(...words) {
  try {
    return execFileSync(KIPC, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], cwd: FOLDER, maxBuffer: 1 << 26 });
  } catch (error) {
    if (error.status !== 1) throw new Error(`kipc ${words.join(' ')}: ${error.stderr || error}`);
    return error.stdout;
  }
}

/** Runs cases and reads the report. */
export function run(name, ...words) {
  const file = join(FOLDER, `${name}.json`);
  kipc('run', '--quiet', '--json', file, ...words);
  return JSON.parse(readFileSync(file, 'utf8'));
}

export const read = path => JSON.parse(readFileSync(join(TOP, path), 'utf8'));

/** Makes a page of reports, and of measurements, and gives its address. */
export function pageOf(name, reports, measurements = []) {
  const files = reports.map((report, i) => {
    const file = join(FOLDER, `${name}-${i}.json`);
    const counts = Object.fromEntries(Object.keys(report.counts).map(status => [status, 0]));
    for (const variant of report.variants) counts[variant.status] += 1;
    writeFileSync(file, JSON.stringify({ ...report, counts }));
    return file;
  });
  const page = join(FOLDER, `${name}.html`);
  const measured = measurements.flatMap((one, i) => {
    const file = join(FOLDER, `${name}-measure-${i}.json`);
    writeFileSync(file, JSON.stringify(one));
    return ['--measure', file];
  });
  kipc('report', ...files, ...measured, '--html', page);
  return `file://${page}`;
}

/** 2,000 variants on 12 platforms, made of one real report: more variants, other kernels, some other statuses. */
export function manyReports(report, variants = 2000, platforms = 12) {
  return Array.from({ length: platforms }, (_, p) => {
    const list = Array.from({ length: variants }, (_, i) => {
      const { history, ...one } = report.variants[i % report.variants.length];
      const round = Math.floor(i / report.variants.length);
      if (round) {
        one.case = `${one.case}.again-${round}`;
        one.variant = one.variant.replace(/^[^[]*/, one.case);
      }
      if ((i * 7 + p * 13) % 97 === 0)
        Object.assign(one, { status: 'FAIL', reason: 'reader: read: expected return 0, got 3', got: '3', expected: 'return 0' });
      return one;
    });
    return {
      ...report, variants: list, selected: variants,
      platform: { ...report.platform, kernel_release: `6.${p}.0`, distribution: `Distribution ${p % 3}` },
    };
  });
}
