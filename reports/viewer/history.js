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

/** The events of a history and its actors in the order of their appearance. `wrong`: the event that went wrong, or -1. */
function readHistory(detail) {
  const events = (detail.history || []).map(readLine);
  const actors = [];
  for (const { actor } of events) if (actor && !actors.includes(actor)) actors.push(actor);
  let wrong = -1;
  const marked = (detail.trace || []).find(line => line.startsWith('>'));
  if (marked) {
    const text = marked.slice(1).trim().replace(/^[+-][\d.]+ µs\s+/, '').replace(/^\S+\s+/, '');
    wrong = events.findLastIndex(event => event.text === text);
  }
  return { events, actors, wrong };
}
