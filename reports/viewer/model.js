// What the reports say, arranged for looking up: a cell for each variant and each guarantee on each platform.
'use strict';

// Kinds of answers, the one that matters most first. FLAKY, LATE (not reached) and NONE (not in the report) are made
// here; the others are the statuses of kipc. Of several variants a guarantee gets the first that one of them has.
const KINDS = ['FAIL', 'ERROR', 'MISS', 'XPASS', 'FLAKY', 'XFAIL', 'PASS', 'DONE', 'SKIP', 'LATE', 'NONE'];
const RANK = Object.fromEntries(KINDS.map((kind, i) => [kind, i]));
const KIND_NAMES = { FLAKY: 'flaky', LATE: 'not reached', NONE: 'not run' };
const KIND_MEANINGS = {
  FLAKY: 'several runs of the same variant came to different ends',
  LATE: 'the run ended before it came to this guarantee',
  NONE: 'nothing in this report puts it to the test',
};
const VERIFIED = 0, FAILED = 1, RECORDED = 2;

const CLASSES = {
  'posix-shall': 'shall', 'posix-error': 'error', 'posix-option': 'option', 'linux-extension': 'linux',
  'implementation-defined': 'open', 'limit': 'limit', 'cost': 'cost',
};

const kindName = kind => KIND_NAMES[kind] || kind;
const worse = (a, b) => (RANK[a] <= RANK[b] ? a : b);
const plural = (n, what) => `${n.toLocaleString('en')} ${what}${n === 1 ? '' : 's'}`;
const areaOf = id => id.slice(0, id.indexOf('.'));

/** The words in which the platforms differ, so that each has a short name of its own. */
function platformNames(reports) {
  const release = r => r.platform.kernel_release;
  const fields = [
    r => (r.saboteur ? `saboteur ${r.saboteur}` : ''),
    r => r.platform.machine,
    r => (r.platform.euid === 0 ? '' : `uid ${r.platform.euid}`),
    r => r.platform.container.replace(/ \(.*\)$/, ''),
    r => r.platform.distribution.replace(/ \(.*\)$/, '').replace('GNU/Linux ', ''),
    r => `${r.platform.libc} ${r.platform.libc_version}`,
    r => (r.isolation === 'auto' ? '' : `isolation ${r.isolation}`),
    r => r.platform.virtualisation,
    r => r.platform.cpu_model,
    r => `kipc ${r.kipc_version}`,
    r => r.started.replace('T', ' ').replace('Z', ''),
  ];
  const names = reports.map(r => [release(r)]);
  for (const one of new Set(reports.map(release))) {
    const group = reports.flatMap((r, i) => (release(r) === one ? [i] : []));
    const values = field => new Set(group.map(i => field(reports[i])));
    const add = (field, i) => { if (field(reports[i])) names[i].push(field(reports[i])); };
    for (const field of fields) {
      if (new Set(group.map(i => String(names[i]))).size === group.length) break;
      if (values(field).size > 1) group.forEach(i => add(field, i));
    }
    // A bare release beside others of that release says nothing of what is special about it.
    const bare = group.find(i => names[i].length === 1);
    const telling = fields.find(field => bare !== undefined && field(reports[bare]) && values(field).size > 1);
    if (telling) add(telling, bare);
  }
  if (reports.length === 1) names[0].push(reports[0].platform.machine);
  return names.map((words, i) => {
    const twins = names.filter((other, k) => k < i && String(other) === String(words)).length;
    return twins ? [...words, `#${twins + 1}`] : words;
  });
}

function buildModel(overview) {
  const { catalogue, cases, reports, variants } = overview;
  const statuses = overview.statuses.map(([name]) => name);
  for (const [name, meaning] of overview.statuses) KIND_MEANINGS[name] = meaning;

  const names = platformNames(reports);
  const platforms = reports.map((report, index) => ({ index, report, words: names[index], name: names[index].join(', ') }));
  const guarantees = catalogue.map(([id, area, iface, klass, statement, ref, checked], index) => ({
    index, id, area, iface, klass, statement: statement || id, ref, checked, cells: [], variants: new Set(),
  }));
  const scenarios = cases.map((one, index) => ({ ...one, index, area: areaOf(one.id), variants: [], cells: [] }));
  const rows = variants.map(([owner, parameters], index) => {
    const row = { index, owner: scenarios[owner], parameters, id: scenarios[owner].id + parameters, cells: [] };
    row.owner.variants.push(row);
    for (const a of row.owner.asserts) guarantees[a].variants.add(index);
    return row;
  });

  const join = (cells, p, kind, detail, variant) => {
    const cell = (cells[p] ||= { kind, details: new Set(), variants: new Set() });
    if (RANK[kind] < RANK[cell.kind]) { cell.kind = kind; cell.details = new Set(); }
    if (detail && cell.kind === kind) cell.details.add(detail);
    cell.variants.add(variant);
  };

  platforms.forEach((platform, p) => {
    platform.counts = {};
    platform.report.runs.forEach((run, index) => {
      const row = rows[run.v];
      const status = statuses[run.s];
      platform.counts[status] = (platform.counts[status] || 0) + 1;
      const cell = (row.cells[p] ||= { kind: status, runs: [], details: new Set() });
      cell.runs.push(index);
      if (cell.kind !== status) cell.kind = 'FLAKY';
      const answers = (run.a || []).map(([, answer]) => answer);
      const detail = run.g || answers.join(', ');
      if (detail) cell.details.add(detail);
    });
    platform.report.runs.forEach(run => {
      const row = rows[run.v];
      const status = statuses[run.s];
      const flaky = row.cells[p].kind === 'FLAKY';
      const answers = (run.a || []).map(([, answer]) => answer).join(', ');
      const seen = run.o || row.owner.asserts.map(a => [a, VERIFIED]);
      const plain = run.o === undefined && status !== 'PASS' && status !== 'XPASS' && status !== 'DONE';
      for (const [a, what] of seen) {
        let kind = 'LATE';
        if (flaky) kind = 'FLAKY';
        else if (plain || what === FAILED) kind = status;
        else if (what === VERIFIED) kind = status === 'XPASS' ? 'XPASS' : 'PASS';
        else if (what === RECORDED) kind = 'DONE';
        else if (status === 'SKIP' || status === 'MISS' || status === 'ERROR') kind = status;
        else if (status === 'PASS' || status === 'DONE') kind = 'SKIP'; // its own requirement was not met
        join(guarantees[a].cells, p, kind, kind === 'DONE' ? answers : kind === status ? run.g : '', run.v);
      }
      // A run that went wrong before it was judged says nothing of its assertions one by one.
      if (run.o && run.o.length === 0)
        for (const a of row.owner.asserts) join(guarantees[a].cells, p, status, run.g, run.v);
    });
  });
  for (const scenario of scenarios)
    for (const row of scenario.variants)
      row.cells.forEach((cell, p) => {
        const mine = scenario.cells[p];
        scenario.cells[p] = { kind: mine ? worse(mine.kind, cell.kind) : cell.kind, details: new Set() };
      });
  return { platforms, guarantees, scenarios, rows, statuses };
}

/** The kind of a cell that may be missing. */
const kindOf = cell => (cell ? cell.kind : 'NONE');

/** True when the platforms do not all give the same answer; what was not run says nothing. */
function differs(cells) {
  const seen = new Set();
  for (const cell of cells) if (cell) seen.add(`${cell.kind} ${[...cell.details].sort().join('|')}`);
  return seen.size > 1;
}

/** Different answers of one row, numbered in the order of the platforms. */
function shadesOf(cells) {
  const shades = new Map();
  for (const cell of cells) {
    if (!cell || !cell.details.size) continue;
    const key = `${cell.kind} ${[...cell.details].sort().join('|')}`;
    if (!shades.has(key)) shades.set(key, [...shades.keys()].filter(k => k.startsWith(`${cell.kind} `)).length);
  }
  return cell => (cell && cell.details.size ? shades.get(`${cell.kind} ${[...cell.details].sort().join('|')}`) : 0);
}
