// What a message costs: time against size, how times are distributed, system calls and copies, and what textbooks
// claim. Measurements of several platforms lie over each other; the first is drawn full, the next dashed.
'use strict';

const HUES = ['#1f6fb4', '#c8501e', '#14866a', '#8a4fb0', '#9a7400', '#b8327a', '#3f8fa8', '#6b6f2a'];
const DARK_HUES = ['#6db3f2', '#f58a55', '#52c9a5', '#c49af0', '#dcb845', '#f285bd', '#74cfe6', '#b9be68'];
const DASHES = ['', '6 4', '2 4', '9 3 2 3'];
const PLOT = { width: 760, height: 420, left: 66, right: 128, top: 16, bottom: 44 };
const costs = { list: null, kind: 'round trip', placement: '', size: null, hidden: new Set() };

const hasCosts = () => costs.list !== null;
const bytes = n => (n >= 1 << 20 && n % (1 << 20) === 0 ? `${n >> 20} MiB` : n >= 1024 && n % 1024 === 0 ? `${n >> 10} KiB` : `${n} B`);
const nice = ns => {
  const [value, unit] = ns < 999.5 ? [ns, 'ns'] : ns < 999500 ? [ns / 1e3, 'µs'] : ns < 9.995e8 ? [ns / 1e6, 'ms'] : [ns / 1e9, 's'];
  return `${Number(value.toPrecision(3))} ${unit}`;
};

async function loadCosts() {
  const data = await part('data-costs');
  if (!data || !data.length) return;
  const names = platformNames(data.map(({ measured }) => ({ saboteur: '', isolation: 'auto', ...measured })));
  costs.list = data.map(({ measured, claims }, index) => ({
    index, name: names[index].join(', '), claims, head: measured,
    results: measured.results.filter(one => one.summary), missing: measured.results.filter(one => one.not_measured),
  }));
  const placements = [...new Set(costs.list.flatMap(one => one.results.map(result => result.placement)))];
  costs.placement = placements[0] || '';
}

const chosen = one => one.results.filter(result => result.kind === costs.kind && result.placement === costs.placement);
const mechanisms = () => [...new Set(costs.list.flatMap(one => chosen(one).map(result => result.mechanism)))].sort();
const sizes = () => [...new Set(costs.list.flatMap(one => chosen(one).map(result => result.size)))].sort((a, b) => a - b);
const typical = result => result.summary.typical_ps / 1000;

/** The colour and, where there are more mechanisms than colours, the shape of a mechanism. */
function styleOf(mechanism) {
  const index = mechanisms().indexOf(mechanism);
  const hues = document.documentElement.dataset.theme === 'dark' ? DARK_HUES : HUES;
  return { colour: hues[index % hues.length], round: Math.floor(index / hues.length) };
}

/** Where two lines of time over size cross, as [size, ns, name of the faster before, name of the faster after]. */
function crossings(lines) {
  const found = [];
  lines.forEach((a, i) => lines.slice(i + 1).forEach(b => {
    const shared = a.points.filter(([x]) => b.points.some(([other]) => other === x)).map(([x, y]) => [x, y, b.points.find(([other]) => other === x)[1]]);
    for (let k = 1; k < shared.length; k++) {
      const [[x0, a0, b0], [x1, a1, b1]] = [shared[k - 1], shared[k]];
      const [d0, d1] = [Math.log(a0 / b0), Math.log(a1 / b1)];
      if (d0 === 0 || d0 * d1 >= 0) continue;
      const t = d0 / (d0 - d1);
      found.push([Math.exp(Math.log(x0) + t * Math.log(x1 / x0)), Math.exp(Math.log(a0) + t * Math.log(a1 / a0)), d0 < 0 ? a.name : b.name, d0 < 0 ? b.name : a.name]);
    }
  }));
  return found.sort((one, other) => one[0] - other[0]);
}

const span = (values, pad) => [Math.min(...values) / pad, Math.max(...values) * pad];
const scaleOf = ([low, high], from, to) => value => from + (to - from) * Math.log(value / low) / Math.log(high / low);

/** Round values of a logarithmic axis: powers of ten, and between them 2 and 5 where there is room. */
function ticks(low, high) {
  const steps = high / low > 2000 ? [1] : high / low > 100 ? [1, 3] : [1, 2, 5];
  const found = [];
  for (let n = Math.floor(Math.log10(low)); n <= Math.log10(high); n++)
    for (const step of steps) if (step * 10 ** n >= low && step * 10 ** n <= high) found.push(step * 10 ** n);
  return found;
}

function axes(x, y, [x0, x1], [y0, y1], all) {
  const { width, height, left, right, top, bottom } = PLOT;
  const lines = [];
  for (const at of ticks(y0, y1))
    lines.push(`<line class="rule" x1="${left}" x2="${width - right}" y1="${y(at).toFixed(1)}" y2="${y(at).toFixed(1)}"/><text class="num" x="${left - 8}" y="${(y(at) + 4).toFixed(1)}">${nice(at)}</text>`);
  let last = -99;
  for (const size of all) {
    if (x(size) - last < 52) continue;
    last = x(size);
    lines.push(`<line class="rule" x1="${last.toFixed(1)}" x2="${last.toFixed(1)}" y1="${top}" y2="${height - bottom}"/><text class="mid" x="${last.toFixed(1)}" y="${height - bottom + 18}">${bytes(size)}</text>`);
  }
  return `${lines.join('')}<text class="mid" x="${(left + width - right) / 2}" y="${height - 6}">size of a message</text>`;
}

/** Names at the ends of the lines, moved apart so that they can be read. */
function endLabels(lines, x, y) {
  const labels = lines.filter(line => line.platform === 0).map(line => ({ line, at: y(line.points.at(-1)[1]), want: y(line.points.at(-1)[1]) })).sort((a, b) => a.at - b.at);
  const GAP = 14;
  for (let i = 1; i < labels.length; i++) labels[i].at = Math.max(labels[i].at, labels[i - 1].at + GAP);
  const over = labels.length ? Math.max(0, labels.at(-1).at - (PLOT.height - PLOT.bottom)) : 0;
  for (let i = labels.length - 1, limit = PLOT.height - PLOT.bottom; over && i >= 0; i--, limit -= GAP) labels[i].at = Math.min(labels[i].at, limit);
  const end = PLOT.width - PLOT.right;
  return labels.map(({ line, at, want }) => `<path class="lead-line" d="M${x(line.points.at(-1)[0]) + 5} ${want.toFixed(1)} L${end + 14} ${at.toFixed(1)}" stroke="${line.colour}"/><text x="${end + 18}" y="${(at + 4).toFixed(1)}" fill="${line.colour}">${esc(line.name)}</text>`).join('');
}

function sizePlot() {
  const lines = costs.list.flatMap(one => mechanisms().filter(name => !costs.hidden.has(name)).map(name => ({
    name, platform: one.index, ...styleOf(name),
    results: chosen(one).filter(result => result.mechanism === name && result.size > 0).sort((a, b) => a.size - b.size),
  }))).map(line => ({ ...line, points: line.results.map(result => [result.size, typical(result)]) })).filter(line => line.points.length > 1);
  if (!lines.length) return '<p class="dim">Nothing was measured at two sizes or more.</p>';
  const all = sizes().filter(size => size > 0);
  const { width, height, left, right, top, bottom } = PLOT;
  const xs = span(all, 1.3), ys = span(lines.flatMap(line => line.points.map(([, ns]) => ns)), 1.25);
  const x = scaleOf(xs, left, width - right), y = scaleOf(ys, height - bottom, top);
  const marks = lines.map(line => {
    const path = line.points.map(([size, ns], i) => `${i ? 'L' : 'M'}${x(size).toFixed(1)} ${y(ns).toFixed(1)}`).join('');
    const dash = line.platform ? '5 4' : DASHES[0];
    const dots = line.results.map(result => {
      const cx = x(result.size).toFixed(1), cy = y(typical(result)).toFixed(1);
      const { low_ps: low, high_ps: high } = result.summary;
      const title = `<title>${esc(`${line.name}, ${bytes(result.size)}: ${nice(typical(result))} (${nice(low / 1000)} to ${nice(high / 1000)}) on ${costs.list[line.platform].name}`)}</title>`;
      const shape = line.round ? `<rect x="${cx - 3}" y="${cy - 3}" width="6" height="6" fill="${line.platform ? 'var(--panel)' : line.colour}" stroke="${line.colour}">${title}</rect>` : `<circle cx="${cx}" cy="${cy}" r="3" fill="${line.platform ? 'var(--panel)' : line.colour}" stroke="${line.colour}">${title}</circle>`;
      return (low > 0 && high > low ? `<line class="whisker" x1="${cx}" x2="${cx}" y1="${y(high / 1000).toFixed(1)}" y2="${y(low / 1000).toFixed(1)}" stroke="${line.colour}"/>` : '') + shape;
    });
    return `<path class="curve" d="${path}" stroke="${line.colour}" stroke-dasharray="${dash}"/>${dots.join('')}`;
  });
  const first = lines.filter(line => line.platform === 0);
  const crossed = crossings(first);
  const rings = crossed.map(([size, ns, before, after]) => `<circle class="ring" cx="${x(size).toFixed(1)}" cy="${y(ns).toFixed(1)}" r="7"><title>${esc(`${before} is faster below ${nearSize(size)}, ${after} above`)}</title></circle>`);
  const words = crossed.slice(0, 12).map(([size, , before, after]) => `<li><b>${esc(before)}</b> is faster below ${nearSize(size)}, <b>${esc(after)}</b> above</li>`).join('');
  return `<div class="scroll plot" tabindex="0" role="region" aria-label="Time against size"><svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="Time of an exchange against the size of a message, both logarithmic; the table below has the numbers">
    ${axes(x, y, xs, ys, all)}${marks.join('')}${rings.join('')}${endLabels(lines, x, y)}</svg></div>
    ${words ? `<h3>Crossovers${costs.list.length > 1 ? ` on ${esc(costs.list[0].name)}` : ''}</h3><ul class="crossed">${words}</ul>${crossed.length > 12 ? `<p class="dim">and ${crossed.length - 12} more</p>` : ''}` : ''}`;
}

const nearSize = size => (size < 1000 ? `${Math.round(size)} B` : size < 1e6 ? `${Number((size / 1024).toPrecision(2))} KiB` : `${Number((size / 1048576).toPrecision(2))} MiB`);

/** The smallest value of a bucket of harness/base/histogram.hpp. */
function bucketLow(bucket, bits) {
  const sub = 2 ** bits;
  return bucket < sub ? bucket : ((bucket % sub) + sub) * 2 ** (Math.floor(bucket / sub) - 1);
}

/** How the times of each mechanism are distributed, one hill each, all on one axis. */
function hills() {
  const rows = mechanisms().filter(name => !costs.hidden.has(name)).flatMap(name => costs.list.map(one => ({
    name, platform: one.index, ...styleOf(name), result: chosen(one).find(result => result.mechanism === name && result.size === costs.size && result.histogram),
  }))).filter(row => row.result);
  if (!rows.length) return '<p class="dim">Single messages have no time of their own here.</p>';
  const names = [...new Set(rows.map(row => row.name))];
  const low = Math.min(...rows.map(row => Math.max(1, row.result.histogram.min_ns))) / 1.15;
  const high = Math.max(...rows.map(row => (row.result.summary.p999_ps || row.result.summary.max_ps) / 1000)) * 1.6;
  const HIGH = 44, width = PLOT.width, left = 128, right = 16, height = names.length * HIGH + 44;
  const x = scaleOf([low, high], left, width - right);
  const BINS = 140;
  const parts = [];
  for (const at of ticks(low, high))
    parts.push(`<line class="rule" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="4" y2="${height - 34}"/><text class="mid" x="${x(at).toFixed(1)}" y="${height - 16}">${nice(at)}</text>`);
  for (const { name, platform, colour, result } of rows) {
    const base = names.indexOf(name) * HIGH + HIGH;
    const bins = new Array(BINS).fill(0);
    for (const [bucket, count] of result.histogram.counts) {
      const at = Math.floor(BINS * (x(Math.max(1, bucketLow(bucket, result.histogram.sub_bits) + 0.5)) - left) / (width - right - left));
      if (at >= 0 && at < BINS) bins[at] += count;
    }
    const smooth = bins.map((n, i) => ((bins[i - 1] || 0) + 2 * n + (bins[i + 1] || 0)) / 4);
    const top = Math.max(...smooth);
    const step = (width - right - left) / BINS;
    const outline = smooth.map((n, i) => `L${(left + (i + 0.5) * step).toFixed(1)} ${(base - 36 * n / top).toFixed(1)}`).join('');
    parts.push(`<path class="hill" d="M${left} ${base}${outline}L${width - right} ${base}Z" fill="${platform ? 'none' : colour}" stroke="${colour}" stroke-dasharray="${platform ? '4 3' : ''}"><title>${esc(`${name} on ${costs.list[platform].name}`)}</title></path>`);
    if (platform === 0) {
      for (const [key, word] of [['p50_ps', 'half'], ['p99_ps', '99 %']])
        if (result.summary[key]) parts.push(`<line class="quantile" x1="${x(result.summary[key] / 1000).toFixed(1)}" x2="${x(result.summary[key] / 1000).toFixed(1)}" y1="${base - 10}" y2="${base}" stroke="${colour}"><title>${esc(`${name}: ${word} took at most ${nice(result.summary[key] / 1000)}`)}</title></line>`);
      parts.push(`<text class="num" x="${left - 10}" y="${base - 3}">${esc(name)}</text><line class="rule" x1="${left}" x2="${width - right}" y1="${base}" y2="${base}"/>`);
    }
  }
  return `<div class="scroll plot" tabindex="0" role="region" aria-label="Distribution of times"><svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="How the times of single round trips are distributed; the table below has the percentiles">${parts.join('')}</svg></div>`;
}

function costTable() {
  const rows = costs.list.flatMap(one => chosen(one).filter(result => result.size === costs.size && !costs.hidden.has(result.mechanism)).map(result => ({ one, result })))
    .sort((a, b) => typical(a.result) - typical(b.result));
  // What was not counted but follows from the calls' results has a ~.
  const milli = (value, inferred) => (value === undefined ? '<td class="num dim">–</td>' : `<td class="num">${inferred ? '~' : ''}${Number((value / 1000).toFixed(2))}</td>`);
  const time = ps => (ps === undefined ? '<td class="num dim">–</td>' : `<td class="num">${nice(ps / 1000)}</td>`);
  const body = rows.map(({ one, result }) => {
    const { summary, costs: counted = {} } = result;
    const sure = summary.confidence_permille > 0 ? `±${(50 * (summary.high_ps - summary.low_ps) / summary.typical_ps).toFixed(1)} %` : '?';
    return `<tr><th scope="row"><i class="key-dot" style="background:${styleOf(result.mechanism).colour}"></i>${esc(result.mechanism)}</th>${costs.list.length > 1 ? `<td>${esc(one.name)}</td>` : ''}
      <td class="num"><b>${nice(typical(result))}</b></td><td class="num dim">${sure}</td>${time(summary.p90_ps)}${time(summary.p99_ps)}${time(summary.p999_ps)}${time(summary.max_ps)}${time(summary.cpu_ps)}
      ${milli(counted.system_calls_milli)}${milli(counted.copies_milli, counted.inferred)}${milli(counted.bytes_copied_milli, counted.inferred)}<td class="num">${summary.messages_per_second.toLocaleString('en')}</td></tr>`;
  }).join('');
  const heads = ['typical', '95 %', 'p90', 'p99', 'p99.9', 'max', 'CPU', 'system calls', 'copies', 'bytes copied', 'messages/s'];
  return `<div class="scroll" tabindex="0" role="region" aria-label="Costs of an exchange"><table class="data"><thead><tr><th scope="col">Mechanism</th>${costs.list.length > 1 ? '<th scope="col">Platform</th>' : ''}${heads.map(head => `<th scope="col" class="num">${head}</th>`).join('')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function claimsTable() {
  const all = costs.list.find(one => one.claims.length)?.claims;
  if (!all) return '';
  const kind = { holds: 'PASS', 'does not hold': 'FAIL' };
  const judged = costs.list.filter(one => one.claims.length);
  const body = all.map((claim, i) => `<tr><th scope="row">${esc(claim.says)}${claim.note ? `<p class="dim">${esc(claim.note)}</p>` : ''}</th><td>${esc(claim.claimed)}</td>${judged.map(one => {
    const mine = one.claims[i];
    const how = kind[mine.verdict] || 'SKIP';
    return `<td><span class="badge k-${how}">${glyph(how)}${esc(mine.verdict)}</span>${mine.evidence.map(line => `<p class="dim">${esc(line)}</p>`).join('')}</td>`;
  }).join('')}</tr>`).join('');
  return `<h2>What textbooks claim</h2><div class="scroll" tabindex="0" role="region" aria-label="Claims"><table class="data claims"><thead><tr><th scope="col">Claim</th><th scope="col">Means</th>${judged.map(one => `<th scope="col">${esc(one.name)}</th>`).join('')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function openCosts() {
  const placements = [...new Set(costs.list.flatMap(one => one.results.map(result => result.placement)))];
  const kinds = [...new Set(costs.list.flatMap(one => one.results.map(result => result.kind)))];
  if (!kinds.includes(costs.kind)) [costs.kind] = kinds;
  if (!sizes().includes(costs.size)) costs.size = sizes().find(size => size >= 64) ?? sizes()[0];
  const segment = (name, values, now) => `<div class="seg" role="group" aria-label="${name}">${values.map(value => `<button type="button" data-${name}="${esc(value)}" aria-pressed="${value === now}">${esc(value)}</button>`).join('')}</div>`;
  const keys = mechanisms().map(name => `<button type="button" class="chip" data-mechanism="${esc(name)}" aria-pressed="${!costs.hidden.has(name)}"><i class="key-dot" style="background:${styleOf(name).colour}"></i>${esc(name)}</button>`).join('');
  const caveats = costs.list.flatMap(one => (one.head.conditions?.caveats || []).map(text => `<li>${costs.list.length > 1 ? `<b>${esc(one.name)}</b>: ` : ''}${esc(text)}</li>`)).join('');
  byId('costs').innerHTML = `<h1>Costs</h1><p class="lead">${costs.list.map((one, i) => `${i ? 'dashed: ' : costs.list.length > 1 ? 'full: ' : ''}${esc(one.name)}`).join(' · ')}. Typical is the median of the starts' medians, with its 95 % interval.</p>
    <div class="controls">${segment('kind', kinds, costs.kind)}${segment('placement', placements, costs.placement)}</div><div class="chips" role="group" aria-label="Mechanisms">${keys}</div>
    <div class="columns even"><section><h2>Time against size</h2>${sizePlot()}</section>
    <section><h2>Distribution <label class="pick"><span class="unseen">Size of a message</span><select id="size">${sizes().map(size => `<option value="${size}"${size === costs.size ? ' selected' : ''}>${size ? bytes(size) : 'no data'}</option>`).join('')}</select></label></h2>${hills()}</section></div>
    <section><h2>${esc(costs.kind)}, ${costs.size ? bytes(costs.size) : 'no data'}, ${esc(costs.placement)}</h2>${costTable()}</section>
    <section>${claimsTable()}</section>${caveats ? `<section><h2>What to know of the numbers</h2><ul class="caveats">${caveats}</ul></section>` : ''}`;
}

function startCosts() {
  const part = byId('costs');
  const again = focus => { openCosts(); if (focus) part.querySelector(focus)?.focus(); };
  part.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (!button) return;
    const { kind, placement, mechanism } = button.dataset;
    if (kind) costs.kind = kind;
    if (placement) costs.placement = placement;
    if (mechanism && !costs.hidden.delete(mechanism)) costs.hidden.add(mechanism);
    again(kind ? `[data-kind="${kind}"]` : placement ? `[data-placement="${placement}"]` : `[data-mechanism="${mechanism}"]`);
  });
  part.addEventListener('change', event => { if (event.target.id === 'size') { costs.size = Number(event.target.value); again('#size'); } });
  new MutationObserver(() => { if (!part.hidden) openCosts(); }).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}
