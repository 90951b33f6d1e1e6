// From which write came what a read got, where kipc has not traced it, worked out from a history: by the names of descriptors and queues, by lengths,
// and for messages by what is in them. It is an inference for the eye; the verdict never rests on it.
'use strict';

const WRITES = new Set(['write', 'writev', 'send', 'sendto', 'sendmsg', 'mq_send', 'mq_timedsend', 'msgsnd', 'vmsplice', 'pwrite']);
const READS = new Set(['read', 'readv', 'recv', 'recvfrom', 'recvmsg', 'mq_receive', 'mq_timedreceive', 'msgrcv']);
const MESSAGES = new Set(['mq_send', 'mq_timedsend', 'msgsnd']);

const handleOf = text => (text.match(/^[a-z_0-9]+\(([^,)]+)/)?.[1] || '').replace(/^.*\./, '');
const returned = text => { const m = text.match(/= (-?\d+)(?:$|[ ,])/); return m ? Number(m[1]) : -1; };
const dataIn = text => text.match(/"(?:[^"\\]|\\.)*"/)?.[0] || '';

/** [[event of the write, event of the read], ...]. */
function flowsOf(events) {
  const channel = new Map(); // handle -> the channel that a write to it goes to
  const source = new Map(); // handle -> the channel that a read of it takes from
  const queues = new Map(); // channel -> what was put and not yet taken
  const calls = new Map(); // actor -> the call it sleeps in
  const flows = [];
  let pairs = 0;
  const queue = name => { if (!queues.has(name)) queues.set(name, []); return queues.get(name); };

  const put = (index, text, name, n) => {
    const handle = handleOf(text);
    if (n > 0 || MESSAGES.has(name)) queue(channel.get(handle) || handle).push({ index, left: n, data: dataIn(text), message: MESSAGES.has(name) });
  };
  const take = (index, text, result, n) => {
    const handle = handleOf(text);
    const list = queue(source.get(handle) || handle);
    if (n < 0 || !list.length) return;
    const data = dataIn(result);
    if (list[0].message) {
      const at = Math.max(0, list.findIndex(one => data && one.data === data));
      flows.push([list.splice(at, 1)[0].index, index]);
      return;
    }
    for (let left = n; left > 0 && list.length;) {
      flows.push([list[0].index, index]);
      const used = Math.min(left, list[0].left);
      left -= used;
      list[0].left -= used;
      if (list[0].left === 0) list.shift();
    }
  };

  events.forEach((event, index) => {
    const { kind, name, text, actor } = event;
    if (kind === 'call' && /^(pipe2?|socketpair)$/.test(name)) {
      const ends = text.match(/\[(\w+), (\w+)\]/);
      if (!ends) return;
      const [one, other] = [`#${pairs}a`, `#${pairs}b`];
      pairs += 1;
      channel.set(ends[2], one).set(ends[1], name === 'socketpair' ? other : one);
      source.set(ends[1], one).set(ends[2], name === 'socketpair' ? other : one);
    } else if (kind === 'blocked') {
      calls.set(actor, { index, text });
      // What a sleeping write has put so far is there to be read; how much is not known.
      if (WRITES.has(name)) put(index, text, name, Infinity);
    } else if (kind === 'resumed' && READS.has(name) && calls.has(actor)) {
      take(index, calls.get(actor).text, text, returned(text));
    } else if (kind === 'call') {
      if (WRITES.has(name) && returned(text) >= 0) put(index, text, name, returned(text));
      else if (READS.has(name) && returned(text) > -1 && !/MSG_PEEK/.test(text)) take(index, text, text.slice(text.indexOf(' = ')), returned(text));
    }
  });
  return flows;
}
