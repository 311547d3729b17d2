// SPDX-License-Identifier: MIT
// shots.mjs: pictures of the pages, for people to look at
//
//   node t/shots.mjs FOLDER NAME=URL...
import { launch } from "./chromium.mjs";

const [folder, ...sites] = process.argv.slice(2);
const widths = [1440, 820, 390];
const { browser, close } = await launch();

async function shot(page, name) {
	await page.waitForTimeout(350);
	await page.screenshot({ path: `${folder}/${name}.png` });
	console.log(`${folder}/${name}.png`);
}

async function message(page, url, name) {
	await page.goto(url);
	const links = await page.locator(".row .go").evaluateAll((all) =>
		all.slice(0, 7).map((a) => a.href));
	if (!links.length)
		return;
	await page.goto(links[0]);
	await shot(page, name + "-html");
	for (const tab of ["source", "headers", "raw"]) {
		await page.goto(links[0] + (links[0].includes("?") ? "&" : "?") + "tab=" + tab);
		await shot(page, name + "-" + tab);
	}
	for (const [i, link] of links.slice(1).entries()) {
		await page.goto(link);
		await shot(page, name + "-message-" + (i + 2));
	}
	const tab = (name) => links[1] + (links[1].includes("?") ? "&" : "?") + "tab=" + name;
	await page.goto(tab("attachments"));
	await shot(page, name + "-attachments");
	await page.goto(tab("findings"));
	await shot(page, name + "-findings");
}

// Each round finds as unread what the one before it found so.
async function unreadOf(url) {
	const found = await (await fetch(url + "api/v1/search?query=is:unread&limit=1000")).json();
	return found.messages.map((m) => m.ID);
}

const restore = (url, ids) => ids.length && fetch(url + "api/v1/messages", { method: "PUT",
	body: JSON.stringify({ IDs: ids, Read: false }) });

for (const width of widths)
	for (const scheme of ["light", "dark"])
		for (const site of sites) {
			const [label, url] = [site.slice(0, site.indexOf("=")), site.slice(site.indexOf("=") + 1)];
			const context = await browser.newContext({ colorScheme: scheme,
				viewport: { width, height: width > 600 ? 900 : 844 }, hasTouch: width < 600 });
			const page = await context.newPage();
			const name = `${label}-${width}-${scheme}`;
			const unread = await unreadOf(url);
			await page.goto(url);
			await shot(page, name);
			if (label === "500") {
				await page.locator(".pick").nth(2).click();
				await page.locator(".pick").nth(4).click();
				await shot(page, name + "-selected");
				await page.goto(url + "search?q=tag%3Aorders");
				await shot(page, name + "-search");
				await message(page, url, name);
				for (const path of ["settings", "help", "tags", "about"]) {
					await page.goto(url + path);
					await shot(page, name + "-" + path);
				}
				if (width < 600) {
					await page.goto(url + "#side");
					await shot(page, name + "-menu");
				}
			}
			await context.close();
			await restore(url, unread);
		}
await close();
