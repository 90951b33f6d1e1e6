// A measurement as kipc measure --json writes it, of times that are made up, so that what is drawn of them is known.
const MECHANISMS = { 'eventfd': [2100, 0], 'futex': [1900, 0], 'mq': [3400, 0.42], 'pipe': [2600, 0.31], 'shm-ring': [2300, 0.9], 'sysv-msg': [2900, 0.5], 'tcp': [9800, 0.27], 'unix-stream': [3700, 0.24] };
const SIZES = [1, 64, 1024, 4096, 65536];
const SUB_BITS = 7;

/** The bucket of harness/base/histogram.hpp that a value falls into. */
function bucketOf(value) {
  if (value < 2 ** SUB_BITS) return value;
  const shift = Math.floor(Math.log2(value)) - SUB_BITS;
  return shift * 2 ** SUB_BITS + Math.floor(value / 2 ** shift);
}

function histogram(median) {
  const counts = new Map();
  for (let i = 1; i < 400; i++) {
    const share = i / 400;
    const value = Math.round(median * (0.8 + 0.2 * (-Math.log(1 - share) / Math.LN2)));
    counts.set(bucketOf(value), (counts.get(bucketOf(value)) || 0) + 50);
  }
  return { sub_bits: SUB_BITS, min_ns: Math.round(median * 0.8), max_ns: Math.round(median * 2.5), counts: [...counts] };
}

export function measurement(platform, factor = 1) {
  const results = [];
  for (const placement of ['one-core', 'two-cores'])
    for (const kind of ['round trip', 'one way'])
      for (const [mechanism, [base, each]] of Object.entries(MECHANISMS))
        for (const size of each ? SIZES : [0]) {
          if (kind === 'one way' && !each) continue;
          const ns = factor * (base * (placement === 'two-cores' ? 3 : 1) + each * size) / (kind === 'one way' ? 4 : 1);
          const ps = Math.round(ns * 1000);
          const summary = { typical_ps: ps, low_ps: Math.round(ps * 0.98), high_ps: Math.round(ps * 1.03), confidence_permille: 960,
            messages_per_second: Math.round(2e9 / ns), cpu_ps: ps };
          const one = { case: `measure.${mechanism}.round-trip`, mechanism, kind, size, placement, summary, cpus: [0], batch: 1, warm_up_ns: 1000,
            passes: [[100, Math.round(ns * 100), ps, Math.round(ns * 100), 200, 0, 0]],
            costs: { source: 'tracepoints', system_calls_milli: 4000, copies_milli: each ? 4000 : 0, bytes_copied_milli: 4000 * size } };
          if (kind === 'round trip') {
            Object.assign(summary, { p50_ps: ps, p90_ps: Math.round(ps * 1.46), p99_ps: Math.round(ps * 2.1), p999_ps: Math.round(ps * 2.4), max_ps: Math.round(ps * 2.5) });
            one.histogram = histogram(ns);
          }
          results.push(one);
        }
  return { format: 'kipc-measure', format_version: 1, kipc_version: '0.1.0', started: '2026-01-02T03:04:05Z', duration_ns: 1, complete: true, platform,
    conditions: { clock_ps: 20000, steal_permille: 0, load_percent: 10, pipe_capacity: 65536, caveats: ['The numbers of this file are made up.'] }, results };
}
