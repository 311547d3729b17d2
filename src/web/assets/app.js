// SPDX-License-Identifier: MIT
// app.js: live updates, times, theme, notices; what all pages share
//
// Rows and bars are made by the server only. What changes is fetched as a
// page of ours and taken from there piece by piece; nothing that comes from
// mail is ever parsed as HTML here.
"use strict";

const mp = (() => {
	const root = document.documentElement;
	const base = root.dataset.root;
	const byId = (id) => document.getElementById(id);
	const POLL = 5000, REFRESH = 1000, NOTICE = 2000;

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

	// --- Fetching pages and taking pieces from them ---

	async function page(url, options) {
		const answer = await fetch(url, { credentials: "same-origin", ...options });
		const type = answer.headers.get("content-type") || "";
		const text = await answer.text();
		if (!type.startsWith("text/html"))
			throw new Error(text.trim() || "The server answered " + answer.status + ".");
		const doc = new DOMParser().parseFromString(text, "text/html");
		doc.address = answer.url;
		return doc;
	}

	function replace(doc, id) {
		const from = doc.getElementById(id), to = byId(id);
		if (from && to)
			to.replaceWith(document.adoptNode(from));
		return Boolean(from && to);
	}

	function takeCounts(doc) {
		root.dataset.unread = doc.documentElement.dataset.unread;
		root.dataset.total = doc.documentElement.dataset.total;
		const was = document.title.replace(/^\(\d+\) /, "");
		const unread = Number(root.dataset.unread);
		document.title = (unread ? "(" + unread + ") " : "") + was;
		badge(unread);
	}

	// The place of the focus and what is ticked outlast a new list.
	function swapList(doc) {
		const focus = document.activeElement?.closest(".row")?.id;
		const onPick = document.activeElement?.matches(".pick input");
		const seen = new Set([...document.querySelectorAll(".row")].map((r) => r.id));
		const ticked = new Set([...document.querySelectorAll(".row .pick input:checked")]
			.map((i) => i.value));
		const alike = Boolean(doc.getElementById("actions")) === Boolean(byId("actions"));
		if (!alike) {
			const main = byId("main"), notices = byId("notices");
			main.replaceChildren(...document.adoptNode(doc.getElementById("main")).childNodes);
			byId("notices")?.remove();
			main.prepend(notices);
		} else {
			replace(doc, "list-head");
			replace(doc, "all");
			replace(doc, "list");
		}
		replace(doc, "side-nav");
		for (const row of document.querySelectorAll(".row")) {
			const input = row.querySelector(".pick input");
			if (input && ticked.has(input.value))
				input.checked = true;
			if (!seen.has(row.id) && row.classList.contains("unread"))
				row.classList.add("fresh");
		}
		if (focus)
			byId(focus)?.querySelector(onPick ? ".pick input" : ".go")
				?.focus({ preventScroll: true });
		takeCounts(doc);
		arrived();
	}

	function swapSiblings(doc) {
		const rows = doc.getElementById("rows"), to = byId("rows");
		const id = byId("message")?.dataset.id;
		if (rows && to) {
			for (const pick of rows.querySelectorAll(".pick"))
				pick.remove();
			const current = rows.querySelector("#m-" + id);
			current?.classList.add("current");
			current?.querySelector(".go").setAttribute("aria-current", "page");
			const top = byId("siblings").scrollTop;
			to.replaceWith(document.adoptNode(rows));
			byId("siblings").scrollTop = top;
		}
		replace(doc, "side-nav");
		takeCounts(doc);
		arrived();
	}

	// All of a page: what a form led to.
	function show(doc) {
		document.body.replaceWith(document.adoptNode(doc.body));
		document.title = doc.title.replace(/^\(\d+\) /, "");
		takeCounts(doc);
		history.replaceState(null, "", doc.address);
		cleanAddress();
		arrived();
		document.body.querySelector("#message h1, #main")?.focus?.();
	}

	let last = 0, timer = 0;

	// The list as it is now; many events at once make one request.
	function refresh() {
		if (timer)
			return;
		timer = setTimeout(async () => {
			timer = 0;
			last = Date.now();
			const siblings = byId("siblings");
			const isList = document.body.classList.contains("list");
			if (document.hidden && !isList)
				return;
			try {
				if (isList)
					swapList(await page(location.pathname + location.search));
				else if (siblings && !siblings.dataset.grown)
					swapSiblings(await page(siblings.dataset.list));
				else
					takeCounts(await page(base + "about"));
			} catch {
				lamp("slow", "No answer");
			}
		}, Math.max(120, REFRESH - (Date.now() - last)));
	}

	// --- Live updates: server-sent events, or else asking again and again ---

	let source = null, polling = 0, lastSeen = "";

	function lamp(state, text) {
		const live = byId("live");
		if (!live || live.dataset.state === state)
			return;
		live.dataset.state = state;
		live.querySelector(".lamp").className = "lamp " + state;
		live.querySelector(".text").textContent = text;
	}

	async function poll() {
		polling = 0;
		try {
			const answer = await fetch(base + "api/v1/messages?limit=1");
			const list = await answer.json();
			const now = [list.total, list.unread, list.messages[0]?.ID,
				list.messages[0]?.Read, String(list.tags)].join(" ");
			const first = list.messages[0];
			if (lastSeen && now !== lastSeen) {
				if (first && !lastSeen.includes(first.ID))
					announce(first);
				refresh();
			}
			lastSeen = now;
			lamp("slow", "Live, every few seconds");
		} catch {
			lamp("", "Not connected");
		}
		polling = setTimeout(poll, POLL);
	}

	function happened(type, data) {
		if (type === "new")
			announce(data);
		else if (type === "error")
			toast(problem(data), { bad: true });
		else if (type === "stats" && data.Version && data.Version !== root.dataset.version &&
			!document.querySelector("dialog[open], .pick input:checked"))
			location.reload();
		if (type !== "error")
			refresh();
	}

	function problem(data) {
		return [data.Type && data.Type.toUpperCase(), data.IP, data.Message]
			.filter(Boolean).join(" \u00b7 ");
	}

	function listen() {
		if (!window.EventSource) {
			poll();
			return;
		}
		source = new EventSource(base + "events");
		source.onopen = () => {
			clearTimeout(polling);
			polling = 0;
			lamp("on", "Live");
		};
		const take = (event) => {
			let value = {};
			try {
				value = JSON.parse(event.data);
			} catch {
				return;
			}
			happened(value.Type || event.type, value.Data ?? value);
		};
		for (const type of ["message", "new", "update", "delete", "truncate", "prune", "stats"])
			source.addEventListener(type, take);
		// Failures of the connection have this name too, but no data.
		source.addEventListener("error", (event) => {
			if (event.data) {
				take(event);
				return;
			}
			if (source.readyState === EventSource.CLOSED)
				setTimeout(listen, 30000);
			if (!polling)
				poll();
		});
	}

	// --- Telling of new mail ---

	let announced = 0;

	function announce(data) {
		if (!data?.ID || Date.now() - announced < NOTICE)
			return;
		announced = Date.now();
		const from = data.From?.Name || data.From?.Address || "somebody";
		const subject = data.Subject || "no subject";
		const url = base + "view/" + data.ID;
		if ("notify" in root.dataset && window.Notification?.permission === "granted") {
			const note = new Notification("New mail from " + from,
				{ body: subject.slice(0, 100), tag: data.ID, icon: base + "favicon.svg" });
			note.onclick = () => {
				window.focus();
				location.assign(url);
			};
			return;
		}
		const inbox = document.body.classList.contains("list") && !location.search;
		toast("New message: " + subject, { url, quiet: inbox });
	}

	function toast(text, { url = "", bad = false, quiet = false } = {}) {
		const box = document.createElement("div"), line = document.createElement("p");
		box.className = quiet ? "vh" : bad ? "toast bad" : "toast";
		if (url) {
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
		setTimeout(() => box.remove(), bad ? 9000 : 6000);
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

	function theme() {
		const next = { auto: "dark", dark: "light", light: "auto" }[root.dataset.theme];
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
		const live = byId("live");
		if (live && !live.dataset.state && source?.readyState === 1)
			lamp("on", "Live");
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
		listen();
		setInterval(times, 30000);
	});
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden)
			refresh();
	});
	window.addEventListener("pagehide", () => source?.close());

	return { base, root, byId, page, show, swapList, replace, refresh, toast, prefer,
		preferences, theme, notify, cleanAddress, takeCounts, arrived, arrivals };
})();
