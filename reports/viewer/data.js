// The data of the page: JSON, packed by zlib and base64, in elements that no browser runs. The overview is read at
// once; the rest when it is first asked for.
'use strict';

const parts = new Map(); // id of the element -> promise of its value

async function inflate(id) {
  const element = document.getElementById(id);
  if (!element) return null;
  const packed = atob(element.textContent);
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  element.textContent = ''; // it is not needed again, and it is large
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Response(stream).json();
}

/** The value of one part of the data; null when the page has no such part. */
function part(id) {
  if (!parts.has(id)) parts.set(id, inflate(id));
  return parts.get(id);
}
