// SPDX-License-Identifier: MIT
// browser.mjs: what a person does with the pages, in Chromium
//
// Started by e2e_browser.py. Reads one JSON line per scenario,
// {"name": NAME, "url": URL, "ids": [ID...]}, and answers each with one,
// {"ok": true} or {"ok": false, "error": TEXT}.
import { createInterface } from "node:readline";
import { axeSource, launch } from "./chromium.mjs";
import * as keys from "./browser_keys.mjs";
import * as list from "./browser_list.mjs";
import * as live from "./browser_live.mjs";
import * as message from "./browser_message.mjs";
import * as rest from "./browser_rest.mjs";

const scenarios = { ...keys, ...list, ...live, ...message, ...rest };
const LIMIT = 240; // seconds, for one scenario
const { browser, close } = await launch();

// What a scenario gets: a page with a short patience, and helpers.
async function run({ name, url, ids }) {
	const contexts = [], noise = [];
	const open = async (options = {}) => {
		const context = await browser.newContext({ viewport: { width: 1440, height: 900 },
			...options });
		contexts.push(context);
		context.setDefaultTimeout(20000);
		const page = await context.newPage();
		page.on("pageerror", (error) => noise.push("script: " + error.message));
		page.on("dialog", (dialog) => {
			noise.push("dialog: " + dialog.message());
			dialog.dismiss();
		});
		return page;
	};
	let timer;
	const tooLong = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`not done after ${LIMIT} s`)), LIMIT * 1000);
	});
	try {
		await Promise.race([scenarios[name]({ open, url, ids, axeSource }), tooLong]);
		if (noise.length)
			throw new Error(noise.join("\n"));
		return { ok: true };
	} catch (error) {
		return { ok: false, error: error.stack || String(error) };
	} finally {
		clearTimeout(timer);
		for (const context of contexts)
			await context.close();
	}
}

for await (const line of createInterface({ input: process.stdin }))
	console.log(JSON.stringify(await run(JSON.parse(line))));
await close();
