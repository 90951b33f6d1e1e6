// The page in a real browser: what people see and do, held against the reports it was made of.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { open, startBrowser } from './browser.mjs';
import { measurement } from './measurement.mjs';
import { FOLDER, kipc, manyReports, pageOf, read, run, TOP } from './reports.mjs';

const FAILING = 'sysv-sem.undo.fork-exec-kill[exec=false]';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser, clean, broken, two, every, measured, over;
const opened = [];

before(async () => {
  browser = await startBrowser();
  clean = run('clean', '--keep-history');
  broken = run('broken', '--keep-history', '--saboteur', 'sem-undo-dropped', 'sysv-sem');
  two = pageOf('two', [clean, broken]);
  measured = pageOf('measured', [clean], [measurement(clean.platform), measurement({ ...clean.platform, kernel_release: '6.1.0' }, 1.7)]);
  over = `file://${join(FOLDER, 'over.html')}`;
  kipc('history', days('over', 9, 6), '--all', '--html', over.slice('file://'.length));
  every = pageOf('every', [read('harness/report/golden/report.json')]);
});
afterEach(async () => {
  for (const page of opened.splice(0)) {
    assert.deepEqual(page.complaints, [], 'the page complained');
    await page.context().close();
  }
});
after(async () => {
  await browser?.close();
  rmSync(FOLDER, { recursive: true, force: true });
});

const catalogue = () => readdirSync(join(TOP, 'cases/assertions')).flatMap(file => read(`cases/assertions/${file}`).assertions);
const visit = async (address, options) => {
  const page = await open(browser, address, options);
  opened.push(page);
  return page;
};
const text = (page, selector) => page.locator(selector).innerText();
const shown = async page => Number((await text(page, '#count')).match(/[\d,]+/)[0].replace(',', ''));
const address = page => page.evaluate(() => location.hash);
const caseAt = (id, p) => `#case/${encodeURIComponent(id)}${p ? `?p=${p}` : ''}`;
const variantOf = (report, id) => report.variants.find(one => one.variant === id);
const statusesOf = list => list.reduce((counts, { status }) => ({ ...counts, [status]: (counts[status] || 0) + 1 }), {});

test('it opens from disk with every guarantee and both platforms', async () => {
  const page = await visit(two);
  const all = kipc('coverage').trim().split('\n').at(-1).split(/\s+/).at(-1);
  assert.equal(await shown(page), Number(all));
  assert.equal(await page.locator('#head [role=columnheader]').count(), 3);
  assert.match(await text(page, '#head'), /saboteur sem-undo-dropped/);
});

test('platforms of one release are told apart by what is special about each', async () => {
  const golden = read('harness/report/golden/report.json');
  const on = platform => ({ ...golden, platform: { ...golden.platform, euid: 0, container: '', distribution: '', ...platform } });
  const page = await visit(pageOf('names', [on({ kernel_release: '5.10' }), on({ kernel_release: '6.18', container: 'bubblewrap (why)' }), on({ kernel_release: '6.18', euid: 1000 }), on({ kernel_release: '6.1', machine: 's390x' })]));
  const names = await page.locator('#head .ph').evaluateAll(heads => heads.map(head => head.innerText.replace(/\s+/g, ' ').trim()));
  assert.deepEqual(names, ['5.10', '6.18 bubblewrap', '6.18 uid 1000', '6.1']);
});

test('the cases show the statuses of the report, all eight of them', async () => {
  for (const [where, report] of [[two, clean], [every, read('harness/report/golden/report.json')]]) {
    const page = await visit(`${where}#matrix?view=cases`);
    const expected = statusesOf([...new Map(report.variants.map(one => [one.variant, one])).values()]);
    const platforms = await page.locator('.ph').count();
    if (platforms > 1) continue; // several platforms share a row: the next test looks at them
    for (const [status, n] of Object.entries(expected)) {
      const chip = page.locator(`#chips [data-kind=${status}]`);
      assert.equal((await chip.innerText()).replace(/\s+/g, ' ').trim(), `${status} ${n}`);
    }
  }
  assert.deepEqual(Object.keys(statusesOf(read('harness/report/golden/report.json').variants)).sort(),
    ['DONE', 'ERROR', 'FAIL', 'MISS', 'PASS', 'SKIP', 'XFAIL', 'XPASS']);
});

test('a cell says what the report says of its variant on its platform', async () => {
  const page = await visit(`${two}#matrix?view=cases&area=sysv-sem&status=FAIL`);
  const failed = broken.variants.filter(one => one.status === 'FAIL');
  assert.ok(failed.length > 5);
  assert.equal(await shown(page), failed.length);
  for (const { variant, got } of failed) {
    await page.goto(`${two}#matrix?view=cases&at=${encodeURIComponent(variant)}&p=1`);
    const row = page.locator('.item.chosen');
    await row.waitFor();
    assert.match(await row.locator('[role=gridcell]').nth(0).getAttribute('aria-label'), /^(PASS|XFAIL|DONE|SKIP)/);
    assert.equal(await row.locator('[role=gridcell]').nth(1).getAttribute('aria-label'), `FAIL: ${got}`);
  }
});

test('runs of one variant that disagree are flaky', async () => {
  const report = read('harness/report/golden/report.json');
  const again = report.variants.findLast(one => one.repetition === 1);
  Object.assign(again, { status: 'FAIL', reason: 'reader: read: expected return 0, got 3' });
  const page = await visit(`${pageOf('flaky', [report])}#matrix?view=cases&status=FLAKY`);
  assert.equal(await shown(page), 1);
  assert.match(await text(page, '#rows'), /many-writers/);
});

test('filters leave what they say, and stand in the address', async () => {
  const page = await visit(two);
  await page.fill('#q', 'SEM_UNDO');
  const found = await shown(page);
  assert.equal(found, catalogue().filter(one => JSON.stringify([one.id, one.interface, one.statement, one.ref]).includes('SEM_UNDO')).length);
  assert.ok(found > 2);
  await page.click('#differ');
  const differing = await shown(page);
  assert.ok(differing > 0 && differing < found);
  await page.click('#chips [data-kind=FAIL]');
  assert.ok(await shown(page) <= differing);
  assert.match(await address(page), /q=SEM_UNDO/);
  assert.match(await address(page), /status=FAIL/);
  const same = await visit(two + await address(page));
  assert.equal(await same.inputValue('#q'), 'SEM_UNDO');
  assert.equal(await shown(same), await shown(page));
  assert.equal(await same.getAttribute('#differ', 'aria-pressed'), 'true');
  await page.fill('#q', 'no guarantee says this');
  assert.equal(await page.isVisible('#none'), true);
  await page.click('#clear');
  assert.equal(await page.inputValue('#q'), '');
  await page.selectOption('#klass', 'limit');
  assert.equal(await shown(page), catalogue().filter(one => one.class === 'limit').length);
  await page.selectOption('#klass', '');
  await page.selectOption('#area', 'mq');
  assert.deepEqual([...new Set(await page.locator('.area .t').allInnerTexts())], ['mq']);
});

test('a row and a cell have addresses', async () => {
  const page = await visit(`${two}#matrix?at=semop.undo-on-sigkill&p=1`);
  assert.match(await text(page, '#inspector'), /SEM_UNDO adjustments are applied/);
  assert.match(await text(page, '#inspector'), /semop\(\)/);
  const row = page.locator('.item.chosen');
  assert.ok(await row.isVisible());
  const box = await row.boundingBox();
  assert.ok(box.y > 0 && box.y < 900, 'the row is in sight');
  await page.locator('.item.chosen [role=gridcell]').nth(0).click();
  assert.match(await address(page), /at=semop\.undo-on-sigkill&p=0/);
  await page.reload();
  await page.waitForSelector('html[data-ready]');
  assert.ok(await page.locator('.item.chosen').isVisible());
});

test('a case shows its statement, its clause, and the trace that kipc show prints', async () => {
  const page = await visit(`${two}#matrix?at=pipe-read.eof-when-no-writer`);
  await page.click('#inspector .variants a:has-text("pipe.eof.last-writer-closes")');
  await page.waitForSelector('#case h1');
  assert.equal(await text(page, '#case h1'), variantOf(clean, 'pipe.eof.last-writer-closes').title);
  assert.match(await text(page, '.asserts'), /pipe-read\.eof-when-no-writer/);
  const told = kipc('show', 'pipe.eof.last-writer-closes').split('\n').filter(line => /^ *\d+ /.test(line));
  assert.ok(told.length >= 8);
  const lines = await page.locator('.columns .trace li').evaluateAll(list => list.map(li => li.innerText.replace(/\s+/g, ' ').trim()));
  assert.deepEqual(lines, told.map(line => line.replace(/\s+/g, ' ').trim()));
});

test('the picture has a lane for each actor, what slept, and arrows from writes to reads', async () => {
  const page = await visit(two + caseAt('pipe.eof.last-writer-closes'));
  await page.waitForSelector('svg.lanes');
  assert.deepEqual(await page.locator('.lanes .who').allTextContents(), ['parent', 'writer']);
  assert.equal(await page.locator('.lanes:not(.scale) .sleep.woke').count(), 1);
  assert.deepEqual(await page.locator('.lanes .flow title').allTextContents(),
    ['write(w, "hello") = 5 reached read(r, 16) = 5 "hello"']);
  const events = variantOf(clean, 'pipe.eof.last-writer-closes').history.events.length;
  assert.equal(await page.locator('.steps li').count(), events);
  await page.goto(two + caseAt('pipe.kill.writer-inside-write'));
  await page.waitForSelector('.lanes .e.fault');
  assert.equal(await page.locator('.lanes .sleep.died').count(), 1);
});

test('a failing case shows what was expected and what came, where it happened', async () => {
  const told = variantOf(broken, FAILING);
  const page = await visit(two + caseAt(FAILING, 1));
  await page.waitForSelector('.verdict');
  const verdict = await text(page, '.verdict');
  for (const part of [told.reason, told.expected, told.got, ...told.clauses]) assert.ok(verdict.includes(part), part);
  assert.equal(await page.locator('.columns .trace .bad .ln').innerText(), String(told.line));
  assert.equal(await page.locator('.lanes .wrong').count(), 1);
  assert.equal(await page.locator('.lanes text.want').textContent(), told.expected);
  assert.equal(await page.locator('.lanes text.have').textContent(), told.got);
  assert.equal(await page.locator('.tabs [aria-current]').count(), 1);
  await page.click('.tabs a >> nth=0');
  await page.waitForSelector('#case .badge.k-PASS');
  assert.equal(await page.locator('.lanes .wrong').count(), 0);
});

test('the keyboard reaches everything', async () => {
  const page = await visit(two);
  const active = () => page.evaluate(() => document.activeElement.getAttribute('aria-activedescendant'));
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'q');
  await page.keyboard.type('SEM_UNDO');
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'grid');
  await page.keyboard.press('Control+Home');
  assert.equal(await active(), 'c0-0');
  for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  assert.equal(await active(), 'c2-1');
  await page.keyboard.press('Enter');
  assert.ok(await page.isVisible('#inspector'));
  await page.keyboard.press('Escape');
  assert.ok(!await page.isVisible('#inspector'));
  await page.keyboard.press('End');
  assert.equal(await active(), 'c2-2');
  await page.keyboard.press('?');
  assert.ok(await page.isVisible('#keys'));
  await page.keyboard.press('Escape');
  await page.fill('#q', '');
  await page.focus('#grid');
  await page.keyboard.press('Control+Home');
  const before = await page.getAttribute('#grid', 'aria-rowcount');
  await page.keyboard.press('ArrowLeft');
  assert.equal(await page.getAttribute('#rows .area', 'aria-expanded'), 'false');
  assert.ok(Number(await page.getAttribute('#grid', 'aria-rowcount')) < Number(before));
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getAttribute('#grid', 'aria-rowcount'), before);
  await page.evaluate(() => { location.hash = '#matrix?area=mq'; });
  await page.waitForFunction(() => document.getElementById('area').value === 'mq');
  await page.goto(two + caseAt(FAILING, 1));
  await page.waitForSelector('.verdict');
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => location.hash === '#matrix?area=mq');
});

test('coverage agrees with kipc coverage', async () => {
  const page = await visit(`${two}#coverage`);
  const rows = await page.locator('#coverage tbody tr').allInnerTexts();
  for (const line of kipc('coverage').trim().split('\n').slice(1)) {
    const [area, ...cells] = line.trim().split(/\s+/);
    const row = rows.find(one => one.trim().split(/\s+/)[0] === area);
    assert.ok(row, area);
    assert.equal(row.trim().split(/\s+/).at(-1), cells.at(-1), area);
  }
});

test('without measurements there is no part for costs', async () => {
  const page = await visit(`${two}#costs`);
  assert.equal(await page.locator('#nav a:has-text("Costs")').count(), 0);
  assert.ok(await page.isVisible('#grid'));
});

test('costs: curves, where they cross, distributions, and the numbers', async () => {
  const page = await visit(`${measured}#costs`);
  assert.equal(await page.locator('#costs .curve').count(), 2 * 6); // six mechanisms with data on two platforms
  assert.equal(await page.locator('#costs .hill').count(), 2 * 6);
  // 2300 + 0.9 n and 2600 + 0.31 n meet at n = 508; the line between the sizes 64 and 1024 is straight in logarithms.
  const crossed = await page.locator('.crossed li').allInnerTexts();
  const size = Number(crossed.find(line => /shm-ring is faster .* pipe above/.test(line)).match(/below (\d+) B/)[1]);
  assert.ok(size > 64 && size < 1024, `${size}`);
  await page.selectOption('#size', '4096');
  const row = await page.locator('#costs [aria-label="Costs of an exchange"] tbody tr:has-text("pipe")').first().innerText();
  assert.match(row, /3\.87 µs/); // 2600 + 0.31 * 4096
  assert.match(row, /16384/);
  await page.click('[data-placement="two-cores"]');
  assert.match(await page.locator('#costs [aria-label="Costs of an exchange"] tbody tr:has-text("pipe")').first().innerText(), /9\.07 µs/);
  await page.click('[data-mechanism="pipe"]');
  assert.equal(await page.locator('#costs [aria-label="Costs of an exchange"] tbody tr:has-text("pipe")').count(), 0);
  await page.click('[data-kind="one way"]');
  assert.equal(await page.locator('#costs .hill').count(), 0);
});

test('costs: the claims, as kipc judges them', async () => {
  const page = await visit(`${measured}#costs`);
  const told = kipc('claims', '--from', join(FOLDER, 'measured-measure-0.json')).split('\n').filter(line => /^(holds|does not hold|not measurable here) /.test(line));
  assert.ok(told.length >= 10);
  const rows = await page.locator('.claims tbody tr').evaluateAll(list => list.map(row => [row.cells[2].querySelector('.badge').textContent, row.cells[0].firstChild.textContent]));
  assert.deepEqual(rows.map(([verdict, says]) => `${verdict.padEnd(20)}${says}`), told);
  assert.equal(await page.locator('.claims thead th').count(), 4); // two platforms
  assert.ok(rows.some(([verdict]) => verdict === 'holds') && rows.some(([verdict]) => verdict === 'not measurable here'));
});

/** A folder of reports of `days` days in which one variant fails from day `bad` on. */
function days(name, count, bad) {
  const folder = join(FOLDER, name);
  mkdirSync(folder);
  const { variants, ...report } = read('harness/report/golden/report.json');
  for (let i = 0; i < count; i++) {
    const list = variants.filter(one => ['PASS', 'SKIP'].includes(one.status)).map(({ history, ...one }) => one);
    if (i >= bad) Object.assign(list.find(one => one.status === 'PASS'), { status: 'FAIL', reason: 'expected 0, got 3', got: '3' });
    const counts = Object.fromEntries(Object.keys(report.counts).map(status => [status, list.filter(one => one.status === status).length]));
    const started = new Date(Date.UTC(2026, 0, 1 + i)).toISOString().replace('.000', '');
    writeFileSync(join(folder, `${String(i).padStart(3, '0')}.json`), JSON.stringify({ ...report, started, variants: list, counts, selected: list.length }));
  }
  return folder;
}

test('over time: a cell for each run, and where it went bad', async () => {
  const file = join(FOLDER, 'history.html');
  kipc('history', days('few', 9, 6), '--html', file);
  const page = await visit(`file://${file}`);
  assert.deepEqual(await page.locator('#nav a').allInnerTexts(), ['Over time']);
  assert.equal(await page.locator('#tracks-rows tr').count(), 1); // the others never changed
  assert.equal(await page.locator('.track i').count(), 9);
  assert.equal(await page.locator('.track i.k-FAIL').count(), 3);
  assert.match(await text(page, '.turn'), /last good\s+2026-01-06.*005\.json\s+first bad\s+2026-01-07.*006\.json/s);
  await page.fill('#tracks-q', 'no such variant');
  assert.match(await text(page, '#tracks-rows'), /Nothing fits/);
  assert.match(await address(page), /q=no\+such/);
  kipc('history', days('many-days', 80, 70), '--all', '--html', file);
  const long = await visit(`file://${file}#tracks?status=bad`);
  assert.equal(await long.locator('#tracks-rows tr').count(), 1);
  assert.equal(await long.locator('.track i').count(), 2); // 70 good ones and 10 bad ones
  await long.click('#tracks-bad');
  assert.ok(await long.locator('#tracks-rows tr').count() > 1);
});

test('2,000 variants on 12 platforms', async () => {
  const page = await visit(pageOf('many', manyReports(clean)) + '#matrix?view=cases');
  const took = await page.evaluate(() => performance.getEntriesByName('interactive')[0].startTime);
  const busy = (await page.busy()).toFixed(0);
  console.log(`2,000 variants x 12 platforms: interactive after ${took.toFixed(0)} ms, ${busy} ms of processor time`);
  assert.equal(await shown(page), 2000);
  assert.equal(await page.locator('.ph').count(), 12);
  assert.ok(await page.locator('#rows [role=row]').count() < 150, 'only what can be seen is drawn');
  await page.focus('#grid');
  await page.keyboard.press('Control+End');
  const last = await page.getAttribute('#grid', 'aria-rowcount');
  assert.ok(await page.locator(`#rows [aria-rowindex="${last}"]`).isVisible());
  const began = Date.now();
  await page.click('#chips [data-kind=FAIL]');
  const n = await shown(page);
  console.log(`filtered to ${n} rows after ${Date.now() - began} ms`);
  assert.ok(n > 200 && n < 600, `${n} rows`);
});

test('on paper all rows are there', async () => {
  const page = await visit(`${two}#matrix?area=mq`);
  const all = Number(await page.getAttribute('#grid', 'aria-rowcount')) - 1;
  assert.ok(await page.locator('#rows [role=row]').count() < all);
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('#rows [role=row]').count(), all);
});

test('what a report says is text, whatever it looks like', async () => {
  const report = read('harness/report/golden/report.json');
  const evil = '<img src=x onerror="document.title=1"></script><script>document.title=2</script>';
  for (const one of report.variants) {
    if (one.reason) one.reason = evil;
    if (one.got) one.got = evil;
    one.title = evil;
  }
  report.platform.distribution = evil;
  const where = pageOf('evil', [report]);
  for (const hash of ['#matrix?view=cases', '#platforms', caseAt(report.variants[0].variant)]) {
    const page = await visit(where + hash);
    await page.waitForSelector('main :text("onerror")');
    assert.equal(await page.locator('img').count(), 0);
    assert.match(await page.title(), /kipc/);
  }
});

const PLACES = [['the matrix', ''], ['costs', 'measured'], ['a chosen cell', '#matrix?at=semop.undo-on-sigkill&p=1'],
  ['the cases', '#matrix?view=cases&area=pshared'], ['a failing case', caseAt(FAILING, 1)],
  ['over time', 'history'], ['a case that passes', caseAt('pipe.kill.writer-inside-write')], ['coverage', '#coverage'], ['platforms', '#platforms']];
for (const colorScheme of ['light', 'dark'])
  test(`axe finds nothing, ${colorScheme}`, async () => {
    for (const [name, hash] of PLACES) {
      const page = await visit({ measured: `${measured}#costs`, history: over }[hash] ?? two + hash, { colorScheme });
      await page.waitForSelector('main > section:not([hidden]) *');
      if (hash.startsWith('#case')) await page.waitForSelector('svg.lanes');
      assert.equal(await page.getAttribute('html', 'data-theme'), colorScheme);
      await page.evaluate(AXE);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
      const found = violations.map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} ${node.any[0]?.message || ''}`).join(' | ')}`);
      assert.deepEqual(found, [], name);
    }
  });
