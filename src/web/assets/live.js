// SPDX-License-Identifier: MIT
// live.js: the list as it is now: by the stream, or else by asking again
"use strict";

(() => {
	const { base, byId, root } = mp;
	const POLL = 5000, REFRESH = 1000, NOTICE = 2000, WHISPER = 10000, TRIES = 5;
	const isList = () => document.body.classList.contains("list");
	const pause = (ms) => new Promise((done) => setTimeout(done, ms));

	// On a later page the rows stay where they are: its start moves along
	// with the messages that came before it, also while it is fetched.
	async function fetchList() {
		const url = new URL(location.href);
		const top = document.querySelector("#list .row")?.id;
		let { start, matches } = byId("list").dataset;
		for (let tries = 0; ; tries++) {
			const doc = await mp.page(url.pathname + url.search);
			const is = doc.getElementById("list").dataset;
			if (is.start !== start) {
				history.replaceState(null, "", doc.address); // all there was is gone
				return doc;
			}
			const at = [...doc.querySelectorAll("#list .row")].findIndex((row) => row.id === top);
			const by = at < 0 ? is.matches - matches : at;
			if (start === "0" || !top || by <= 0 || tries === TRIES)
				return doc;
			start = String(Number(start) + by);
			matches = is.matches;
			url.searchParams.set("start", start);
			history.replaceState(null, "", url.href);
		}
	}

	let last = 0, timer = 0;

	// Many events at once make one request.
	function refresh() {
		if (timer)
			return;
		timer = setTimeout(async () => {
			timer = 0;
			last = Date.now();
			const siblings = byId("siblings");
			if (document.hidden && !isList())
				return;
			try {
				if (isList() && byId("list"))
					mp.swapList(await fetchList());
				else if (siblings)
					mp.swapSiblings(await mp.page(siblings.dataset.list));
				else
					mp.takeCounts(await mp.page(base + "about"));
			} catch {
				lamp("slow", "No answer");
			}
		}, Math.max(120, REFRESH - (Date.now() - last)));
	}

	// --- The connection ---

	let connected = false, polls = false, lastSeen = "";

	function lamp(state, text) {
		const live = byId("live");
		if (!live || live.dataset.state === state)
			return;
		live.dataset.state = state;
		live.querySelector(".lamp").className = "lamp " + state;
		live.querySelector(".text").textContent = text;
	}

	async function look() {
		const answer = await fetch(base + "api/v1/messages?limit=1");
		const list = await answer.json(), first = list.messages[0];
		const now = [list.total, list.unread, first?.ID, first?.Read, String(list.tags)].join(" ");
		if (now !== lastSeen) {
			if (lastSeen && first && !lastSeen.includes(first.ID))
				announce(first);
			refresh();
		}
		lastSeen = now;
	}

	async function poll() {
		let silent = false;
		if (polls)
			return;
		polls = true;
		while (!connected) {
			try {
				await look();
				silent = false;
				if (!connected)
					lamp("slow", "Live, every few seconds");
			} catch {
				if (!silent && !connected && !document.hidden)
					mp.toast("The server does not answer. What is shown may be old.", { bad: true });
				silent = true;
				lamp("", "Not connected");
			}
			await pause(POLL);
		}
		polls = false;
	}

	function happened(type, data) {
		if (type === "new")
			announce(data);
		else if (type === "error")
			mp.toast(problem(data), { bad: true });
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

	function told({ state, type, data }) {
		if (type) {
			const { Type, Data } = JSON.parse(data);
			happened(Type, Data ?? {});
			return;
		}
		connected = Boolean(state);
		if (connected) {
			lamp("on", "Live");
			refresh();
		} else {
			poll();
		}
	}

	// Called with true when this page is shown, with false when it is left.
	let attend = () => {};

	function followAlone() {
		let stop = null;
		attend = (isThere) => {
			stop?.();
			stop = isThere ? mpFollow(base + "events", told) : null;
		};
		attend(true);
	}

	function listen() {
		if (!window.EventSource) {
			poll();
		} else if (!window.SharedWorker) {
			followAlone();
		} else {
			const worker = new SharedWorker(root.dataset.stream);
			worker.port.onmessage = (event) => told(event.data);
			worker.onerror = followAlone;
			attend = (isThere) => worker.port.postMessage(isThere);
			attend(true);
		}
	}

	// --- Telling of new mail ---

	let announced = 0;

	function announce(data) {
		const quiet = isList() && !location.search; // one sees it there
		const apart = quiet && !("notify" in root.dataset) ? WHISPER : NOTICE;
		if (!data?.ID || Date.now() - announced < apart)
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
		mp.toast("New message: " + subject, { url, quiet });
	}

	mp.arrivals.push(() => {
		if (connected)
			lamp("on", "Live");
	});
	document.addEventListener("DOMContentLoaded", listen);
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden)
			refresh();
	});
	window.addEventListener("pagehide", () => attend(false));
	// A page may come back as it was left, without being loaded again.
	window.addEventListener("pageshow", (event) => {
		if (!event.persisted)
			return;
		attend(true);
		refresh();
	});
	mp.refresh = refresh;
})();
