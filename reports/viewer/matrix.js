// The matrix: rows are guarantees or variants in groups, columns are platforms. Only the rows that can be seen are in
// the document, so that thousands of them cost nothing; a treegrid whose active cell moves with the arrow keys.
'use strict';

const HEIGHT = { area: 36, group: 28, item: 28 };
const grid = { model: null, items: {}, lines: [], tops: [0], closed: new Set(), paper: false, row: 0, column: 0, selected: '' };

/** What a view shows: one item for each row, in the order of areas and groups. */
function makeItems(model) {
  const text = (...parts) => parts.join(' ').toLowerCase();
  const kinds = cells => () => model.platforms.map((_, p) => kindOf(cells[p]));
  const guarantees = model.guarantees.map(g => ({
    id: g.id, area: g.area, group: g.iface, groupName: g.iface, label: g.statement, tag: CLASSES[g.klass] || '', cells: g.cells,
    classes: new Set([g.klass]), text: text(g.id, g.iface, g.statement, g.ref), kinds: kinds(g.cells), guarantee: g,
  }));
  const cases = model.rows.map(row => {
    const lone = row.owner.variants.length === 1;
    return {
      id: row.id, area: row.owner.area, group: lone ? '' : row.owner.id, groupName: row.owner.title,
      label: lone ? row.owner.title : row.parameters.slice(1, -1).replaceAll(',', ', ') || 'no parameters', mono: !lone,
      sub: lone ? row.owner.id : '', cells: row.cells, classes: new Set(row.owner.asserts.map(a => model.guarantees[a].klass)),
      text: text(row.id, row.owner.title), kinds: kinds(row.cells), variant: row, order: row.owner.id,
    };
  });
  const order = (a, b) => a.area.localeCompare(b.area) || (a.order || a.group).localeCompare(b.order || b.group);
  return { guarantees: guarantees.sort(order), cases: cases.sort(order) };
}

/** The lines of the matrix as it is filtered and folded now: areas, groups, items. */
function layOut() {
  const { model } = grid;
  const items = grid.items[filter.view].filter(matcher());
  const lines = [];
  const tally = line => {
    const counts = model.platforms.map(() => ({}));
    for (const item of line.items)
      item.kinds().forEach((kind, p) => { counts[p][kind] = (counts[p][kind] || 0) + 1; });
    return counts;
  };
  let area = null, group = null;
  const open = (type, key, name, sub) => {
    const line = { type, key, name, sub, items: [], level: type === 'area' ? 1 : 2 };
    line.counts = () => (line.tallied ||= tally(line));
    return line;
  };
  const searching = filter.q !== '' || filter.status.size > 0 || filter.differ;
  for (const item of items) {
    if (!area || area.name !== item.area) {
      area = open('area', `area:${item.area}`, item.area);
      group = null;
      lines.push(area);
    }
    area.items.push(item);
    if (grid.closed.has(area.key) && !searching) continue;
    if (item.group && (!group || group.group !== item.group)) {
      group = open('group', `group:${item.area}:${item.group}`, item.groupName, filter.view === 'cases' ? item.group : '');
      group.group = item.group;
      lines.push(group);
    } else if (!item.group) {
      group = null;
    }
    if (group) group.items.push(item);
    if (group && grid.closed.has(group.key) && !searching) continue;
    lines.push({ type: 'item', key: item.id, item, level: group ? 3 : 2 });
  }
  grid.lines = lines;
  grid.tops = [0];
  for (const line of lines) grid.tops.push(grid.tops.at(-1) + HEIGHT[line.type]);
  grid.shown = items;
}

// --- Drawing --------------------------------------------------------------------------------------------------------

const answerText = cell => [...cell.details].join(' / ');

function cellMarkup(line, index, p, shade) {
  const cell = line.item.cells[p];
  const kind = kindOf(cell);
  const gap = filter.view === 'guarantees' && line.item.guarantee.variants.size === 0;
  const said = cell ? answerText(cell) : '';
  const label = gap ? 'no case tests it' : kindName(kind) + (said ? `: ${said}` : '');
  const short = grid.wide ? `<span>${esc(said || (kind === 'NONE' ? '' : kindName(kind)))}</span>` : '';
  return `<div role="gridcell" aria-colindex="${p + 2}" id="c${index}-${p + 1}" class="c k-${kind}${shade ? ` s${shade % 4}` : ''}${gap ? ' gap' : ''}" title="${esc(label)}" aria-label="${esc(label)}" data-c="${p + 1}">${glyph(kind)}${short}</div>`;
}

function lineMarkup(index) {
  const line = grid.lines[index];
  const at = `role="row" aria-rowindex="${index + 2}" aria-level="${line.level}" data-i="${index}" style="top:${grid.tops[index]}px;height:${HEIGHT[line.type]}px"`;
  if (line.type === 'item') {
    const { item } = line;
    const chosen = grid.selected === item.id;
    const shade = shadesOf(item.cells);
    const cells = grid.model.platforms.map((_, p) => cellMarkup(line, index, p, shade(item.cells[p]))).join('');
    return `<div ${at} class="r item l${line.level}${chosen ? ' chosen' : ''}" aria-selected="${chosen}">
      <div role="rowheader" aria-colindex="1" id="c${index}-0" class="h${item.mono ? ' mono' : ''}" title="${esc(item.id)}" data-c="0"><span class="t">${esc(item.label)}</span>${item.sub ? `<code>${esc(item.sub)}</code>` : ''}${item.tag ? `<span class="tag">${item.tag}</span>` : ''}</div>${cells}</div>`;
  }
  const open = !grid.closed.has(line.key);
  const cells = line.counts().map((counts, p) =>
    `<div role="gridcell" aria-colindex="${p + 2}" id="c${index}-${p + 1}" class="c sum" data-c="${p + 1}">${bar(sorted(counts))}</div>`).join('');
  return `<div ${at} class="r ${line.type}" aria-expanded="${open}">
    <div role="rowheader" aria-colindex="1" id="c${index}-0" class="h" data-c="0"><i class="fold" aria-hidden="true"></i><span class="t">${esc(line.name)}</span>${line.sub ? `<code>${esc(line.sub)}</code>` : ''}<span class="n">${line.items.length}</span></div>${cells}</div>`;
}

/** The first line whose end is below `y`. */
function lineAt(y) {
  let low = 0, high = grid.lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (grid.tops[middle + 1] <= y) low = middle + 1; else high = middle;
  }
  return low;
}

function draw() {
  const all = grid.paper;
  const box = byId('rows'), view = byId('grid');
  const from = all ? 0 : Math.max(0, lineAt(view.scrollTop) - 8);
  const to = all ? grid.lines.length : Math.min(grid.lines.length, lineAt(view.scrollTop + view.clientHeight) + 9);
  let html = '';
  for (let i = from; i < to; i++) html += lineMarkup(i);
  box.innerHTML = html;
  box.style.height = `${grid.tops.at(-1)}px`;
  showActive();
}

function headMarkup() {
  const columns = grid.model.platforms.map(({ index, words, name, counts }) => `
    <div role="columnheader" aria-colindex="${index + 2}" class="ph"><a href="${linkTo({ part: 'platforms' })}" tabindex="-1" title="${esc(name)}">
      <b>${esc(words[0])}</b>${words.length > 1 ? `<span>${esc(words.slice(1).join(' · '))}</span>` : ''}</a>${bar(sorted(counts), name)}</div>`).join('');
  return `<div role="row" aria-rowindex="1" class="r head"><div role="columnheader" aria-colindex="1" class="h">${filter.view === 'cases' ? 'Case' : 'Guarantee'}</div>${columns}</div>`;
}

/** Filters, folds and draws anew. The line that was active stays so where it is still there. */
function refresh() {
  const key = grid.lines[grid.row]?.key;
  layOut();
  const found = grid.lines.findIndex(line => line.key === key);
  grid.row = found >= 0 ? found : 0;
  const element = byId('grid');
  element.setAttribute('aria-rowcount', grid.lines.length + 1);
  byId('head').innerHTML = headMarkup();
  byId('chips').innerHTML = chipsMarkup(grid.items[filter.view].filter(relaxed()));
  byId('count').textContent = grid.shown.length === grid.items[filter.view].length
    ? plural(grid.shown.length, filter.view === 'cases' ? 'variant' : 'guarantee')
    : `${grid.shown.length.toLocaleString('en')} of ${plural(grid.items[filter.view].length, filter.view === 'cases' ? 'variant' : 'guarantee')}`;
  byId('none').hidden = grid.lines.length > 0;
  draw();
}

/** The filter without its statuses: so many rows each status would show. */
function relaxed() {
  const kept = filter.status;
  filter.status = new Set();
  const match = matcher();
  return item => {
    filter.status = new Set();
    const good = match(item);
    filter.status = kept;
    return good;
  };
}

// --- Moving ---------------------------------------------------------------------------------------------------------

function showActive() {
  for (const old of document.querySelectorAll('#rows .active')) old.classList.remove('active');
  const cell = byId(`c${grid.row}-${grid.column}`);
  if (cell) {
    cell.classList.add('active');
    byId('grid').setAttribute('aria-activedescendant', cell.id);
  } else {
    byId('grid').removeAttribute('aria-activedescendant');
  }
}

function moveTo(row, column, middle = false) {
  if (!grid.lines.length) return;
  grid.row = Math.max(0, Math.min(grid.lines.length - 1, row));
  grid.column = Math.max(0, Math.min(grid.model.platforms.length, column));
  const view = byId('grid');
  const top = grid.tops[grid.row], bottom = grid.tops[grid.row + 1];
  const head = byId('head').offsetHeight;
  if (middle) view.scrollTop = top - view.clientHeight / 2;
  else if (top < view.scrollTop) view.scrollTop = top;
  else if (bottom + head > view.scrollTop + view.clientHeight) view.scrollTop = bottom + head - view.clientHeight;
  draw();
}

function fold(line, close = !grid.closed.has(line.key)) {
  if (close) grid.closed.add(line.key); else grid.closed.delete(line.key);
  refresh();
}

/** Opens what the active cell stands for. */
function choose(row, column) {
  const line = grid.lines[row];
  if (!line) return;
  grid.row = row;
  grid.column = column;
  if (line.type !== 'item') { fold(line); return; }
  select(line.item.id, column > 0 ? column - 1 : -1);
}

/** Shows a row, and if need be a platform of it, beside the matrix. */
function select(id, p = -1) {
  grid.selected = id;
  replaceRoute({ part: 'matrix', id: '', ...filterAsRoute(), at: id, p: p >= 0 ? String(p) : '' });
  showInspector(id, p);
  draw();
}

function gridKey(event) {
  const line = grid.lines[grid.row];
  const page = Math.max(1, Math.floor(byId('grid').clientHeight / HEIGHT.item) - 3);
  const steps = {
    ArrowDown: () => moveTo(grid.row + 1, grid.column),
    ArrowUp: () => moveTo(grid.row - 1, grid.column),
    ArrowRight: () => {
      if (line && line.type !== 'item' && grid.column === 0 && grid.closed.has(line.key)) fold(line, false);
      else moveTo(grid.row, grid.column + 1);
    },
    ArrowLeft: () => {
      if (line && line.type !== 'item' && grid.column === 0 && !grid.closed.has(line.key)) fold(line, true);
      else moveTo(grid.row, grid.column - 1);
    },
    PageDown: () => moveTo(grid.row + page, grid.column),
    PageUp: () => moveTo(grid.row - page, grid.column),
    Home: () => moveTo(event.ctrlKey ? 0 : grid.row, 0),
    End: () => moveTo(event.ctrlKey ? grid.lines.length : grid.row, grid.model.platforms.length),
    Enter: () => choose(grid.row, grid.column),
    ' ': () => choose(grid.row, grid.column),
  };
  if (!steps[event.key] || event.altKey || event.metaKey) return;
  event.preventDefault();
  steps[event.key]();
}

// --- Setting up -----------------------------------------------------------------------------------------------------

function startMatrix(model) {
  grid.model = model;
  grid.items = makeItems(model);
  const n = model.platforms.length;
  grid.wide = n <= 4;
  const part = byId('matrix');
  part.style.setProperty('--n', n);
  part.classList.toggle('wide', grid.wide);
  part.innerHTML = `<h1 class="unseen">What each platform does with each guarantee</h1><form class="filter" id="filter" role="search" aria-label="Filter the matrix">${filterMarkup(model)}</form>
    <div class="split"><div class="grid" id="grid" role="treegrid" tabindex="0" aria-label="Guarantees and platforms" aria-colcount="${n + 1}">
      <div role="rowgroup" id="head" class="heads"></div><div role="rowgroup" id="rows" class="rows"></div>
      </div><p id="none" class="none" hidden>Nothing matches. <button type="button" class="toggle" id="clear">Show everything</button></p>
      <aside id="inspector" class="inspector" aria-label="The chosen row" tabindex="-1" hidden></aside></div>`;
  const element = byId('grid');
  let waiting = false;
  element.addEventListener('scroll', () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(); });
  }, { passive: true });
  element.addEventListener('keydown', gridKey);
  element.addEventListener('click', event => {
    const cell = event.target.closest('[data-c]');
    if (cell) choose(Number(cell.parentElement.dataset.i), Number(cell.dataset.c));
  });
  new ResizeObserver(() => draw()).observe(element);

  const changed = () => {
    replaceRoute({ part: 'matrix', id: '', ...filterAsRoute(), at: '', p: '' });
    hideInspector();
    byId('grid').scrollTop = 0;
    refresh();
    syncFilter();
  };
  part.addEventListener('submit', event => event.preventDefault());
  byId('q').addEventListener('input', event => { filter.q = event.target.value.trim(); changed(); });
  byId('area').addEventListener('change', event => { filter.area = event.target.value; changed(); });
  byId('klass').addEventListener('change', event => { filter.klass = event.target.value; changed(); });
  byId('differ')?.addEventListener('click', () => { filter.differ = !filter.differ; changed(); });
  byId('clear').addEventListener('click', () => { filterFromRoute(readRoute('#matrix')); changed(); byId('q').focus(); });
  byId('chips').addEventListener('click', event => {
    const chip = event.target.closest('[data-kind]');
    if (!chip) return;
    const kind = chip.dataset.kind;
    if (filter.status.has(kind)) filter.status.delete(kind); else filter.status.add(kind);
    changed();
    document.querySelector(`#chips [data-kind="${kind}"]`)?.focus();
  });
  part.querySelector('.seg').addEventListener('click', event => {
    const view = event.target.dataset.view;
    if (view && view !== filter.view) { filter.view = view; changed(); }
  });
  const print = paper => () => { grid.paper = paper; draw(); };
  addEventListener('beforeprint', print(true));
  addEventListener('afterprint', print(false));
}

/** Lets the controls show what the filter is. */
function syncFilter() {
  byId('matrix').dataset.view = filter.view;
  if (byId('q').value.trim() !== filter.q) byId('q').value = filter.q;
  byId('area').value = filter.area;
  byId('klass').value = filter.klass;
  byId('differ')?.setAttribute('aria-pressed', filter.differ);
  for (const button of document.querySelectorAll('.seg [data-view]'))
    button.setAttribute('aria-pressed', button.dataset.view === filter.view);
}

/** The matrix as the address says. */
function openMatrix(route) {
  filterFromRoute(route);
  syncFilter();
  grid.selected = route.at;
  const item = route.at && grid.items[filter.view].find(one => one.id === route.at);
  if (item) {
    grid.closed.delete(`area:${item.area}`);
    grid.closed.delete(`group:${item.area}:${item.group}`);
  }
  refresh();
  if (!item) { hideInspector(); return; }
  const p = route.p === '' ? -1 : Number(route.p);
  showInspector(route.at, p);
  const row = grid.lines.findIndex(line => line.key === route.at);
  if (row >= 0) moveTo(row, p + 1, true);
}
