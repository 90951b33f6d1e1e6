// The line above the matrix: what is searched for, and which rows are shown.
'use strict';

const filter = { view: 'guarantees', q: '', status: new Set(), area: '', klass: '', differ: false };

function filterFromRoute(route) {
  filter.view = route.view === 'cases' ? 'cases' : 'guarantees';
  filter.q = route.q;
  filter.status = new Set(route.status.split(',').filter(kind => kind in RANK));
  filter.area = route.area;
  filter.klass = route.class;
  filter.differ = route.differ === '1';
}

const filterAsRoute = () => ({
  view: filter.view === 'cases' ? 'cases' : '', q: filter.q, status: [...filter.status].join(','), area: filter.area,
  class: filter.klass, differ: filter.differ ? '1' : '',
});

/** A function that says whether an item of the matrix is shown. */
function matcher() {
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  return item => {
    if (filter.area && item.area !== filter.area) return false;
    if (filter.klass && !item.classes.has(filter.klass)) return false;
    if (filter.status.size && !item.kinds().some(kind => filter.status.has(kind))) return false;
    if (filter.differ && !differs(item.cells)) return false;
    return words.every(word => item.text.includes(word));
  };
}

function filterMarkup(model) {
  const option = (value, name, chosen) => `<option value="${esc(value)}"${value === chosen ? ' selected' : ''}>${esc(name)}</option>`;
  const areas = [...new Set([...model.guarantees, ...model.scenarios].map(one => one.area))].sort();
  const many = model.platforms.length > 1;
  return `
    <div class="seg" role="group" aria-label="Rows">
      <button type="button" data-view="guarantees">Guarantees</button><button type="button" data-view="cases">Cases</button>
    </div>
    <label class="search"><span class="unseen">Search</span>
      <input type="search" id="q" placeholder="Search statements and ids" autocomplete="off" spellcheck="false" aria-keyshortcuts="/">
      <kbd aria-hidden="true">/</kbd></label>
    <label class="pick"><span class="unseen">Area</span><select id="area">${option('', 'All areas', filter.area)}${areas.map(a => option(a, a, filter.area)).join('')}</select></label>
    <label class="pick"><span class="unseen">Class</span><select id="klass">${option('', 'All classes', filter.klass)}${Object.keys(CLASSES).map(c => option(c, c, filter.klass)).join('')}</select></label>
    ${many ? '<button type="button" class="toggle" id="differ" aria-pressed="false">Differences only</button>' : ''}
    <div class="chips" role="group" aria-label="Only rows with" id="chips"></div>
    <p class="count" id="count" role="status"></p>`;
}

/** The kinds that rows have now, each a switch. It serves as the legend. */
function chipsMarkup(items) {
  const counts = {};
  for (const item of items) for (const kind of new Set(item.kinds())) counts[kind] = (counts[kind] || 0) + 1;
  return KINDS.filter(kind => counts[kind] || filter.status.has(kind)).map(kind => `
    <button type="button" class="chip" data-kind="${kind}" aria-pressed="${filter.status.has(kind)}"
      title="${esc(KIND_MEANINGS[kind])}"><span class="swatch k-${kind}">${glyph(kind)}</span>${esc(kindName(kind))}
      <b>${(counts[kind] || 0).toLocaleString('en')}</b></button>`).join('');
}
