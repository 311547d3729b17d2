// SPDX-License-Identifier: MIT
// chromium.mjs: Debian's Chromium by playwright-core, from build/npm
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { mkdtempSync, rmSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const top = fileURLToPath(new URL("..", import.meta.url));
const require = createRequire(join(top, "build/npm/node_modules/x.js"));
const { chromium } = require("playwright-core");

export const axeSource = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
	"--disable-background-networking", "--disable-component-update", "--disable-sync",
	"--disable-dev-shm-usage"];

const options = (folder) => ({
	executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
	headless: true, args: FLAGS, env: { ...process.env, HOME: folder },
});

function ending(folder, what) {
	return async () => {
		await what.close();
		rmSync(folder, { recursive: true, force: true });
	};
}

// A browser with a profile of its own; close() removes it.
export async function launch() {
	const folder = mkdtempSync(join(tmpdir(), "chromium."));
	const browser = await chromium.launch(options(folder));
	return { browser, close: ending(folder, browser) };
}

// A browser as a person has it: its only context remembers, and prepares
// connections that pages announce. It finds nobody but 127.0.0.1.
export async function launchProfile(more) {
	const folder = mkdtempSync(join(tmpdir(), "chromium."));
	const rules = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";
	const without = "--disable-background-networking";
	const all = options(folder);
	const context = await chromium.launchPersistentContext(join(folder, "profile"), { ...all,
		ignoreDefaultArgs: [without],
		args: [...FLAGS.filter((f) => f !== without), rules], ...more });
	return { context, close: ending(folder, context) };
}
