// SPDX-License-Identifier: MIT
// app.js: preferences, notices, times, theme; what all pages share
//
// Rows and bars are made by the server only. What changes is fetched as a
// page of ours and taken from there piece by piece (swap.js); nothing that
// comes from mail is ever parsed as HTML here.
"use strict";

const mp = (() => {
	const root = document.documentElement;
	const base = root.dataset.root;
	const byId = (id) => document.getElementById(id);

	// --- Preferences: one cookie, which the server reads too ---

	function preferences() {
		const found = document.cookie.split("; ")
			.find((c) => c.startsWith(root.dataset.cookie + "="));
		const map = new Map();
		for (const pair of (found || "").slice(root.dataset.cookie.length + 1).split("|")) {
			const colon = pair.indexOf(":");
			if (colon > 0)
				map.set(pair.slice(0, colon), pair.slice(colon + 1));
		}
		return map;
	}

	function prefer(key, value) {
		const map = preferences();
		map.set(key, value);
		const text = [...map].map(([k, v]) => k + ":" + v).join("|");
		document.cookie = root.dataset.cookie + "=" + text + "; path=" + base +
			"; max-age=31536000; samesite=lax";
	}

	// --- Notices, and how many messages are unread ---

	function toast(text, { url = "", bad = false, quiet = false } = {}) {
		const box = document.createElement("div"), line = document.createElement("p");
		box.className = quiet ? "vh" : bad ? "toast bad" : "toast";
		if (url && !quiet) {
			const link = document.createElement("a");
			link.href = url;
			link.textContent = text;
			link.dir = "auto";
			line.append(link);
		} else {
			line.textContent = text;
		}
		box.append(line);
		if (!quiet) {
			const close = document.createElement("button");
			close.type = "button";
			close.className = "plain";
			close.textContent = "Close";
			close.onclick = () => box.remove();
			box.append(close);
		}
		byId("toasts").append(box);
		const end = () => (box.matches(":hover, :focus-within")
			? setTimeout(end, 2000) : box.remove());
		setTimeout(end, bad ? 9000 : 6000);
	}

	let shown = -1, favicon = null;

	function badge(unread) {
		if (unread === shown)
			return;
		shown = unread;
		if (unread)
			navigator.setAppBadge?.(unread).catch(() => {});
		else
			navigator.clearAppBadge?.().catch(() => {});
		const link = document.querySelector("link[rel=icon]");
		favicon ??= link.href;
		if (!unread) {
			link.href = favicon;
			return;
		}
		const image = new Image();
		image.onload = () => {
			const canvas = document.createElement("canvas");
			canvas.width = canvas.height = 64;
			const c = canvas.getContext("2d");
			c.drawImage(image, 0, 0, 64, 64);
			const text = unread > 999 ? Math.floor(unread / 1000) + "k" : String(unread);
			const width = Math.max(34, 16 + text.length * 15);
			c.fillStyle = "#c62828";
			c.beginPath();
			c.roundRect(64 - width, 28, width, 36, 18);
			c.fill();
			c.fillStyle = "#fff";
			c.font = "bold 28px system-ui, sans-serif";
			c.textAlign = "center";
			c.textBaseline = "middle";
			c.fillText(text, 64 - width / 2, 47);
			link.href = canvas.toDataURL("image/png");
		};
		image.src = favicon;
	}

	// --- Times ---

	const MINUTE = 60, HOUR = 3600, DAY = 86400;

	function age(date) {
		const seconds = Math.floor((Date.now() - date) / 1000);
		if (seconds > -MINUTE && seconds < MINUTE)
			return "now";
		if (seconds >= MINUTE && seconds < HOUR)
			return Math.floor(seconds / MINUTE) + " min";
		if (seconds >= HOUR && seconds < DAY)
			return Math.floor(seconds / HOUR) + " h";
		if (seconds >= DAY && seconds < 7 * DAY)
			return Math.floor(seconds / DAY) + " d";
		return "";
	}

	function times() {
		for (const t of document.querySelectorAll("time[data-age]")) {
			const text = age(new Date(t.dateTime));
			if (text && text !== t.textContent)
				t.textContent = text;
		}
	}

	// The server learns the zone once; until then times are put right here.
	function zone() {
		const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
		if (!here || root.dataset.browser === here)
			return;
		prefer("browser", here);
		root.dataset.browser = here;
		if (root.dataset.zone)
			return;
		const form = new Intl.DateTimeFormat("en-GB",
			{ dateStyle: "medium", timeStyle: "long", timeZone: here });
		for (const t of document.querySelectorAll("time")) {
			t.title = form.format(new Date(t.dateTime));
			if (!("age" in t.dataset))
				t.textContent = t.title;
		}
	}

	// --- Theme ---

	// From what the system has to the other, to that one for good, and back.
	function theme() {
		const [own, other] = matchMedia("(prefers-color-scheme: dark)").matches
			? ["dark", "light"] : ["light", "dark"];
		const next = { auto: other, [other]: own, [own]: "auto" }[root.dataset.theme];
		root.dataset.theme = next;
		prefer("theme", next);
		toast({ auto: "Colours as the system has them", dark: "Dark", light: "Light" }[next]);
	}

	// What was done is said once, and not again with a reload.
	function cleanAddress() {
		const url = new URL(location.href);
		for (const name of ["undo", "done", "n", "no"])
			url.searchParams.delete(name);
		if (url.href !== location.href)
			history.replaceState(null, "", url.href);
		setTimeout(() => document.querySelector("#notices .good")?.remove(), 5000);
	}

	function bell() {
		const button = byId("bell");
		if (button)
			button.hidden = !window.Notification || !window.isSecureContext ||
				"notify" in root.dataset || Notification.permission === "denied";
	}

	async function notify() {
		if (await Notification.requestPermission() !== "granted")
			return false;
		prefer("notify", "on");
		root.dataset.notify = "";
		bell();
		toast("The browser will tell of new messages. Settings switch it off.");
		return true;
	}

	// --- Every page ---

	const arrivals = [];

	function arrived() {
		times();
		bell();
		for (const f of arrivals)
			f();
	}

	document.addEventListener("click", (event) => {
		const at = (selector) => event.target.closest?.(selector);
		if (at("#theme"))
			theme();
		else if (at("#bell"))
			notify();
		else if (at("button#print"))
			window.print();
		else
			for (const pop of document.querySelectorAll("details.pop[open]"))
				if (!pop.contains(event.target))
					pop.open = false;
	});

	document.addEventListener("DOMContentLoaded", () => {
		zone();
		cleanAddress();
		badge(Number(root.dataset.unread));
		arrived();
		setInterval(times, 30000);
	});

	return { base, root, byId, toast, badge, prefer, preferences, theme, notify,
		cleanAddress, arrived, arrivals };
})();
