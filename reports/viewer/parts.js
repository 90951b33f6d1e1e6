// Small pieces of markup that several parts of the page use.
'use strict';

const byId = id => document.getElementById(id);
const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const esc = text => String(text).replace(/[&<>"']/g, c => ESCAPES[c]);
const glyph = kind => `<svg class="g" aria-hidden="true"><use href="#g-${kind}"/></svg>`;
const badge = kind => `<span class="badge k-${kind}">${glyph(kind)}${esc(kindName(kind))}</span>`;

/** Colours side by side, as wide as their share: [[kind, n], ...]. The numbers stand in its label. */
function bar(counts, label) {
  const all = counts.reduce((sum, [, n]) => sum + n, 0) || 1;
  const words = counts.map(([kind, n]) => `${n} ${kindName(kind)}`).join(', ');
  const pieces = counts.map(([kind, n]) => `<i class="k-${kind}" style="flex-grow:${(n / all).toFixed(4)}"></i>`).join('');
  return `<span class="bar" role="img" aria-label="${esc(label ? `${label}: ${words}` : words)}" title="${esc(words)}">${pieces}</span>`;
}

/** Kinds with their numbers, worst first. */
const sorted = counts => KINDS.filter(kind => counts[kind]).map(kind => [kind, counts[kind]]);

const duration = ns => {
  if (ns < 9.5e6) return `${(ns / 1e6).toFixed(1)} ms`;
  if (ns < 9.995e8) return `${Math.round(ns / 1e6)} ms`;
  return ns < 59.995e9 ? `${(ns / 1e9).toFixed(2)} s` : `${Math.floor(ns / 60e9)} min ${Math.round(ns / 1e9) % 60} s`;
};

/** Tells a screen reader what has changed. */
function announce(text) { byId('announce').textContent = text; }
