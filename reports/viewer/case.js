// The page of a case: what it promises, how it should go, how it went, and where the two part.
'use strict';

let caseAsked = 0; // the newest request wins when parts of the data arrive late

function traceMarkup(lines, wrongLine) {
  if (!lines) return '<p class="dim">This kipc does not have the case as it was run, so its trace is not shown.</p>';
  const rows = lines.map(text => {
    const [, number = '', rest = text] = text.match(/^\s*(\d+) ?(.*)$/) || [];
    const bad = wrongLine && Number(number) === wrongLine;
    return `<li${bad ? ' class="bad"' : ''}><span class="ln">${esc(number)}</span><code>${esc(rest.replace(/^ /, ''))}</code>${bad ? '<span class="unseen"> (went wrong here)</span>' : ''}</li>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="The expected trace"><ol class="trace">${rows.join('')}</ol></div>`;
}

function outcomesOf(run, row, model) {
  if (run?.o) return run.o;
  return row.owner.asserts.map(a => [a, run && ['PASS', 'XPASS', 'DONE'].includes(model.statuses[run.s]) ? VERIFIED : 3]);
}

function assertsMarkup(run, row, model, kind) {
  const name = ['PASS', kind === 'XFAIL' ? 'XFAIL' : 'FAIL', 'DONE', 'LATE'];
  const word = ['verified', 'failed', 'recorded', 'not reached'];
  return `<ul class="asserts">${outcomesOf(run, row, model).map(([a, what, note]) => {
    const g = model.guarantees[a];
    return `<li><span class="dot k-${name[what]}" role="img" aria-label="${word[what]}" title="${word[what]}">${glyph(name[what])}</span><div>
      <p>${esc(g.statement)}</p><p class="ref">${esc(g.ref)} <a href="${linkTo({ part: 'matrix', at: g.id })}"><code>${esc(g.id)}</code></a>${note ? ` <span class="dim">${esc(note)}</span>` : ''}</p></div></li>`;
  }).join('')}</ul>`;
}

function verdictMarkup(run, detail, kind) {
  if (!run || (kind === 'PASS' && !run.a)) return '';
  let html = '';
  if (run.r) html += `<p class="reason">${esc(run.r)}</p>`;
  if (run.e) html += `<p><b>To enable:</b> ${esc(run.e)}</p>`;
  if (detail.expected || detail.step) {
    html += '<dl class="versus">';
    if (detail.step) html += `<div><dt>The line</dt><dd><code>${esc(detail.step)}</code></dd></div>`;
    html += `<div class="want"><dt>Expected</dt><dd><code>${esc(detail.expected || '')}</code></dd></div><div class="have"><dt>Got</dt><dd><code>${esc(run.g || '')}</code></dd></div></dl>`;
  }
  if (run.a) html += `<dl class="versus">${run.a.map(([q, a]) => `<div><dt>${esc(q)}</dt><dd><code>${esc(a)}</code></dd></div>`).join('')}</dl>`;
  if (detail.standing) html += `<h3>Where everyone stood</h3><ul>${detail.standing.map(line => `<li><code>${esc(line)}</code></li>`).join('')}</ul>`;
  if (detail.clauses) html += detail.clauses.map(clause => `<p class="clause">${esc(clause)}</p>`).join('');
  return `<section class="verdict v-${kind}" aria-label="Verdict">${badge(kind)}<div>${html}</div></section>`;
}

function happened(detail, run) {
  if (!detail.history && !detail.picture) {
    if (!detail.trace) return '<p class="dim">No history was kept of this run (<code>kipc run --keep-history</code> keeps all).</p>';
    return `<div class="scroll" tabindex="0" role="region" aria-label="The trace around the failure"><ol class="trace">${detail.trace.map(line =>
      `<li${line.startsWith('>') ? ' class="bad"' : ''}><code>${esc(line.replace(/^[> ]/, ''))}</code></li>`).join('')}</ol></div>`;
  }
  const history = readHistory(detail);
  const MANY = 400;
  const total = history.events.length;
  const long = total > MANY;
  if (long) history.events.length = MANY;
  if (history.wrong >= history.events.length) history.wrong = -1;
  const picture = lanesMarkup(history, detail, run, byId('case').clientWidth - 60);
  return `${picture}${long ? `<p class="dim">The first ${MANY} of ${total} events.</p>` : ''}
    <details class="list"><summary>The same as a list</summary>${historyList(history)}</details>`;
}

function tabsMarkup(row, p, model) {
  if (model.platforms.length === 1) return '';
  return `<nav class="tabs" aria-label="Platforms">${model.platforms.map(({ index, name }) => {
    const kind = kindOf(row.cells[index]);
    return `<a href="${caseLink(row.id, index)}"${index === p ? ' aria-current="page"' : ''}><span class="dot k-${kind}" role="img" aria-label="${esc(kindName(kind))}">${glyph(kind)}</span>${esc(name)}</a>`;
  }).join('')}</nav>`;
}

function siblings(row, p) {
  const others = row.owner.variants;
  if (others.length < 2) return '';
  return `<section><h2>The variants of this case</h2><ul class="tiles">${others.map(one => {
    const kind = kindOf(one.cells[p]);
    return `<li><a href="${caseLink(one.id, p)}"${one === row ? ' aria-current="true"' : ''}><span class="dot k-${kind}" role="img" aria-label="${esc(kindName(kind))}">${glyph(kind)}</span>${esc(one.parameters.slice(1, -1).replaceAll(',', ', ') || one.id)}</a></li>`;
  }).join('')}</ul></section>`;
}

async function openCase(route, model) {
  const asked = ++caseAsked;
  const element = byId('case');
  const row = model.rows.find(one => one.id === route.id);
  if (!row) {
    element.innerHTML = `<p class="wait">There is no variant <code>${esc(route.id)}</code> in this page. <a href="#matrix">The matrix</a></p>`;
    return;
  }
  const p = Math.min(model.platforms.length - 1, Math.max(0, Number(route.p) || 0));
  const cell = row.cells[p];
  const kind = kindOf(cell);
  const [traces, details] = await Promise.all([part('data-traces'), part(`data-detail-${p}`)]);
  if (asked !== caseAsked) return;
  // Of several runs, the one that went worst.
  const runs = (cell?.runs || []).map(index => ({ run: model.platforms[p].report.runs[index], detail: details[index] }));
  runs.sort((a, b) => a.run.s - b.run.s);
  const { run, detail } = runs[0] || { run: null, detail: {} };
  const shown = traces[row.index];
  const facts = [];
  if (run) facts.push(['took', duration(run.d)]);
  if (detail.isolation) facts.push(['isolation', detail.isolation]);
  if (runs.length > 1) facts.push(['runs', runs.map(one => model.statuses[one.run.s]).join(', ')]);
  if (detail.remaining) facts.push(['left behind', detail.remaining.join(', ')]);
  if (run?.h) facts.push(['case', `another version of the case (${run.h})`]);
  element.innerHTML = `
    <p class="crumbs"><a href="${esc(lastMatrix)}" id="back">Matrix</a> <span aria-hidden="true">/</span>
      <a href="${linkTo({ view: 'cases', area: row.owner.area })}">${esc(row.owner.area)}</a> <span aria-hidden="true">/</span> <code>${esc(row.id)}</code></p>
    <h1>${esc(row.owner.title)}</h1>
    <p class="facts">${badge(kind)} <code>${esc(row.owner.file)}</code>${facts.map(([k, v]) => ` <span><span class="dim">${esc(k)}</span> ${esc(v)}</span>`).join('')}</p>
    ${row.owner.why ? `<p class="why">${esc(row.owner.why)}</p>` : ''}
    ${tabsMarkup(row, p, model)}
    ${verdictMarkup(run, detail, kind)}
    <div class="columns"><section><h2>What it verifies</h2>${assertsMarkup(run, row, model, kind)}</section>
    <section><h2>How it should go</h2>${traceMarkup(shown?.trace, kind === 'PASS' ? 0 : detail.line)}
      ${shown?.checks ? `<p class="checks">Checked of what ran concurrently: ${shown.checks.map(c => `<code>${esc(c)}</code>`).join(', ')}</p>` : ''}</section></div>
    <section class="went"><h2>How it went</h2>${run ? happened(detail, run) : '<p class="dim">It is not in this report.</p>'}</section>
    ${siblings(row, p)}`;
  document.title = `${row.id} · kipc`;
  element.scrollTop = 0;
}
