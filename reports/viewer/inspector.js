// Beside the matrix: what the chosen row is, what each platform says, and the cases that put it to the test.
'use strict';

function hideInspector() {
  const aside = byId('inspector');
  if (!aside || aside.hidden) return;
  aside.hidden = true;
  aside.innerHTML = '';
  grid.selected = '';
}

const caseLink = (id, p) => linkTo({ part: 'case', id, p: p > 0 ? String(p) : '' });

/** What a run says for itself, in a few words. */
function reasonOf(run) {
  return run.r ? run.r + (run.e ? ` To enable: ${run.e}` : '') : '';
}

function answersTable(item, p) {
  const { model } = grid;
  const lines = model.platforms.map(({ index, name }) => {
    const cell = item.cells[index];
    const said = cell ? answerText(cell) : '';
    return `<tr${index === p ? ' class="now"' : ''}><th scope="row"><a href="${linkTo({ ...filterAsRoute(), at: item.id, p: String(index) })}">${esc(name)}</a></th>
      <td>${badge(kindOf(cell))}${said ? `<code>${esc(said)}</code>` : ''}</td></tr>`;
  }).join('');
  return `<table class="answers"><caption class="unseen">Answers by platform</caption><tbody>${lines}</tbody></table>`;
}

function variantList(variants, p) {
  const { model } = grid;
  const where = p >= 0 ? p : 0;
  const rows = [...variants].map(v => model.rows[v]);
  if (!rows.length) return '<p class="dim">No case in these reports tests it.</p>';
  rows.sort((a, b) => RANK[kindOf(a.cells[where])] - RANK[kindOf(b.cells[where])] || a.id.localeCompare(b.id));
  const lines = rows.map(row => {
    const kind = kindOf(row.cells[where]);
    return `<li><span class="dot k-${kind}" role="img" aria-label="${esc(kindName(kind))}" title="${esc(kindName(kind))}">${glyph(kind)}</span>
      <a href="${caseLink(row.id, where)}">${esc(row.owner.id)}<span>${esc(row.parameters)}</span></a></li>`;
  }).join('');
  const on = model.platforms.length > 1 ? ` on ${model.platforms[where].name}` : '';
  return `<h3>${plural(rows.length, 'variant')}${esc(on)}</h3><ul class="variants">${lines}</ul>`;
}

function whyOf(variants, p) {
  if (p < 0) return '';
  const { model } = grid;
  const seen = new Set();
  for (const v of variants)
    for (const index of model.rows[v].cells[p]?.runs || []) {
      const said = reasonOf(model.platforms[p].report.runs[index]);
      if (said) seen.add(said);
    }
  return [...seen].slice(0, 3).map(said => `<p class="reason">${esc(said)}</p>`).join('');
}

function showInspector(id, p) {
  const aside = byId('inspector');
  const item = grid.items[filter.view].find(one => one.id === id);
  if (!item) { hideInspector(); return; }
  const g = item.guarantee;
  const variants = g ? g.variants : [item.variant.index];
  const head = g
    ? `<p class="over">${esc(g.area)} · ${esc(g.iface)}${g.klass ? ` · ${esc(g.klass)}` : ''}</p><h2>${esc(g.statement)}</h2>
       <p class="ref">${esc(g.ref)}${g.ref && !g.checked ? ' <span class="dim">(cited from memory)</span>' : ''}</p>`
    : `<p class="over">${esc(item.area)}</p><h2>${esc(item.variant.owner.title)}</h2>`;
  aside.innerHTML = `<button type="button" class="quiet close" id="close" aria-label="Close">✕</button>${head}
    <p class="id"><a href="${linkTo({ view: filterAsRoute().view, at: id, p: p >= 0 ? String(p) : '' })}" title="The address of this row"><code>${esc(id)}</code></a></p>
    ${answersTable(item, p)}${whyOf(variants, p)}${variantList(variants, p)}`;
  aside.hidden = false;
  aside.scrollTop = 0;
  byId('close').addEventListener('click', closeInspector);
}

function closeInspector() {
  hideInspector();
  replaceRoute({ at: '', p: '' });
  draw();
  byId('grid').focus({ preventScroll: true });
}
