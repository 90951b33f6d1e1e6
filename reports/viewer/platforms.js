// What was run where: the fingerprints side by side, those lines first in which they differ.
'use strict';

const fact = value => (Array.isArray(value) ? value.join(' ') : typeof value === 'object' && value !== null
  ? Object.entries(value).map(([k, v]) => `${k} ${v}`).join(', ') : String(value));

/** [[name, value of each platform...], ...] of one part of the fingerprints. */
function factsOf(platforms, pick) {
  const keys = [];
  for (const one of platforms) for (const key of Object.keys(pick(one) || {})) if (!keys.includes(key)) keys.push(key);
  return keys.map(key => [key, ...platforms.map(one => {
    const value = pick(one)?.[key];
    return value === undefined ? '' : fact(value);
  })]);
}

function factTable(title, rows, platforms, open) {
  const body = rows.map(([key, ...values]) => {
    const same = new Set(values).size === 1;
    return `<tr${same || values.length === 1 ? '' : ' class="differ"'}><th scope="row"><code>${esc(key)}</code></th>${same && values.length > 1
      ? `<td colspan="${values.length}">${esc(values[0])}</td>` : values.map(value => `<td>${esc(value)}</td>`).join('')}</tr>`;
  }).join('');
  const unlike = platforms.length > 1 ? rows.filter(([, ...values]) => new Set(values).size > 1).length : 0;
  return `<details class="list"${open ? ' open' : ''}><summary>${esc(title)} <span class="dim">${rows.length}${unlike ? `, ${unlike} differ` : ''}</span></summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${esc(title)}"><table class="data facts"><thead><tr><th scope="col"><span class="unseen">Fact</span></th>${platforms.map(one =>
      `<th scope="col">${esc(one.name)}</th>`).join('')}</tr></thead><tbody>${body}</tbody></table></div></details>`;
}

function openPlatforms(route, model) {
  const { platforms } = model;
  const runs = factsOf(platforms, ({ report }) => ({
    'started': report.started, 'took': duration(report.duration_ns), 'kipc': report.kipc_version, 'case set': report.case_set,
    'arguments': report.arguments.join(' '), 'isolation': report.isolation, 'saboteur': report.saboteur || '–',
    'finished': report.complete ? 'yes' : `no: ${report.runs.length} of ${report.selected}`, 'deadlines': `${report.slow_percent} %`,
  }));
  const cards = platforms.map(({ name, counts, report }) => `<li><h2>${esc(name)}</h2><p class="dim">${esc([`${report.platform.kernel} ${report.platform.kernel_release} ${report.platform.machine}`, report.platform.distribution].filter(Boolean).join(', '))}</p>
    ${bar(sorted(counts))}<p>${sorted(counts).map(([kind, n]) => `<a class="tally" href="${linkTo({ view: 'cases', status: kind })}">${badge(kind)} ${n}</a>`).join(' ')}</p>
    ${report.complete ? '' : '<p class="reason">The run was stopped before its end.</p>'}</li>`).join('');
  const plain = ({ report }) => Object.fromEntries(Object.entries(report.platform).filter(([, value]) => typeof value !== 'object' || Array.isArray(value)));
  byId('platforms').innerHTML = `<h1>${platforms.length > 1 ? 'Platforms' : 'Platform'}</h1><ul class="cards">${cards}</ul>
    ${factTable('Run', runs, platforms, true)}${factTable('Platform', factsOf(platforms, plain), platforms, true)}
    ${factTable('Kernel options', factsOf(platforms, one => one.report.platform.config_options), platforms)}
    ${factTable('Limits', factsOf(platforms, one => Object.fromEntries(Object.entries(one.report.platform.limits).map(([k, v]) => [k, `${v.soft} / ${v.hard}`]))), platforms)}
    ${factTable('Sysctls', factsOf(platforms, one => one.report.platform.sysctls), platforms)}
    ${factTable('Mitigations', factsOf(platforms, one => one.report.platform.mitigations), platforms)}`;
}
