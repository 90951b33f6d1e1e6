// A history as kipc prints it, read back into events: who, when, what kind. The lines are those of
// harness/language/print_history.cpp.
'use strict';

const TIME = 13; // columns of the time in front of each line

/** {us, actor, text, kind, name}: `us` is NaN where no time is known, `actor` '' where nobody acts. */
function readLine(line) {
  const time = line.slice(0, TIME).match(/([+-][\d.]+) µs/);
  const rest = line.slice(TIME + 2);
  const who = rest.match(/^(\S+)\s+(.*)$/);
  const event = { us: time ? parseFloat(time[1]) : NaN, actor: who ? who[1] : '', text: who ? who[2] : rest.trim(), line };
  const { text } = event;
  const call = text.match(/^([a-z_0-9]+)\(/);
  const resumed = text.match(/^<\.\.\. (\w+) resumed> = (.*)$/);
  event.name = call ? call[1] : resumed ? resumed[1] : '';
  if (!event.actor) event.kind = 'note';
  else if (text.startsWith('concurrently:')) event.kind = 'together';
  else if (/^round \d+:/.test(text)) event.kind = 'mismatch';
  else if (resumed) event.kind = 'resumed';
  else if (text.includes('<unfinished ... blocked>')) event.kind = 'blocked';
  else if (text.startsWith('still in ')) event.kind = 'look';
  else if (text.startsWith('+++')) event.kind = 'death';
  else if (text.startsWith('---')) event.kind = 'signal';
  else if (text.startsWith('-- ')) event.kind = 'fault';
  else if (call) event.kind = 'call';
  else event.kind = 'note';
  if (event.kind === 'fault' && / waits, by /.test(text)) event.kind = 'armed';
  return event;
}

/** An event of the data (harness/report/html_history.cpp) in the form of readLine(). */
function readEvent({ k, t, a, b, e, l, ...rest }, names) {
  const at = k === 'resumed' && e !== undefined ? e : b;
  const call = t.match(/^(?:<\.\.\. )?([a-z_0-9]+)(?:\(| resumed)/);
  return {
    us: at === undefined ? NaN : at / 1000, actor: a === undefined ? '' : names[a], text: t, kind: k, name: call ? call[1] : '',
    from: b, to: e, line: l, together: rest,
  };
}

/** The event that the marked line of the failure's trace tells of, or -1. */
function findWrong(events, detail) {
  const marked = (detail.trace || []).find(line => line.startsWith('>'));
  if (!marked) return -1;
  const text = marked.slice(1).trim().replace(/^[+-][\d.]+ µs\s+/, '').replace(/^\S+\s+/, '');
  return events.findLastIndex(event => event.text === text);
}

/** Which event got what another sent, as kipc traced it (harness/report/flows.hpp), from where the write began. */
function flowsOf(events, detail) {
  return (detail.picture?.flows || []).map(([from, to]) => {
    const late = from > to && events[from].kind === 'resumed';
    const slept = late ? events.findLastIndex((event, i) => i < from && event.kind === 'blocked' && event.actor === events[from].actor) : -1;
    return [slept >= 0 ? slept : from, to];
  });
}

/** The events of a history, its actors in the order of their appearance, and the event that went wrong, or -1. */
function readHistory(detail) {
  const events = detail.picture ? detail.picture.events.map(one => readEvent(one, detail.picture.actors))
    : (detail.history || []).map(readLine);
  const actors = [];
  const asleep = new Map();
  for (const event of events) {
    const { actor, kind } = event;
    if (actor && !actors.includes(actor)) actors.push(actor);
    if (kind === 'blocked') asleep.set(actor, event);
    // When a call began that slept is known from its return.
    if (kind === 'resumed' && asleep.has(actor) && event.from !== undefined) {
      const call = asleep.get(actor);
      Object.assign(call, { from: event.from, to: event.to, us: event.from / 1000 });
      asleep.delete(actor);
    }
  }
  return { events, actors, wrong: findWrong(events, detail), flows: flowsOf(events, detail) };
}
