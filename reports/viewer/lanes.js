// The picture of a history: a lane for each actor, time from top to bottom in the order of events, so that the calls can
// be read where they happened. Blocked time is hatched, faults stand out, arrows go from a write to the read that got it.
'use strict';

const LANE = { gutter: 84, row: 27, together: 62, head: 38, char: 7.25, pad: 34, note: 74 };

/** What is written beside an event. */
function labelOf(event) {
  const { text } = event;
  switch (event.kind) {
    case 'blocked': return text.replace(' <unfinished ... blocked>', '');
    case 'resumed': return text.replace(/^<\.\.\. (\w+) resumed>/, '$1');
    case 'together': return text.replace('concurrently: ', '');
    case 'death': return text.replaceAll('+++', '').trim();
    case 'signal': return text.replaceAll('---', '').trim();
    case 'fault': case 'armed': return text.replaceAll('-- ', '').replace(/ --/, '').trim();
    default: return text;
  }
}

const clip = (text, columns) => (text.length <= columns ? text : `${text.slice(0, Math.max(1, columns - 1))}…`);

/** Widths that fill the room: what is wanted, and a share of the rest; where it is too much, the widest give way. */
function shareWidth(wanted, room) {
  const all = wanted.reduce((sum, one) => sum + one, 0);
  if (all <= room) return wanted.map(one => one + (room - all) / wanted.length);
  let low = 0, high = Math.max(...wanted);
  for (let i = 0; i < 40; i++) {
    const cap = (low + high) / 2;
    if (wanted.reduce((sum, one) => sum + Math.min(one, cap), 0) > room) high = cap; else low = cap;
  }
  return wanted.map(one => Math.min(one, low));
}

/** Where everything stands: the x of each lane, the y of each event. */
function placeEvents({ events, actors, wrong }, room) {
  const wanted = actors.map(actor => {
    const labels = events.filter(event => event.actor === actor).map(event => (event.kind === 'together' ? 24 : labelOf(event).length + 1));
    return Math.max(120, Math.max(actor.length + 3, ...labels) * LANE.char + LANE.pad + 8);
  });
  const all = wanted.reduce((sum, one) => sum + one, 0);
  const widths = shareWidth(wanted, Math.max(room - LANE.gutter - 8, Math.min(all, actors.length * 230)));
  let x = LANE.gutter;
  const lanes = new Map(actors.map((actor, i) => {
    const lane = { x, width: widths[i], first: events.findIndex(event => event.actor === actor), last: events.length, dead: false };
    x += widths[i];
    return [actor, lane];
  }));
  let y = LANE.head;
  let inBand = false;
  events.forEach((event, index) => {
    const together = event.kind === 'together';
    if (!(together && inBand)) {
      event.y = y;
      event.height = together ? LANE.together : LANE.row;
      y += event.height;
    } else {
      event.y = events[index - 1].y;
      event.height = LANE.together;
    }
    inBand = together;
    if (index === wrong) y += LANE.note;
    if (event.kind === 'death' || (event.kind === 'fault' && /\(SIGKILL\)/.test(event.text) && !/ at the | after /.test(event.text))) {
      const lane = lanes.get(event.actor);
      lane.last = Math.min(lane.last, index);
      lane.dead = true;
    }
  });
  return { lanes, width: x + 8, height: y + 14 };
}

/** From the event in which an actor falls asleep to that in which it wakes or ends. */
function sleepsOf({ events, actors }, lanes, height) {
  const sleeps = [];
  const asleep = new Map();
  const end = (actor, y, how) => {
    if (!asleep.has(actor)) return;
    sleeps.push({ actor, from: asleep.get(actor), to: y, how });
    asleep.delete(actor);
  };
  events.forEach((event, index) => {
    if (event.kind === 'blocked') asleep.set(event.actor, event.y + event.height / 2);
    else if (event.kind === 'resumed') end(event.actor, event.y + event.height / 2, 'woke');
    else if (lanes.get(event.actor)?.dead && lanes.get(event.actor).last === index) end(event.actor, event.y + event.height / 2, 'died');
  });
  for (const actor of actors) end(actor, height - 8, 'open');
  return sleeps;
}

/** The event that let a sleeper go: the last one of anybody else before it came back. */
function causeOf(events, index) {
  for (let i = index - 1; i >= 0; i--) {
    const { kind, actor } = events[i];
    if (kind === 'look' || kind === 'note' || kind === 'armed' || kind === 'resumed') continue;
    return actor && actor !== events[index].actor ? i : -1;
  }
  return -1;
}

/** Along rows where nothing is written: a line holds one event, so the rest of its height is free. */
function arrow(history, lanes, [from, to], style) {
  const a = history.events[from], b = history.events[to];
  const ax = lanes.get(a.actor).x + 12, bx = lanes.get(b.actor).x + 12;
  const ay = a.y + a.height / 2, by = b.y + b.height / 2;
  const title = `<title>${esc(style === 'flow' ? `${labelOf(a)} reached ${labelOf(b)}` : `after ${labelOf(a)}`)}</title>`;
  let path;
  if (ax === bx) path = `M${ax - 6} ${ay} C${ax - 16} ${ay} ${ax - 16} ${by} ${ax - 7} ${by}`;
  else if (ax < bx) path = by > ay ? `M${ax} ${ay + 7} V${by - 8} Q${ax} ${by} ${ax + 8} ${by} H${bx - 7}` : `M${ax} ${ay - 7} V${by + 8} Q${ax} ${by} ${ax + 8} ${by} H${bx - 7}`;
  else path = `M${ax - 6} ${ay} H${bx + 17} Q${bx + 9} ${ay} ${bx + 9} ${ay + 8} V${by - 5} Q${bx + 9.5} ${by} ${bx + 6.5} ${by}`;
  return `<path class="${style}" d="${path}" marker-end="url(#tip-${style})">${title}</path>`;
}

const MARKS = {
  call: (x, y) => `<rect class="span" x="${x - 4.5}" y="${y - 7}" width="9" height="14" rx="3"/>`,
  blocked: (x, y) => `<rect class="span" x="${x - 4.5}" y="${y - 7}" width="9" height="14" rx="3"/>`,
  resumed: (x, y) => `<rect class="span" x="${x - 4.5}" y="${y - 7}" width="9" height="14" rx="3"/>`,
  look: (x, y) => `<circle class="look" cx="${x}" cy="${y}" r="4"/>`,
  fault: (x, y) => `<g class="fault"><circle cx="${x}" cy="${y}" r="9"/><path d="M${x + 1.4} ${y - 5.4}l-4 6h3.6l-1.8 5 4.2-6.4h-3.6z"/></g>`,
  armed: (x, y) => `<g class="fault armed"><circle cx="${x}" cy="${y}" r="9"/><path d="M${x + 1.4} ${y - 5.4}l-4 6h3.6l-1.8 5 4.2-6.4h-3.6z"/></g>`,
  death: (x, y) => `<path class="death" d="M${x - 5} ${y - 5}l10 10m0-10l-10 10"/>`,
  signal: (x, y) => `<path class="signal" d="M${x} ${y - 6.5}l6.5 6.5-6.5 6.5-6.5-6.5z"/>`,
  note: (x, y) => `<circle class="look" cx="${x}" cy="${y}" r="2.5"/>`,
  mismatch: (x, y) => `<path class="signal bad" d="M${x} ${y - 6.5}l6.5 6.5-6.5 6.5-6.5-6.5z"/>`,
};

function eventMarkup(event, index, lane, width, first) {
  const y = event.y + event.height / 2;
  const time = Number.isNaN(event.us) ? '' : `<text class="time" x="${LANE.gutter - 16}" y="${y + 4}">${event.us.toFixed(1)}</text>`;
  const label = labelOf(event);
  if (!lane) return `<g class="e note"><text class="dim" x="${LANE.gutter + 6}" y="${y + 4}">${esc(clip(label, Math.floor((width - LANE.gutter) / LANE.char)))}</text></g>`;
  const x = lane.x + 12;
  if (event.kind === 'together') {
    const { n } = event.together;
    const top = n ? Math.max(...n, 1) : 1;
    const step = (lane.width - 24) / (n ? n.length : 1);
    const bars = (n || []).map((count, i) => (count ? `<rect class="beat" x="${(lane.x + 11 + i * step).toFixed(1)}" y="${(event.y + 52 - 18 * count / top).toFixed(1)}" width="${Math.max(1, step - 0.8).toFixed(1)}" height="${(18 * count / top).toFixed(1)}"/>` : '')).join('');
    return `<g class="e together">${index > 0 && first ? time : ''}<rect class="box" x="${lane.x + 3}" y="${event.y + 3}" width="${lane.width - 8}" height="${LANE.together - 6}" rx="5"/>${bars}
      <text x="${lane.x + 11}" y="${event.y + 20}" class="small">${esc(clip(label, Math.floor((lane.width - 18) / 6.2)))}<title>${esc(event.text)}</title></text></g>`;
  }
  const room = Math.floor((lane.width - LANE.pad - 4) / LANE.char);
  return `<g class="e ${event.kind}">${time}${MARKS[event.kind](x, y)}
    <text x="${lane.x + LANE.pad - 4}" y="${y + 4}">${esc(clip(label, room))}<title>${esc(event.text)}</title></text></g>`;
}

/** The calls again, small and to scale: where the time went. '' when the times are not known. */
function scaleMarkup({ events, actors }, width) {
  const known = events.filter(event => event.actor && event.from !== undefined && event.to !== undefined);
  if (known.length < 3 || actors.length > 16) return '';
  const begin = Math.min(...known.map(event => event.from)), end = Math.max(...known.map(event => event.to));
  const HIGH = 16, left = LANE.gutter, span = width - left - 20;
  const x = ns => left + span * (ns - begin) / (end - begin || 1);
  const marks = [];
  const step = 10 ** Math.floor(Math.log10((end - begin) / 3 || 1));
  const tick = (end - begin) / step > 8 ? step * 2 : step;
  for (let at = Math.ceil(begin / tick) * tick; at < end; at += tick)
    marks.push(`<line class="tick" x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="0" y2="${actors.length * HIGH + 2}"/><text class="time" x="${x(at).toFixed(1)}" y="${actors.length * HIGH + 14}">${(at / 1000).toLocaleString('en', { maximumFractionDigits: 1 })}</text>`);
  actors.forEach((actor, i) => marks.push(`<text class="lane-name" x="${left - 8}" y="${i * HIGH + 12}">${esc(clip(actor, 10))}</text><line class="life" x1="${left}" x2="${left + span}" y1="${i * HIGH + 8}" y2="${i * HIGH + 8}"/>`));
  for (const event of known) {
    const y = actors.indexOf(event.actor) * HIGH + (event.kind === 'blocked' ? 4 : 2);
    if (event.kind === 'resumed') continue;
    const wide = Math.max(event.kind === 'blocked' ? 3 : 2, x(event.to) - x(event.from));
    marks.push(`<rect class="${event.kind === 'blocked' ? 'sleep' : 'span'}" x="${x(event.from).toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${event.kind === 'blocked' ? 8 : 12}" rx="1.5"><title>${esc(`${event.actor} ${labelOf(event)}, ${duration(event.to - event.from)}`)}</title></rect>`);
  }
  return `<svg class="lanes scale" width="${Math.ceil(width)}" height="${actors.length * HIGH + 20}" aria-hidden="true"><text class="time" x="${left - 16}" y="${actors.length * HIGH + 14}">µs</text>${marks.join('')}</svg>`;
}

/** The picture, and the same as a list for those who do not see it. */
function lanesMarkup(history, detail, run, space) {
  const { events, actors, wrong } = history;
  const { lanes, width, height } = placeEvents(history, space);
  const flows = history.flows.filter(([from, to]) => from < events.length && to < events.length);
  const fed = new Set(flows.map(([, to]) => to));
  const causes = events.map((event, index) => (event.kind === 'resumed' && !fed.has(index) ? [causeOf(events, index), index] : [-1, -1]))
    .filter(([from]) => from >= 0);
  const parts = [];
  for (const [actor, lane] of lanes) {
    const x = lane.x + 12;
    const from = Math.max(LANE.head - 6, 0);
    const to = lane.dead ? events[lane.last].y + events[lane.last].height / 2 : height - 4;
    parts.push(`<rect class="lane" x="${lane.x}" y="0" width="${lane.width - 4}" height="${height}" rx="6"/>
      <text class="who" x="${lane.x + 6}" y="22">${esc(clip(actor, Math.floor(lane.width / LANE.char) - 2))}</text>
      <line class="life unborn" x1="${x}" x2="${x}" y1="${from}" y2="${events[lane.first].y + 6}"/>
      <line class="life" x1="${x}" x2="${x}" y1="${events[lane.first].y + 6}" y2="${to}"/>`);
  }
  events.forEach((event, index) => {
    if (index === wrong) parts.push(`<rect class="wrong" x="4" y="${event.y}" width="${width - 8}" height="${event.height + LANE.note - 4}" rx="6"/>`);
    else if (event.kind === 'fault') parts.push(`<rect class="struck" x="4" y="${event.y + 1}" width="${width - 8}" height="${event.height - 2}" rx="4"/>`);
  });
  for (const { actor, from, to, how } of sleepsOf(history, lanes, height))
    parts.push(`<rect class="sleep ${how}" x="${lanes.get(actor).x + 7.5}" y="${from}" width="9" height="${Math.max(4, to - from)}" rx="3"><title>${esc(actor)} sleeps</title></rect>`);
  for (const flow of causes) parts.push(arrow(history, lanes, flow, 'cause'));
  for (const flow of flows) parts.push(arrow(history, lanes, flow, 'flow'));
  events.forEach((event, index) => {
    parts.push(eventMarkup(event, index, lanes.get(event.actor), width, events[index - 1]?.kind !== 'together'));
    if (index !== wrong) return;
    const room = Math.floor((width - LANE.gutter - 120) / LANE.char);
    const y = event.y + event.height;
    parts.push(`<text class="key" x="${LANE.gutter + 30}" y="${y + 22}">expected</text><text class="want" x="${LANE.gutter + 106}" y="${y + 22}">${esc(clip(detail.expected || 'nothing', room))}</text>
      <text class="key" x="${LANE.gutter + 30}" y="${y + 46}">got</text><text class="have" x="${LANE.gutter + 106}" y="${y + 46}">${esc(clip(run.g || event.text, room))}</text>`);
  });
  const tip = style => `<marker id="tip-${style}" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path class="tip-${style}" d="M0 .8 7 4 0 7.2z"/></marker>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="Picture of the history"><svg class="lanes" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" role="img" aria-label="${esc(`${plural(actors.length, 'actor')}, ${plural(events.length, 'event')}; the list below says the same`)}">
    <defs>${tip('flow')}${tip('cause')}<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="under" width="5" height="5"/><rect class="over" width="2" height="5"/></pattern></defs>
    <text class="time" x="${LANE.gutter - 16}" y="22">µs</text>${parts.join('')}</svg>${scaleMarkup(history, width)}</div>
    <p class="legend lane-legend" aria-hidden="true">
      <span><svg width="12" height="16"><rect class="span" x="1.5" y="1" width="9" height="14" rx="3"/></svg>call</span>
      <span><svg width="12" height="16"><rect class="sleep" x="1.5" y="0" width="9" height="16" rx="3"/></svg>blocked</span>
      <span><svg width="34" height="16"><path class="flow" d="M1 8H26" marker-end="url(#tip-flow)"/></svg>data, from the write to the read that got it</span>
      <span><svg width="34" height="16"><path class="cause" d="M1 8H26" marker-end="url(#tip-cause)"/></svg>what happened just before it woke</span>
      <span><svg width="20" height="20">${MARKS.fault(10, 10)}</svg>fault</span>
      <span><svg width="14" height="16">${MARKS.death(7, 8)}</svg>end</span></p>`;
}

/** The history as a list: what the picture shows, in words. */
function historyList({ events, flows }) {
  const got = new Map();
  for (const [from, to] of flows) got.set(to, [...(got.get(to) || []), from]);
  return `<ol class="steps">${events.map((event, index) => {
    const from = got.get(index);
    const origin = from ? `<span class="dim"> ← from line ${from.map(i => i + 1).join(', ')}</span>` : '';
    return `<li><code>${Number.isNaN(event.us) ? '' : `<span class="dim">${event.us.toFixed(1)} µs </span>`}${event.actor ? `<b>${esc(event.actor)}</b> ` : ''}${esc(event.text)}</code>${origin}</li>`;
  }).join('')}</ol>`;
}
