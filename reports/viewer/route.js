// Where the reader is, kept in the address: #PART/ID?KEY=VALUE... Every row, cell and filter has an address, so that it
// can be sent to somebody.
'use strict';

let lastMatrix = '#matrix'; // where Esc and the way back lead
const KEYS = ['view', 'q', 'status', 'area', 'class', 'differ', 'at', 'p'];

/** {part, id, q, status, ...}: absent keys are ''. */
function readRoute(hash = location.hash) {
  const [path, query = ''] = hash.replace(/^#/, '').split('?');
  const [part, ...rest] = path.split('/');
  const values = new URLSearchParams(query);
  const route = { part: part || 'matrix', id: rest.map(decodeURIComponent).join('/') };
  for (const key of KEYS) route[key] = values.get(key) || '';
  return route;
}

/** The address of a place; `change` takes the place of what the reader has now. */
function linkTo(change) {
  const route = { ...change };
  const values = new URLSearchParams();
  for (const key of KEYS) if (route[key] !== undefined && route[key] !== '') values.set(key, route[key]);
  const query = values.toString();
  return `#${route.part || 'matrix'}${route.id ? `/${encodeURIComponent(route.id)}` : ''}${query ? `?${query}` : ''}`;
}

/** Changes the address without a new step back. */
function replaceRoute(change) {
  const route = { ...readRoute(), ...change };
  history.replaceState(history.state, '', linkTo(route));
  if (route.part === 'matrix') lastMatrix = linkTo(route);
}
