// Puts the page together: reads the overview, follows the address, minds the keys and the colours.
'use strict';

let here = '';

function paintTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').textContent = theme === 'dark' ? 'Light' : 'Dark';
  byId('theme').setAttribute('aria-label', theme === 'dark' ? 'Light colours' : 'Dark colours');
  byId('theme').setAttribute('aria-pressed', 'false');
}

function startTheme() {
  let kept = null;
  try { kept = localStorage.getItem('kipc-theme'); } catch { /* pages from disk may have no storage */ }
  const wish = matchMedia('(prefers-color-scheme: dark)');
  paintTheme(kept || (wish.matches ? 'dark' : 'light'));
  wish.addEventListener('change', () => { if (!kept) paintTheme(wish.matches ? 'dark' : 'light'); });
  byId('theme').addEventListener('click', () => {
    kept = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    paintTheme(kept);
    try { localStorage.setItem('kipc-theme', kept); } catch { /* then it holds for this visit */ }
  });
  let printing = '';
  addEventListener('beforeprint', () => { printing = document.documentElement.dataset.theme; paintTheme('light'); });
  addEventListener('afterprint', () => paintTheme(printing));
}

function showAbout(model) {
  if (!model) return;
  const [first] = model.platforms;
  const { report } = first;
  byId('about').innerHTML = model.platforms.length === 1
    ? `<b>${esc(`${report.platform.kernel} ${report.platform.kernel_release}`)}</b> ${esc([report.platform.machine, report.platform.distribution, report.started.slice(0, 10)].filter(Boolean).join(', '))}${report.saboteur ? ` · <b class="sab">sabotaged: ${esc(report.saboteur)}</b>` : ''}`
    : `<b>${plural(model.platforms.length, 'platform')}</b> · ${plural(model.rows.length, 'variant')} of ${plural(model.scenarios.length, 'case')}`;
}

const PARTS = { matrix: 'Matrix', coverage: 'Coverage', costs: 'Costs', platforms: 'Platforms', tracks: 'Over time', case: '' };

/** Whether the page has what a part shows. */
const hasPart = (name, model) => (name === 'tracks' ? hasTracks() : model !== null && (name !== 'costs' || hasCosts()));

function follow(model) {
  const route = readRoute();
  if (!(route.part in PARTS) || !hasPart(route.part, model)) route.part = model ? 'matrix' : 'tracks';
  const fresh = here !== route.part;
  const first = here === '';
  here = route.part;
  document.body.dataset.part = here;
  for (const name of Object.keys(PARTS)) byId(name).hidden = name !== route.part;
  byId('nav').innerHTML = Object.entries(PARTS).filter(([name, title]) => title && hasPart(name, model)).map(([name, title]) =>
    `<a href="${name === 'matrix' ? esc(lastMatrix) : `#${name}`}"${name === route.part || (name === 'matrix' && route.part === 'case') ? ' aria-current="page"' : ''}>${title}</a>`).join('');
  document.title = `${PARTS[route.part] || route.id} · kipc report`;
  if (route.part === 'matrix') { lastMatrix = linkTo(route); openMatrix(route); }
  else if (route.part === 'case') openCase(route, model).catch(fail);
  else ({ coverage: openCoverage, costs: openCosts, platforms: openPlatforms, tracks: openTracks })[route.part](route, model);
  if (fresh && !first && route.part === 'matrix') byId('grid').focus({ preventScroll: true });
  if (fresh && route.part !== 'matrix') scrollTo(0, 0);
}

const HELP = [
  ['← → ↑ ↓', 'move in the matrix'], ['Enter', 'open the row, or fold a group'], ['/', 'search'],
  ['Esc', 'close what is open; from a case back to the matrix'], ['Home End', 'the first and last column; with Ctrl the first and last row'],
  ['Page Up, Page Down', 'a screenful'], ['?', 'this list'],
];

function startKeys() {
  const dialog = byId('keys');
  dialog.innerHTML = `<h2 id="keys-title">Keys</h2><dl>${HELP.map(([key, what]) => `<div><dt><kbd>${esc(key)}</kbd></dt><dd>${esc(what)}</dd></div>`).join('')}</dl>
    <form method="dialog"><button class="toggle">Close</button></form>`;
  byId('help').addEventListener('click', () => dialog.showModal());
  addEventListener('keydown', event => {
    const typing = event.target.matches('input, select, textarea');
    if (dialog.open || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') {
      if (here === 'case') { location.hash = lastMatrix; return; }
      if (here !== 'matrix') return;
      if (typing) { event.preventDefault(); event.target.blur(); byId('grid').focus({ preventScroll: true }); return; }
      if (!byId('inspector').hidden) closeInspector();
    } else if (event.key === '/' && !typing) {
      event.preventDefault();
      if (here === 'tracks') { byId('tracks-q').focus(); return; }
      if (here !== 'matrix') { location.hash = lastMatrix; follow(window.kipc.model); }
      byId('q').focus();
      byId('q').select();
    } else if (event.key === '?' && !typing) {
      dialog.showModal();
    }
  });
}

function fail(error) {
  const wait = byId('wait');
  wait.hidden = false;
  wait.textContent = `This page cannot be shown: ${error.message || error}`;
  throw error;
}

async function start() {
  startTheme();
  startKeys();
  if (typeof DecompressionStream === 'undefined') throw new Error('this browser is too old (it has no DecompressionStream)');
  const overview = await part('data-overview');
  await loadTracks();
  if (!overview && !hasTracks()) throw new Error('it holds no report; kipc report --html makes pages that do');
  const model = overview ? buildModel(overview) : null;
  await loadCosts();
  window.kipc = { model };
  byId('wait').hidden = true;
  showAbout(model);
  if (model) startMatrix(model);
  startCosts();
  addEventListener('hashchange', () => follow(model));
  follow(model);
  document.documentElement.dataset.ready = 'yes';
  performance.mark('interactive');
}

start().catch(fail);
