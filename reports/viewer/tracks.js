// What became of each variant over many reports: a row of small cells for each, from the oldest run to the newest, and
// where it went from good to bad.
'use strict';

const tracks = { data: null, q: '', platform: '', bad: false };
const TRACKS_SHOWN = 300;
const hasTracks = () => tracks.data !== null;

async function loadTracks() { tracks.data = await part('data-tracks'); }

const day = started => started.slice(0, 10);
const runText = ([started, kernel]) => `${started.replace('T', ' ').replace('Z', '')}, ${tracks.data.kernels[kernel]}`;
const spanKind = span => tracks.data.statuses[span.s];

function spanTitle(span) {
  const when = span.t ? `${plural(span.n, 'run')}, ${runText(span.f)} to ${runText(span.t)}` : runText(span.f);
  return `${spanKind(span)}: ${when}${span.a ? `; got ${span.a}` : ''}${span.c ? '; the case had changed' : ''}`;
}

/** A cell for each run where there is room for that; else one for each span, as wide as its share. */
function trackBar(track) {
  const runs = track.s.reduce((sum, span) => sum + span.n, 0);
  const single = runs <= 60;
  const cells = track.s.map(span => {
    const kind = spanKind(span);
    const one = `class="k-${kind}${span.c ? ' changed' : ''}" title="${esc(spanTitle(span))}"`;
    return single ? `<i ${one}>${glyph(kind)}</i>`.repeat(span.n) : `<i ${one} style="flex-grow:${span.n}">${glyph(kind)}</i>`;
  }).join('');
  const words = track.s.map(span => `${span.n} ${spanKind(span)}`).join(', then ');
  return `<span class="track${single ? '' : ' wide'}" role="img" aria-label="${esc(words)}">${cells}</span>`;
}

function turnMarkup(track) {
  if (!track.turn) return '';
  const [good, bad] = [track.s[track.turn[0]], track.s[track.turn[1]]];
  const line = (word, run) => `<dt>${word}</dt><dd>${esc(runText(run))} <code>${esc(tracks.data.paths[run[2]])}</code></dd>`;
  return `<dl class="turn">${line('last good', good.t || good.f)}${line('first bad', bad.f)}</dl>`;
}

/** Rows that fit the search. Those that are bad now stand first: they are what one looks for. */
function chosenTracks() {
  const words = tracks.q.toLowerCase().split(/\s+/).filter(Boolean);
  return tracks.data.tracks.filter(one => (!tracks.bad || one.turn) && (tracks.platform === '' || one.p === Number(tracks.platform))
    && words.every(word => one.v.toLowerCase().includes(word)));
}

function trackRows() {
  const list = chosenTracks();
  const shown = list.slice(0, TRACKS_SHOWN);
  const rows = shown.map(track => {
    const first = track.s[0], last = track.s.at(-1);
    return `<tr><th scope="row"><code>${esc(track.v)}</code><p class="dim">${esc(tracks.data.platforms[track.p])}</p></th>
      <td class="when num">${day(first.f[0])}</td><td class="cells">${trackBar(track)}${turnMarkup(track)}</td><td class="when">${day((last.t || last.f)[0])}</td>
      <td>${badge(spanKind(last))}${last.a ? `<p class="dim">${esc(last.a)}</p>` : ''}</td></tr>`;
  }).join('');
  byId('tracks-count').textContent = plural(list.length, 'variant');
  byId('tracks-rows').innerHTML = rows || '<tr><td colspan="5" class="none">Nothing fits.</td></tr>';
  byId('tracks-more').textContent = list.length > shown.length ? `The first ${shown.length} of ${list.length}; a search narrows them down.` : '';
}

function openTracks(route) {
  Object.assign(tracks, { q: route.q, platform: route.p, bad: route.status === 'bad' });
  const { reports, variants, platforms, statuses } = tracks.data;
  const seen = new Set(tracks.data.tracks.flatMap(track => track.s.map(spanKind)));
  const keys = statuses.filter(kind => seen.has(kind)).map(kind => `<span><i class="dot k-${kind}">${glyph(kind)}</i>${kind}</span>`).join('');
  byId('tracks').innerHTML = `<h1>Over time</h1>
    <p class="lead">${plural(reports, 'report')}, ${plural(variants, 'variant')} on their platforms, from the oldest run to the newest. Each cell is a run, or as many as came to the same end one after the other.</p>
    <div class="controls"><label class="search"><span class="unseen">Search</span><input type="search" id="tracks-q" placeholder="Search variants" autocomplete="off" spellcheck="false" value="${esc(tracks.q)}"></label>
      ${platforms.length > 1 ? `<label class="pick"><span class="unseen">Platform</span><select id="tracks-p"><option value="">All platforms</option>${platforms.map((name, i) => `<option value="${i}"${String(i) === tracks.platform ? ' selected' : ''}>${esc(name)}</option>`).join('')}</select></label>` : ''}
      <button type="button" class="toggle" id="tracks-bad" aria-pressed="${tracks.bad}">Bad now</button><p class="count" id="tracks-count" role="status"></p></div>
    <p class="legend">${keys}<span><i class="dot changed"></i>the case had changed</span></p>
    <div class="scroll" tabindex="0" role="region" aria-label="Variants over time"><table class="data tracks"><thead><tr><th scope="col">Variant</th><th scope="col" class="num">From</th><th scope="col">Runs</th><th scope="col">To</th><th scope="col">Now</th></tr></thead><tbody id="tracks-rows"></tbody></table></div>
    <p class="dim" id="tracks-more"></p>`;
  const again = () => { replaceRoute({ q: tracks.q, p: tracks.platform, status: tracks.bad ? 'bad' : '' }); trackRows(); };
  byId('tracks-q').addEventListener('input', event => { tracks.q = event.target.value; again(); });
  byId('tracks-p')?.addEventListener('change', event => { tracks.platform = event.target.value; again(); });
  byId('tracks-bad').addEventListener('click', event => {
    tracks.bad = !tracks.bad;
    event.target.setAttribute('aria-pressed', String(tracks.bad));
    again();
  });
  trackRows();
}
