// A headless Chromium, and pages that tell when anything is wrong in them or when they ask for something.
import { chromium } from 'playwright-core';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export const startBrowser = () => chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: FLAGS });

/** A page at `address` that is ready. `complaints`: what it put on its console, threw, or asked the network for. */
export async function open(browser, address, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => complaints.push(`thrown: ${error.stack}`));
  page.on('request', request => {
    if (!request.url().startsWith('file:') && !request.url().startsWith('data:')) complaints.push(`asked for ${request.url()}`);
  });
  const tools = await context.newCDPSession(page);
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  // Milliseconds that the page has kept its processor busy: unlike the clock it does not count what others do there.
  const busy = async () => 1000 * (await tools.send('Performance.getMetrics')).metrics.find(one => one.name === 'TaskDuration').value;
  return Object.assign(page, { busy, complaints });
}
