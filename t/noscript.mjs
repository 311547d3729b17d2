// SPDX-License-Identifier: MIT
// noscript.mjs: looks at pages in Chromium and tells what moved
//
// Started by e2e_noscript.py. Reads one JSON line, a list of jobs
//   {"url": URL, "click": BOOL, "allowed": PREFIX, "document": BOOL, "rows": N}
// and answers with one line, a list of {"noticed": [TEXT...], "status": N}.
// A job with rows stays until a list has so many; "opened" is said before.
// document: mail is the document itself, no page of ours is around it.
import { createInterface } from "node:readline";
import { launchProfile } from "./chromium.mjs";

const AT_ONCE = 4, SETTLE = 200, PATIENCE = 20000;
const { context, close } = await launchProfile({ ignoreHTTPSErrors: true,
	viewport: { width: 1200, height: 900 } });
context.setDefaultTimeout(PATIENCE);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// What the browser itself says when it keeps mail from something.
const KEPT = new RegExp("^Refused to |violates the following Content Security Policy" +
	"|^Blocked |^Not allowed to (load|navigate|launch)" +
	"|^Unsafe attempt to |was preloaded using link preload|^Error parsing a meta element" +
	"|^Tracking Prevention|^Allow attribute|^Failed to load resource|Content Security Policy" +
	"|^Failed to decode downloaded font|^An iframe which has both|^<link rel=preload>|^Mixed Content|^Error: <(path|svg|image)>");

// What it says of pages that are left early, or not there.
const OWN = /^Failed to load resource|^Error while trying to use the following icon/;

function isForeign(url, job) {
	if (!/^(https?|wss?|ftp):/.test(url))
		return false;
	return new URL(url).host !== new URL(job.url).host &&
		!(job.allowed && url.startsWith(job.allowed));
}

function watch(page, job, note) {
	page.on("dialog", (dialog) => {
		note("dialog: " + dialog.message());
		dialog.dismiss().catch(() => {});
	});
	page.on("pageerror", (error) => note("script: " + error.message));
	page.on("console", (m) => {
		const mail = job.document || m.location().url !== job.url;
		if (!(mail && KEPT.test(m.text())) && !OWN.test(m.text()))
			note("console: " + m.text().slice(0, 200));
	});
	// What is kept back is told as a request too, but as one that fails.
	page.on("requestfinished", (request) => {
		if (isForeign(request.url(), job))
			note("request: " + request.url());
	});
	page.on("framenavigated", (frame) => {
		const own = (url) => new URL(url).pathname === new URL(job.url).pathname &&
			!isForeign(url, job);
		if (frame === page.mainFrame() ? !/^(about|chrome-error):/.test(frame.url()) &&
			!own(frame.url()) : isForeign(frame.url(), job))
			note("went to: " + frame.url());
	});
}

// Runs in the page: what no page of ours has.
function oddities() {
	const odd = [];
	for (const e of document.querySelectorAll("*")) {
		for (const a of e.attributes)
			if (/^on/i.test(a.name) || a.name === "srcdoc")
				odd.push(e.localName + " " + a.name);
			else if (["href", "src", "action", "formaction"].includes(a.localName) &&
				URL.canParse(a.value, location.href) &&
				!/^(https?|mailto):$/.test(new URL(a.value, location.href).protocol) &&
				!(e.localName === "link" && a.value.startsWith("data:image/png")))
				odd.push(e.localName + " leads to " + a.value.slice(0, 60));
		if (e.localName === "script" && (e.textContent ||
			!new URL(e.src).pathname.includes("/dist/")))
			odd.push("script");
		if (["style", "object", "embed", "base", "template"].includes(e.localName) ||
			(e.localName === "meta" && e.httpEquiv))
			odd.push(e.localName);
	}
	return odd;
}

async function clickAll(page) {
	for (const frame of page.frames().filter((f, i, all) => i > 0 || all.length === 1))
		for (const target of await frame.locator("a, area, button").all())
			await target.click({ force: true, timeout: 1500, noWaitAfter: true })
				.catch(() => target.dispatchEvent("click", {}, { timeout: 500 }).catch(() => {}));
	await pause(SETTLE);
}

async function touched(page) {
	for (const frame of page.frames()) {
		const ran = await Promise.race([
			frame.evaluate(() => window.canary === 1).catch(() => false),
			pause(1000).then(() => false)]);
		if (ran)
			return true;
	}
	return false;
}

async function rowsOf(page, wanted) {
	console.log(JSON.stringify({ opened: true }));
	await page.waitForFunction((n) => document.querySelectorAll("#list .row").length >= n &&
		document.querySelector("#toasts > *"), wanted);
}

async function look(job) {
	const noticed = [], pages = [];
	const note = (what) => noticed.push(what);
	const page = await context.newPage();
	let status = 0;
	pages.push(page);
	watch(page, job, note);
	page.on("popup", (popup) => {
		pages.push(popup);
		watch(popup, job, note);
	});
	try {
		status = (await page.goto(job.url)).status();
	} catch (error) {
		// Downloads are no pages; nor does a document that goes away load.
		if (!/Download is starting|net::ERR_ABORTED|interrupted/.test(error.message))
			note("failed: " + error.message);
	}
	try {
		if (job.rows)
			await rowsOf(page, job.rows);
		if (job.click)
			await clickAll(page);
		await pause(SETTLE);
		for (const each of pages)
			if (await touched(each))
				note("canary");
		if (!job.document && status)
			for (const odd of await page.evaluate(oddities))
				note("odd: " + odd);
	} catch (error) {
		note("failed: " + error.message);
	}
	for (const each of pages)
		await each.close().catch(() => {});
	return { noticed, status };
}

async function all(jobs) {
	const results = [];
	let next = 0;
	const work = async () => {
		while (next < jobs.length) {
			const i = next++;
			results[i] = await look(jobs[i]);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, work));
	return results;
}

for await (const line of createInterface({ input: process.stdin }))
	console.log(JSON.stringify(await all(JSON.parse(line))));
await close();
