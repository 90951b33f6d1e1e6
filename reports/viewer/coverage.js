// How much of the catalogue the reports put to the test, area by area.
'use strict';

const COVERED = [['PASS', 'verified'], ['FAIL', 'failed'], ['DONE', 'recorded'], ['SKIP', 'not reached'], ['NONE', 'no case yet']];

/** What a report knows of a guarantee. */
function coverageKind(g, p) {
  const kind = kindOf(g.cells[p]);
  if (kind === 'NONE') return 'NONE';
  if (kind === 'PASS' || kind === 'XPASS') return 'PASS';
  if (kind === 'FAIL' || kind === 'XFAIL' || kind === 'FLAKY') return 'FAIL';
  return kind === 'DONE' ? 'DONE' : 'SKIP';
}

function coverageRow(name, list, p, klasses) {
  const counts = {};
  const byClass = {};
  for (const g of list) {
    const kind = coverageKind(g, p);
    counts[kind] = (counts[kind] || 0) + 1;
    const mine = (byClass[g.klass] ||= { all: 0, covered: 0 });
    mine.all += 1;
    if (kind !== 'NONE' && kind !== 'SKIP') mine.covered += 1;
  }
  const link = name === 'all' ? linkTo({}) : linkTo({ area: name });
  const cells = klasses.map(klass => {
    const mine = byClass[klass];
    return mine ? `<td class="num${mine.covered === mine.all ? ' full' : ''}">${mine.covered}<span class="dim">/${mine.all}</span></td>` : '<td class="num dim">–</td>';
  }).join('');
  const parts = COVERED.map(([kind]) => [kind, counts[kind] || 0]).filter(([, n]) => n);
  const words = COVERED.filter(([kind]) => counts[kind]).map(([kind, word]) => `${counts[kind]} ${word}`).join(', ');
  const share = Math.floor(100 * (list.length - (counts.NONE || 0) - (counts.SKIP || 0)) / list.length);
  return `<tr${name === 'all' ? ' class="total"' : ''}><th scope="row"><a href="${link}">${esc(name)}</a></th>
    <td class="meter"><span class="bar" role="img" aria-label="${esc(words)}" title="${esc(words)}">${parts.map(([kind, n]) => `<i class="k-${kind}" style="flex-grow:${n / list.length}"></i>`).join('')}</span></td>
    <td class="num"><b>${share}</b><span class="dim"> %</span></td>${cells}<td class="num">${list.length}</td></tr>`;
}

function openCoverage(route, model) {
  const p = Math.min(model.platforms.length - 1, Math.max(0, Number(route.p) || 0));
  const klasses = Object.keys(CLASSES).filter(klass => model.guarantees.some(g => g.klass === klass));
  const areas = [...new Set(model.guarantees.map(g => g.area))].sort();
  const rows = areas.map(area => coverageRow(area, model.guarantees.filter(g => g.area === area), p, klasses));
  rows.push(coverageRow('all', model.guarantees, p, klasses));
  const pick = model.platforms.length < 2 ? '' : `<label class="pick">Platform <select id="covered">${model.platforms.map(({ index, name }) =>
    `<option value="${index}"${index === p ? ' selected' : ''}>${esc(name)}</option>`).join('')}</select></label>`;
  byId('coverage').innerHTML = `<h1>Coverage of the catalogue</h1>
    <p class="lead">What these runs put to the test of the ${plural(model.guarantees.length, 'promise')} that POSIX and the Linux manual make, by class: put to the test / in all.</p>
    ${pick}<p class="legend">${COVERED.map(([kind, word]) => `<span><i class="swatch k-${kind}"></i>${word}</span>`).join('')}</p>
    <div class="scroll" tabindex="0" role="region" aria-label="Coverage by area"><table class="data"><thead><tr><th scope="col">Area</th><th scope="col">Answered</th><th scope="col" class="num">Share</th>${klasses.map(klass => `<th scope="col" class="num" title="${esc(klass)}">${CLASSES[klass]}</th>`).join('')}<th scope="col" class="num">In all</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
  byId('covered')?.addEventListener('change', event => { location.hash = linkTo({ part: 'coverage', p: event.target.value }); });
}
