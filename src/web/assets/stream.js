// SPDX-License-Identifier: MIT
// stream.js: what happens on the server, told to all pages by one connection
//
// A browser has six connections to a server at most, and a page that follows
// a stream keeps one: the seventh page would wait for ever. Where there are
// shared workers this file is one, and all pages are told by it; elsewhere
// each follows by itself.
"use strict";

// Calls tell() with {state: "on"} when the connection is made, {state: ""}
// when it is lost, and {type, data} for each event. Returns how to stop it.
function mpFollow(url, tell) {
	const AGAIN = 30000;
	let source = null;

	const take = (event) => tell({ type: event.type, data: event.data });
	const open = () => {
		source = new EventSource(url);
		source.onopen = () => tell({ state: "on" });
		for (const type of ["new", "update", "delete", "truncate", "prune", "stats"])
			source.addEventListener(type, take);
		// Failures of the connection have this name too, but no data.
		source.addEventListener("error", (event) => {
			if (event.data) {
				take(event);
				return;
			}
			tell({ state: "" });
			if (source.readyState === EventSource.CLOSED)
				setTimeout(open, AGAIN);
		});
	};
	open();
	return () => source.close();
}

if ("onconnect" in self) {
	const pages = new Set();
	let state = null;

	self.onconnect = (event) => {
		const page = event.ports[0];
		// A page says true when it is there, and false when it is left.
		page.onmessage = ({ data: isThere }) => {
			pages.delete(page);
			if (!isThere)
				return;
			pages.add(page);
			if (state !== null)
				page.postMessage({ state });
		};
	};
	mpFollow(new URL("../../events", self.location).href, (what) => {
		state = what.state ?? state;
		for (const page of pages)
			page.postMessage(what);
	});
}
